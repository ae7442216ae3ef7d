import { availableParallelism } from 'node:os';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import {
  listTasks,
  retrainingOptionsOf,
  searchOptionsOf,
  type Table1Overrides,
  type Table1Plan,
} from './table1-plan.ts';

/** Phase of a run of a table. The first may make the second needless. */
export type Phase = 'search' | 'retraining';

/** State of a phase before it was asked for. */
export type PartState = 'new' | 'begun' | 'done';

export type PhaseSeconds = Readonly<Record<Phase, number>>;

const PHASES: readonly Phase[] = ['search', 'retraining'];

/**
 * Time that a table still takes: the estimates of the phases that are open, corrected by the ratio of measured to
 * estimated time of those that are done. Searches and retrainings are corrected apart, as their estimates err apart.
 */
export class TimeLeft {
  readonly #open: Record<Phase, number> = { search: 0, retraining: 0 };
  readonly #estimated: Record<Phase, number> = { search: 0, retraining: 0 };
  readonly #measured: Record<Phase, number> = { search: 0, retraining: 0 };

  /** @param runs estimated seconds of all runs */
  constructor(runs: readonly PhaseSeconds[]) {
    for (const phase of PHASES) for (const run of runs) this.#open[phase] += run[phase];
  }

  /**
   * Closes a phase, which is over.
   *
   * @param measured seconds that it took; null if it was not needed, or not all of it was made here
   */
  close(phase: Phase, estimated: number, measured: number | null): void {
    this.#open[phase] -= estimated;
    if (measured === null) return;
    this.#estimated[phase] += estimated;
    this.#measured[phase] += measured;
  }

  get seconds(): number {
    return PHASES.reduce((sum, phase) => sum + Math.max(0, this.#open[phase]) * this.#correction(phase), 0);
  }

  /** Ratio of measured to estimated time; until the phase was made once, that of the other phase. */
  #correction(phase: Phase): number {
    const known = [phase, ...PHASES].find((other) => this.#estimated[other] > 0);
    return known === undefined ? 1 : this.#measured[known] / this.#estimated[known];
  }
}

/** Clocks one run of a table, phase by phase. */
export class RunClock {
  readonly #left: TimeLeft;
  readonly #estimated: PhaseSeconds;
  readonly #open = new Set<Phase>(PHASES);
  #ticked = false;

  constructor(left: TimeLeft, estimated: PhaseSeconds) {
    this.#left = left;
    this.#estimated = estimated;
  }

  /** Whether a phase, or a part of one, was made here. */
  get ticked(): boolean {
    return this.#ticked;
  }

  /** Runs a phase and measures its time, which counts only if the phase was new. */
  async around<T>(phase: Phase, state: PartState, work: () => Promise<T>): Promise<T> {
    if (state !== 'done') this.#ticked = true;
    const beganAt = performance.now();
    const result = await work();
    this.#close(phase, state === 'new' ? (performance.now() - beganAt) / 1000 : null);
    return result;
  }

  /** Closes all phases that are open: the run is over. */
  stop(): void {
    for (const phase of this.#open) this.#close(phase, null);
  }

  #close(phase: Phase, measured: number | null): void {
    this.#open.delete(phase);
    this.#left.close(phase, this.#estimated[phase], measured);
  }
}

/**
 * Estimates the runs of Table 1 on this machine's CPU. The cells of a published genotype stand in for those of a
 * retraining, which are not known beforehand.
 *
 * @returns `runs` in the order of `listTasks`; `on` names what the estimates hold for, null if another engine was asked
 *   for: they then only serve to compare runs
 */
export function estimateTable1(
  plan: Table1Plan,
  overrides: Table1Overrides,
  { test }: Pick<Cifar10, 'test'>,
): { readonly runs: readonly PhaseSeconds[]; readonly on: string | null } {
  const { engine, threads: asked } = retrainingOptionsOf(plan, STAND_IN, 0, overrides);
  const threads = asked === 0 ? availableParallelism() : asked;
  const cpu = { engine: 'cpu', backend: 'native', threads } as const;
  const retraining = estimateRetraining(retrainingOptionsOf(plan, STAND_IN, 0, overrides), test.count, cpu);
  const runs = listTasks(plan).map((task) => {
    const options = searchOptionsOf(plan, task, overrides);
    const search = estimateSearch(options, setUpSearch(options), cpu);
    return { search: known(search.seconds), retraining: known(retraining.seconds) };
  });
  return { runs, on: engine === 'tfjs' ? null : `on ${threads} threads of the CPU engine` };
}

/** @throws Error if the time is not known; that of the CPU engine's native kernels is */
function known(seconds: number | null): number {
  if (seconds === null) throw new Error('the speed of the CPU engine is not known');
  return seconds;
}
