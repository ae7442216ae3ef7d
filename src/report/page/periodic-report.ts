import { performance } from 'node:perf_hooks';

/** Reports take at most 1 / SHARE of a run's time. */
const SHARE = 100;

/** Assumed cost of the first report, mostly loading Vega and Graphviz. */
const FIRST_MS = 1000;

/** Writes the report of a run folder. */
type Write = (folder: string) => Promise<unknown>;

/**
 * Updates the report of a live run in less than a hundredth of the run's time. It skips an update until a hundred times
 * the cost of the last report has passed. A failing report does not stop the run.
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
   * @param folder run folder
   * @param warn receives a sentence when a report cannot be written
   * @param write @default writeReport
   * @param now clock in milliseconds. @default performance.now
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

  /** Starts a report if one is due. Call it at every checkpoint; it does not wait. */
  update(): void {
    if (this.#writing !== null || this.#now() - this.#last < SHARE * this.#costMs) return;
    this.#writing = this.#run().finally(() => {
      this.#writing = null;
    });
  }

  /** Writes the final report, whatever it costs. */
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

/** Loads the drawing libraries on first use: they would delay the start of every run by half a second. */
async function writeLoaded(folder: string): Promise<void> {
  const { writeReport } = await import('./report-page.ts');
  await writeReport(folder);
}
