import { performance } from 'node:perf_hooks';

/** Of the time of a run, its reports may cost one part in so many. */
const SHARE = 100;

/** What the first report is taken to cost: most of it is loading what draws. */
const FIRST_MS = 1000;

/** Writes the report of a run's folder. */
type Write = (folder: string) => Promise<unknown>;

/**
 * Keeps the report of a run up to date while it goes on, for less than a hundredth of its time: a report is left out
 * where the time since the last is short of a hundred times what that cost. A report that fails stops no run.
 */
export class PeriodicReport {
  readonly #folder: string;
  readonly #warn: (message: string) => void;
  readonly #write: Write;
  readonly #now: () => number;
  #last: number;
  #costMs = FIRST_MS;
  #writing: Promise<void> | null = null;

  /**
   * @param folder of the run
   * @param warn gets a sentence where a report cannot be written
   * @param write @default writeReport
   * @param now milliseconds. @default performance.now
   */
  constructor(
    folder: string,
    warn: (message: string) => void,
    write: Write = writeLoaded,
    now: () => number = () => performance.now(),
  ) {
    this.#folder = folder;
    this.#warn = warn;
    this.#write = write;
    this.#now = now;
    this.#last = now();
  }

  /** To be called at every checkpoint; does not wait. */
  update(): void {
    if (this.#writing !== null || this.#now() - this.#last < SHARE * this.#costMs) return;
    this.#writing = this.#run().finally(() => {
      this.#writing = null;
    });
  }

  /** Writes the report of the end. */
  async finish(): Promise<void> {
    await this.#writing;
    await this.#run();
  }

  async #run(): Promise<void> {
    const began = this.#now();
    try {
      await this.#write(this.#folder);
    } catch (error) {
      this.#warn(`the report cannot be written: ${(error as Error).message}`);
    }
    this.#last = this.#now();
    this.#costMs = this.#last - began;
  }
}

/** What draws is loaded when it is needed: it would make the start of every run half a second longer. */
async function writeLoaded(folder: string): Promise<void> {
  const { writeReport } = await import('./write-report.ts');
  await writeReport(folder);
}
