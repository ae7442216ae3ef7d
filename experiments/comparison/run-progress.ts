import { Presets, SingleBar } from 'cli-progress';
import type { WritableStream } from '../../src/command/program.ts';

/** Number of lines that tell of the progress without a terminal. */
const LINES = 10;

/** The time left follows from the runs that are done, as all take the same time on average. */
const FORMAT = '{bar} {value}/{total} runs  {duration_formatted}  {eta_formatted} left';

/** Shows how many of a number of runs are done: a bar on a terminal, some plain lines elsewhere. */
export class RunProgress {
  readonly #total: number;
  readonly #stream: WritableStream;
  readonly #bar: SingleBar | null;
  readonly #startedAt = performance.now();
  #done = 0;

  constructor(total: number, stream: WritableStream) {
    this.#total = total;
    this.#stream = stream;
    const options = { stream, hideCursor: true, clearOnComplete: true, etaBuffer: 200, format: FORMAT };
    this.#bar = stream.isTTY ? new SingleBar(options, Presets.shades_classic) : null;
    this.#bar?.start(total, 0);
  }

  /** Counts one more run as done. */
  advance(): void {
    this.#done++;
    this.#bar?.update(this.#done);
    if (this.#bar !== null) return;
    const line = (done: number): number => Math.floor((LINES * done) / this.#total);
    if (line(this.#done) > line(this.#done - 1)) this.#stream.write(`${this.#describe()}\n`);
  }

  stop(): void {
    this.#bar?.stop();
  }

  #describe(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const left = (seconds / this.#done) * (this.#total - this.#done);
    return `${this.#done}/${this.#total} runs  ${seconds.toFixed(0)} s  about ${left.toFixed(0)} s left`;
  }
}
