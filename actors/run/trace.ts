import { performance } from 'node:perf_hooks';
import type { InspectionEvent } from 'xstate';
import type { AppendLog } from '../../src/record/append-log.ts';
import type { TraceLine } from '../../src/record/trace-line.ts';

/** Writes down every transition of the machine, and what else is handed to it. */
export class Trace {
  readonly log: AppendLog;
  #state = 'starting';
  #lastTransition: TraceLine | null = null;

  constructor(log: AppendLog) {
    this.log = log;
  }

  /** For `createActor`'s `inspect`: sees each microstep, so states passed through in no time show too. */
  readonly inspect = (inspection: InspectionEvent): void => {
    if (inspection.type !== '@xstate.microstep') return;
    const { value } = inspection.snapshot as { value?: unknown };
    if (typeof value !== 'string' || value === this.#state) return;
    this.#lastTransition = {
      t: traceTime(),
      event: 'transition',
      from: this.#state,
      to: value,
      by: inspection.event.type,
    };
    this.append(this.#lastTransition);
    this.#state = value;
  };

  /**
   * The supernet was lost and replaced; what came after the checkpoint of `step` has been taken back. With it went the
   * transition into this recovery, which is written again.
   */
  recovered(step: number, cause: string): void {
    if (this.#lastTransition !== null) this.append(this.#lastTransition);
    this.append({ t: traceTime(), event: 'recovered', step, cause });
  }

  /** Appends a line. It reaches the file with the log's next `flush`. */
  append(line: TraceLine): void {
    this.log.append(line);
  }
}

/** The time of a line. Tenths of a millisecond are as much as the states differ by. */
export function traceTime(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 10) / 10;
}
