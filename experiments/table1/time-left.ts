import type { PartState } from './make-part.ts';

/** What a run of a table consists of; the first may make the second needless. */
export type Phase = 'search' | 'retraining';

export type PhaseSeconds = Readonly<Record<Phase, number>>;

const PHASES: readonly Phase[] = ['search', 'retraining'];

/**
 * The time that a table still takes: what was estimated for the phases that are open, corrected by how long those that
 * are done took against their estimates. Searches and retrainings are corrected apart, as their estimates err apart.
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
   * A phase is over.
   *
   * @param measured seconds that it took; null where it was not needed, or not all of it was made here
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

  /** Of a phase that was not made yet, the other's. */
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

  /** Whether any phase was made here, or a part of one. */
  get ticked(): boolean {
    return this.#ticked;
  }

  /** Runs a phase that stood as said. */
  async around<T>(phase: Phase, state: PartState, work: () => Promise<T>): Promise<T> {
    if (state !== 'done') this.#ticked = true;
    const beganAt = performance.now();
    const result = await work();
    this.#close(phase, state === 'new' ? (performance.now() - beganAt) / 1000 : null);
    return result;
  }

  /** The run is over, whatever phases it had. */
  stop(): void {
    for (const phase of this.#open) this.#close(phase, null);
  }

  #close(phase: Phase, measured: number | null): void {
    this.#open.delete(phase);
    this.#left.close(phase, this.#estimated[phase], measured);
  }
}
