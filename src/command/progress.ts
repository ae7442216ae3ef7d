import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { DataProgress } from '../data/cifar10-sources.ts';
import { describeDuration, describeSize } from './format.ts';
import type { ProgramIo } from './program.ts';

/** Facts of a run that are shown when it starts. */
export interface StartedFacts {
  readonly run: string;
  /** Iterations completed before, and of the whole run. */
  readonly step: number;
  readonly steps: number;
  readonly engine: {
    readonly engine: string;
    readonly backend: string;
    readonly reason: string;
    readonly usesGpu: boolean;
  };
  /** Weights of the network, and multiply-adds of one picture through it. */
  readonly parameters: number;
  readonly macs: number;
  readonly memoryBytes: number;
  /** null if there are no earlier measurements to guess from. */
  readonly expectedSeconds: number | null;
}

/** Fields of a run's events that are shown. The events of `actors` have them. */
export type ShownEvent<Epoch, Done> =
  | (StartedFacts & { readonly event: 'started' })
  | {
      readonly event: 'step';
      readonly step: number;
      readonly steps: number;
      readonly kind: string;
      readonly loss: number;
    }
  | { readonly event: 'warning'; readonly message: string }
  | { readonly event: 'checkpoint' | 'paused' }
  | { readonly event: 'recovered'; readonly step: number; readonly cause: string }
  | Epoch
  | Done;

/** Puts a job's own events in words. */
export interface JobWords<Epoch, Done> {
  started(event: StartedFacts): readonly string[];
  epoch(event: Epoch): string;
  done(event: Done): readonly string[];
}

const FORMAT = '{bar} {value}/{total}  {eta_formatted} left  {note}';

/** The time left of many runs is in the note: they do not all take the same time. */
const WHOLE_FORMAT = '{bar} {value}/{total} {note}';

/** Shows a run to a person: bars on a terminal, plain lines elsewhere. */
export class ProgressDisplay {
  /** null without a terminal, and after the end. */
  #bars: MultiBar | null;
  #steps: SingleBar | null = null;
  #whole: SingleBar | null = null;
  #fetch: SingleBar | null = null;

  readonly #stdout: ProgramIo['stdout'];

  constructor({ stdout, stderr: stream }: Pick<ProgramIo, 'stdout' | 'stderr'>) {
    this.#stdout = stdout;
    this.#bars = stream.isTTY
      ? new MultiBar({ stream, hideCursor: true, clearOnComplete: true, format: FORMAT }, Presets.shades_classic)
      : null;
  }

  /** Shows the progress of loading the pictures. */
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

  /**
   * Shows the progress of many runs as one bar.
   *
   * @param note what is counted, and the time left
   */
  whole(done: number, total: number, note: string): void {
    this.#whole ??= this.#bars?.create(total, done, { note }, { format: WHOLE_FORMAT }) ?? null;
    this.#whole?.update(done, { note });
  }

  /** Shows one event of a run. */
  show<Epoch extends { readonly event: 'epoch' }, Done extends { readonly event: 'done' }>(
    event: ShownEvent<Epoch, Done>,
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
        this.line(`supernet replaced (${event.cause}); going on from iteration ${event.step}`);
        break;
      case 'paused':
        this.#removeSteps();
        break;
      case 'done':
        this.#removeSteps();
        for (const line of words.done(event)) this.line(line);
    }
  }

  /** Shows a line above the bars. */
  line(text: string): void {
    if (this.#bars === null) this.#stdout.write(`${text}\n`);
    else this.#bars.log(`${text}\n`);
  }

  /** Ends the bars; lines can still be shown. */
  stop(): void {
    this.#bars?.update(); // writes the lines that wait
    this.#bars?.stop();
    this.#bars = this.#steps = this.#whole = this.#fetch = null;
  }

  #removeSteps(): void {
    if (this.#steps !== null) this.#bars?.remove(this.#steps);
    this.#steps = null;
  }
}

/** Describes the network and the engine; every job shows them. */
export function describeNetwork({ parameters, macs, engine: on, memoryBytes, expectedSeconds }: StartedFacts): {
  readonly size: string;
  readonly lines: readonly string[];
} {
  const { engine, backend, reason, usesGpu } = on;
  const time = expectedSeconds === null ? 'an unknown time' : `about ${describeDuration(expectedSeconds)}`;
  return {
    size: describeSize(parameters, macs),
    lines: [
      `engine     ${engine} on ${backend}${usesGpu ? ', on the GPU' : ''} (${reason})`,
      `needs      about ${(memoryBytes / 2 ** 20).toFixed(0)} MiB for the network, ${time}`,
    ],
  };
}
