/** Phase of a run of an experiment. The first may make the second needless. */
export type Phase = 'search' | 'retraining';

/** Place of a part among those of its phase: a run may retrain its cells several times. */
export interface PartPlace {
  readonly index: number;
  readonly count: number;
}

/** Place of a part that is the whole phase. */
export const ONLY_PART: PartPlace = { index: 0, count: 1 };

/** State of a part before it was asked for. */
export type PartState = 'new' | 'begun' | 'done';

/** Work of each phase of a run: estimated seconds, and epochs. */
export type RunWork = Readonly<Record<Phase, { readonly seconds: number; readonly epochs: number }>>;

/** An event of a part. `started` and `epoch` tell how far it is. */
interface PhaseEvent {
  readonly event: string;
  readonly step?: number;
  readonly steps?: number;
  readonly epoch?: number;
  readonly epochs?: number;
}

const PHASES: readonly Phase[] = ['search', 'retraining'];

/**
 * Work that an experiment of many runs still has: epochs, and the time they take. The time is what was estimated,
 * corrected by the ratio of measured to estimated time of what is done. Searches and retrainings are corrected apart, as
 * their estimates err apart.
 */
export class WorkLeft {
  /** Epochs of all runs. */
  readonly epochs: number;
  readonly #lanes: number;
  readonly #open: Record<Phase, number> = { search: 0, retraining: 0 };
  readonly #estimated: Record<Phase, number> = { search: 0, retraining: 0 };
  readonly #measured: Record<Phase, number> = { search: 0, retraining: 0 };
  #epochsDone = 0;

  /**
   * @param runs work of all runs
   * @param lanes number of runs made at the same time
   */
  constructor(runs: readonly RunWork[], lanes: number) {
    this.#lanes = lanes;
    let epochs = 0;
    for (const phase of PHASES) {
      for (const run of runs) {
        this.#open[phase] += run[phase].seconds;
        epochs += run[phase].epochs;
      }
    }
    this.epochs = epochs;
  }

  /**
   * Takes a share of a phase off, which is over.
   *
   * @param measured seconds that it took; null if it was not needed, or made before
   */
  pass(phase: Phase, { seconds, epochs }: RunWork[Phase], share: number, measured: number | null): void {
    this.#open[phase] -= share * seconds;
    this.#epochsDone += share * epochs;
    if (measured === null) return;
    this.#estimated[phase] += share * seconds;
    this.#measured[phase] += measured;
  }

  /** Epochs done, or not needed. */
  get epochsDone(): number {
    return Math.round(this.#epochsDone);
  }

  get seconds(): number {
    const sum = PHASES.reduce((sum, phase) => sum + Math.max(0, this.#open[phase]) * this.#correction(phase), 0);
    return sum / this.#lanes;
  }

  /** Ratio of measured to estimated time; until the phase was made once, that of the other phase. */
  #correction(phase: Phase): number {
    const known = [phase, ...PHASES].find((other) => this.#estimated[other] > 0);
    return known === undefined ? 1 : this.#measured[known] / this.#estimated[known];
  }
}

/** Clocks one run of an experiment, epoch by epoch. */
export class RunClock {
  readonly #left: WorkLeft;
  readonly #work: RunWork;
  /** Share of each phase that is over. */
  readonly #passed: Record<Phase, number> = { search: 0, retraining: 0 };
  #since = 0;
  #ticked = false;

  constructor(left: WorkLeft, work: RunWork) {
    this.#left = left;
    this.#work = work;
  }

  /** Whether a phase, or a part of one, was made here. */
  get ticked(): boolean {
    return this.#ticked;
  }

  /** Runs a part of a phase and measures the time of what is made here. */
  async around<T extends { readonly event: string }>(
    phase: Phase,
    state: PartState,
    work: () => Promise<T>,
    { index, count }: PartPlace = ONLY_PART,
  ): Promise<T> {
    if (state !== 'done') this.#ticked = true;
    this.#since = performance.now();
    const result = await work();
    if (result.event !== 'paused') this.#pass(phase, (index + 1) / count, state !== 'done');
    return result;
  }

  /** Hears the events of a part of a phase. */
  hear(phase: Phase, event: PhaseEvent, { index, count }: PartPlace = ONLY_PART): void {
    const { step = 0, steps = 1, epoch = 0, epochs = 1 } = event;
    if (event.event === 'started') this.#pass(phase, (index + step / steps) / count, false);
    if (event.event === 'epoch') this.#pass(phase, (index + epoch / epochs) / count, true);
  }

  /** Closes what is open: the run is over. */
  stop(): void {
    for (const phase of PHASES) this.#pass(phase, 1, false);
  }

  #pass(phase: Phase, share: number, measure: boolean): void {
    const now = performance.now();
    const passed = Math.max(share, this.#passed[phase]); // a run that went back to a checkpoint ends an epoch twice
    const seconds = measure ? (now - this.#since) / 1000 : null;
    this.#left.pass(phase, this.#work[phase], passed - this.#passed[phase], seconds);
    this.#passed[phase] = passed;
    this.#since = now;
  }
}
