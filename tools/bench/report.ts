import { performance } from 'node:perf_hooks';
import { median } from '../../src/math/statistics.ts';

/** Prints a measurement as a JSON line. */
export function report(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Rounds to four digits: more is noise. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Median seconds of a call. */
export function medianSeconds(reps: number, call: () => unknown): number {
  return median(secondsOf(reps, call));
}

/** `[reps]` seconds of a call */
export function secondsOf(reps: number, call: () => unknown): number[] {
  return Array.from({ length: reps }, () => {
    const start = performance.now();
    call();
    return (performance.now() - start) / 1000;
  });
}
