import { textTable } from '../../../src/command/text-table.ts';
import type { CpuEngine } from '../../../src/engine/cpu/cpu-engine.ts';
import { decodeSchedule } from '../../../src/engine/cpu/plan/decode-schedule.ts';
import { OPERATIONS, type OperationName } from '../../../src/engine/cpu/plan/operations.ts';
import type { KernelsName } from '../../../src/engine/cpu/run/kernels.ts';
import { addUpWork, type Limits, type Work } from './bounds.ts';
import { measureLevels } from './levels.ts';

/** What was measured of a call, means of its repetitions. */
export interface Measured {
  readonly wallMs: number;
  /** Milliseconds of all threads together, by operation; `waiting` is for each other. */
  readonly profileMs: Readonly<Record<string, number>>;
}

/**
 * Measures what the engine's threads can do at most.
 *
 * @param gflops their peak, from `measurePeak`
 */
export async function measureLimits(engine: CpuEngine, threads: number, gflops: number): Promise<Limits> {
  const levels = await measureLevels(engine.description.backend as KernelsName, threads);
  return { threads, multiplyAddMs: (2 * threads) / (gflops * 1e6), levels };
}

/** Says what the limits are, and how to read the tables. */
export function describeLimits({ threads, multiplyAddMs, levels }: Limits): string {
  const rate = (ms: number): string => shortRate(threads / (ms * 1e6));
  const head = ['level', 'holds KiB a thread', 'read GB/s', 'write GB/s'];
  const rows = levels.map(({ name, holds, readMs, writeMs }) => {
    return [name, Number.isFinite(holds) ? String(Math.round(holds / 1024)) : 'all', rate(readMs), rate(writeMs)];
  });
  return `
${textTable([head, ...rows], 1)}
Peak of multiply-adds: ${rate(multiplyAddMs)} G/s. All rates are those of all threads together.
An operation's bound is the longer of two times: its multiply-adds at the peak, or its bytes at the rates of their levels.
A place comes from the smallest level that holds all that its thread has touched since it last touched this one, by the
order of the schedule; what an operation reads and writes is written in L1. Each float that an operation reads or writes
counts once. "by" says which time is the longer one in sum; "share" is bound / reached.
Milliseconds are those of all threads together, divided by the threads.
`;
}

/**
 * Draws a table with one row an operation, the slowest first: what it does in a call, and how near it comes to its bound.
 *
 * @param schedules those that the call runs
 */
export function drawRoofline(schedules: readonly Int32Array[], limits: Limits, measured: Measured): string {
  const work = addUpWork(schedules.flatMap(decodeSchedule), limits);
  const { threads } = limits;
  const reachedOf = (name: OperationName): number => (measured.profileMs[name] ?? 0) / threads;
  const names = (Object.keys(OPERATIONS) as OperationName[]).filter((name) => work.has(name));
  const sorted = names.toSorted((one, other) => reachedOf(other) - reachedOf(one));
  const reached = names.reduce((sum, name) => sum + reachedOf(name), 0);
  const all = addAll([...work.values()]);
  const waiting = (measured.profileMs.waiting ?? 0) / threads;
  const peakShare = (all.multiplyAdds * limits.multiplyAddMs) / threads / measured.wallMs;
  const head = [
    'operation',
    'by',
    'runs',
    'M multiply-adds',
    'MB read',
    'MB written',
    'bound ms',
    'reached ms',
    'share',
  ];
  const rows = sorted.map((name) => rowOf(name, work.get(name) as Work, reachedOf(name), threads));
  const table = textTable([head, ...rows, rowOf('total', all, reached, threads)], 2);
  const outside = measured.wallMs - reached - waiting;
  return `${table}wall ${milliseconds(measured.wallMs)} ms: operations ${milliseconds(reached)}, waiting for other threads \
${milliseconds(waiting)}, outside the kernels ${milliseconds(outside)}; ${percent(peakShare)} of the peak of multiply-adds
`;
}

function rowOf(name: string, work: Work, reached: number, threads: number): string[] {
  const bound = work.boundMs / threads;
  return [
    name,
    work.multiplyAddMs > work.memoryMs ? 'arithmetic' : 'memory',
    String(work.runs),
    ...[work.multiplyAdds, work.bytesRead, work.bytesWritten].map((count) => (count / 1e6).toFixed(1)),
    milliseconds(bound),
    milliseconds(reached),
    reached > 0 ? percent(bound / reached) : '',
  ];
}

function addAll(works: readonly Work[]): Work {
  return works.reduce((sum, work) => {
    const entries = Object.entries(work) as [keyof Work, number][];
    return Object.fromEntries(entries.map(([name, value]) => [name, sum[name] + value])) as unknown as Work;
  });
}

function milliseconds(value: number): string {
  return value.toFixed(2);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function shortRate(value: number): string {
  return String(Number(value.toPrecision(3)));
}
