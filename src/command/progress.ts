import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { RunEvent, StartedEvent } from '../../actors/events.ts';
import type { DataProgress } from '../data/cifar10-sources.ts';
import { describeDuration } from './describe-duration.ts';

/** How a job's own events are put in words. */
export interface JobWords<Epoch, Done> {
  started(event: StartedEvent): readonly string[];
  epoch(event: Epoch): string;
  done(event: Done): readonly string[];
}

const FORMAT = '{bar} {value}/{total}  {eta_formatted} left  {note}';

/** Shows a run to a person: bars on a terminal, plain lines elsewhere. */
export class ProgressDisplay {
  /** null where there is no terminal, and after the end. */
  #bars: MultiBar | null;
  #steps: SingleBar | null = null;
  #fetch: SingleBar | null = null;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#bars = stream.isTTY
      ? new MultiBar({ stream, hideCursor: true, clearOnComplete: true, format: FORMAT }, Presets.shades_classic)
      : null;
  }

  /** The data's way here. */
  readonly data = ({ phase, done, total }: DataProgress): void => {
    if (this.#bars === null) return;
    this.#fetch ??= this.#bars.create(total, 0, { note: phase });
    this.#fetch.setTotal(total);
    this.#fetch.update(done, { note: phase });
    if (done >= total) {
      this.#bars.remove(this.#fetch);
      this.#fetch = null;
    }
  };

  /** One event of a run. */
  show<Epoch extends { readonly event: 'epoch' }, Done extends { readonly event: 'done' }>(
    event: RunEvent<Epoch, Done>,
    words: JobWords<Epoch, Done>,
  ): void {
    switch (event.event) {
      case 'started':
        for (const line of words.started(event)) this.line(line);
        this.#steps = this.#bars?.create(event.steps, event.step, { note: '' }) ?? null;
        break;
      case 'step':
        this.#steps?.update(event.step, { note: `${event.kind.padEnd(6)} loss ${event.loss.toFixed(3)}` });
        break;
      case 'epoch':
        this.line(words.epoch(event));
        break;
      case 'warning':
        this.line(`warning    ${event.message}`);
        break;
      case 'checkpoint':
        break;
      case 'recovered':
        this.line(`supernet replaced (${event.cause}); going on from step ${event.step}`);
        break;
      case 'paused':
        this.#removeSteps();
        break;
      case 'done':
        this.#removeSteps();
        for (const line of words.done(event)) this.line(line);
    }
  }

  /** A line above the bars. */
  line(text: string): void {
    if (this.#bars === null) process.stdout.write(`${text}\n`);
    else this.#bars.log(`${text}\n`);
  }

  /** Ends the bars; lines can still be shown. */
  stop(): void {
    this.#bars?.update(); // writes the lines that wait
    this.#bars?.stop();
    this.#bars = this.#steps = this.#fetch = null;
  }

  #removeSteps(): void {
    if (this.#steps !== null) this.#bars?.remove(this.#steps);
    this.#steps = null;
  }
}

/** Size of the network, and what runs it: the same of every job. */
export function describeNetwork({ parameters, macs, engine: on, memoryBytes, expectedSeconds }: StartedEvent): {
  readonly size: string;
  readonly lines: readonly string[];
} {
  const { engine, backend, reason, usesGpu } = on;
  const time = expectedSeconds === null ? 'a time not known here' : `about ${describeDuration(expectedSeconds)}`;
  return {
    size: describeSize(parameters, macs),
    lines: [
      `engine     ${engine} on ${backend}${usesGpu ? ', on the GPU' : ''} (${reason})`,
      `needs      about ${(memoryBytes / 2 ** 20).toFixed(0)} MiB for the network, ${time}`,
    ],
  };
}

export function describeSize(parameters: number, macs: number): string {
  return `${thousands(parameters)} weights, ${thousands(macs)} multiply-adds a picture`;
}

/** In thousands or in millions, with three digits or more. */
function thousands(count: number): string {
  const [unit, letter] = count < 1e6 ? [1e3, 'k'] : [1e6, 'M'];
  return `${(count / unit).toFixed(count < 100 * unit ? 2 : 1)} ${letter}`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
