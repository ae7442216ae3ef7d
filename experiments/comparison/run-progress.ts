import { Presets, SingleBar } from 'cli-progress';

/** Lines that tell of the progress where there is no terminal. */
const LINES = 10;

/** Runs of one length on average: the time left follows from those that are done. */
const FORMAT = '{bar} {value}/{total} runs  {duration_formatted}  {eta_formatted} left';

/** Shows on standard error how many of a number of runs are done: a bar on a terminal, some plain lines elsewhere. */
export class RunProgress {
  readonly #total: number;
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar | null;
  readonly #startedAt = performance.now();
  #done = 0;

  constructor(total: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#total = total;
    this.#stream = stream;
    const options = { stream, hideCursor: true, clearOnComplete: true, etaBuffer: 200, format: FORMAT };
    this.#bar = stream.isTTY ? new SingleBar(options, Presets.shades_classic) : null;
    this.#bar?.start(total, 0);
  }

  /** One more run is done. */
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
