import { MultiBar, type SingleBar } from 'cli-progress';
import type { DataProgress } from '../data/cifar10-sources.ts';
import type { ProjectionLine } from '../record/projection-line.ts';
import { describeDuration, describeSize, withCommas } from './format.ts';
import { columnsOf, print } from './print.ts';
import type { ProgramIo } from './program.ts';
import { barFormat, barOptions, describeLeft, type Noted, type Progress, showsBars } from './progress-bar.ts';
import { wrapText } from './wrap-line.ts';

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
  | ProjectionLine
  | { readonly event: 'warning'; readonly message: string }
  | { readonly event: 'checkpoint' | 'paused' }
  | { readonly event: 'recovered' | 'wentBack'; readonly step: number; readonly cause: string }
  | Epoch
  | Done;

/** Puts a job's own events in words. */
export interface JobWords<Epoch, Done> {
  started(event: StartedFacts): readonly string[];
  epoch(event: Epoch): string;
  /** @default decisions are not shown */
  projection?(event: ProjectionLine): string;
  done(event: Done): readonly string[];
}

/** Note beside the bar of a run's iterations. */
interface StepNote {
  readonly kind: string;
  readonly loss: number;
}

/** Erases what stands below the cursor: a line above the bars takes the place of bars. */
const ERASE_BELOW = '\x1b[J';

/** Shows a run to a person: bars on a terminal, plain lines elsewhere. Lines of a terminal fit it. */
export class ProgressDisplay {
  readonly #stdout: ProgramIo['stdout'];
  readonly #stderr: ProgramIo['stderr'];
  /** null while there are none. */
  #bars: MultiBar | null = null;
  #steps: SingleBar | null = null;
  #whole: SingleBar | null = null;
  #fetch: SingleBar | null = null;

  constructor({ stdout, stderr }: Pick<ProgramIo, 'stdout' | 'stderr'>) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** Width of the lines; infinite without a terminal. */
  get columns(): number {
    return columnsOf(this.#stdout);
  }

  /** Shows the progress of loading the pictures. */
  readonly data = ({ phase, done, total }: DataProgress): void => {
    this.#fetch ??= this.#create(total, 0, describeFetch, phase);
    this.#fetch?.setTotal(total);
    this.#fetch?.update(done, noted(phase));
    if (done < total) return;
    this.#remove(this.#fetch);
    this.#fetch = null;
  };

  /**
   * Shows the progress of many runs as one bar.
   *
   * @param notes what is counted, and the time left: the runs do not all take the same time
   */
  whole(done: number, total: number, notes: readonly string[]): void {
    this.#whole ??= this.#create(total, done, describeWhole, notes);
    this.#whole?.update(done, noted(notes));
  }

  /** Shows one event of a run. */
  show<Epoch extends { readonly event: 'epoch' }, Done extends { readonly event: 'done' }>(
    event: ShownEvent<Epoch, Done>,
    words: JobWords<Epoch, Done>,
  ): void {
    switch (event.event) {
      case 'started':
        for (const line of words.started(event)) this.line(line);
        this.#steps = this.#create(event.steps, event.step, describeSteps, null as StepNote | null);
        break;
      case 'step':
        this.#steps?.update(event.step, noted<StepNote>(event));
        break;
      case 'epoch':
        this.line(words.epoch(event));
        break;
      case 'projection':
        if (words.projection !== undefined) this.line(words.projection(event));
        break;
      case 'warning':
        this.line(`warning    ${event.message}`);
        break;
      case 'checkpoint':
        break;
      case 'recovered':
        this.line(`supernet replaced (${event.cause}); going on from iteration ${withCommas(event.step)}`);
        break;
      case 'wentBack':
        this.line(`${event.cause}; going on from iteration ${withCommas(event.step)}`);
        break;
      case 'paused':
        this.#remove(this.#steps);
        this.#steps = null;
        break;
      case 'done':
        // Results are printed where no bar is drawn over them.
        this.stop();
        for (const line of words.done(event)) this.line(line);
    }
  }

  /** Shows a line, above the bars if there are some. */
  line(text: string): void {
    // Bars are on standard error; what is read from a file or a pipe goes there.
    if (this.#bars === null || !this.#stdout.isTTY) print(this.#stdout, `${text}\n`);
    else this.#insert(this.#bars, text);
  }

  /** Tells of something on standard error, above the bars if there are some. */
  aside(text: string): void {
    if (this.#bars === null) print(this.#stderr, `${text}\n`);
    else this.#insert(this.#bars, text);
  }

  /** Ends the bars; lines can still be shown, and new bars. */
  stop(): void {
    this.#bars?.stop();
    this.#bars = this.#steps = this.#whole = this.#fetch = null;
  }

  #insert(bars: MultiBar, text: string): void {
    bars.log(`${ERASE_BELOW}${wrapText(text, columnsOf(this.#stderr))}\n`);
    bars.update();
  }

  #create<Note>(
    total: number,
    done: number,
    describe: (progress: Progress, note: Note) => readonly string[],
    note: Note,
  ): SingleBar | null {
    if (!showsBars(this.#stderr)) return null;
    this.#bars ??= new MultiBar(barOptions(this.#stderr));
    return this.#bars.create(total, done, noted(note), { format: barFormat(this.#stderr, describe) });
  }

  #remove(bar: SingleBar | null): void {
    if (bar !== null) this.#bars?.remove(bar);
  }
}

function noted<Note>(note: Note): Noted<Note> {
  return { note };
}

function describeFetch({ value, total }: Progress, phase: DataProgress['phase']): string[] {
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return phase === 'fetching'
    ? [`fetching CIFAR-10: ${mebibytes(value)} of ${mebibytes(total)} MiB`]
    : [`${phase} CIFAR-10: ${withCommas(value)} of ${withCommas(total)} files`];
}

function describeSteps({ value, total, left }: Progress, note: StepNote | null): string[] {
  const step = note === null ? [] : [`${note.kind.padEnd(6)} loss ${note.loss.toFixed(3)}`];
  return [`${withCommas(value)}/${withCommas(total)}`, ...describeLeft(left), ...step];
}

function describeWhole({ value, total }: Progress, [unit = '', ...notes]: readonly string[]): string[] {
  return [`${withCommas(value)}/${withCommas(total)} ${unit}`, ...notes];
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
