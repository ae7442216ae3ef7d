import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { DoneEvent, EpochEvent, SearchEvent, StartedEvent } from '../actors/messages.ts';
import type { DataProgress } from '../src/data/cifar10.ts';
import type { SearchOptions } from '../src/search/options-schema.ts';

/** Shows a run to a person: bars on a terminal, plain lines elsewhere. */
export class ProgressDisplay {
  readonly #bars: MultiBar | null;
  #search: SingleBar | null = null;
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

  /** One event of the search. */
  show(event: SearchEvent, options: SearchOptions): void {
    switch (event.event) {
      case 'started':
        this.#started(event, options);
        break;
      case 'step':
        this.#search?.update(event.step, { note: `${event.kind.padEnd(6)} loss ${event.loss.toFixed(3)}` });
        break;
      case 'epoch':
        this.line(describeEpoch(event));
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
      case 'done':
        this.stop();
    }
  }

  /** A line above the bars. */
  line(text: string): void {
    if (this.#bars === null) process.stdout.write(`${text}\n`);
    else this.#bars.log(`${text}\n`);
  }

  /** What a search ended with. `genotype` as text. */
  result({ valid, reasons, searchAccuracy, run }: DoneEvent, genotype: string): void {
    this.line(genotype);
    for (const kind of ['normal', 'reduce'] as const) {
      if (!valid[kind]) this.line(`the ${kind} cell is invalid, no activation passes it: ${reasons[kind]}`);
    }
    const { train, validation, test } = searchAccuracy;
    this.line(
      `accuracy of the supernet: train ${percent(train)}, validation ${percent(validation)}, test ${percent(test)}`,
    );
    this.line(`record of the run: ${run}`);
  }

  stop(): void {
    this.#bars?.stop();
    this.#search = null;
  }

  #started(event: StartedEvent, options: SearchOptions): void {
    const { method, channels, layers, nodes, batch, image, epochs } = options;
    const { engine, backend, reason, usesGpu } = event.engine;
    this.line(
      `searching  ${method}, seed ${options.seed}: ${epochs} epochs, ${event.steps} iterations of ${batch} pictures`,
    );
    this.line(
      `supernet   ${layers} cells of ${nodes} nodes, ${channels} channels, ${image}x${image}: ` +
        `${(event.parameters / 1e6).toFixed(2)} M weights, ${(event.macs / 1e6).toFixed(1)} M multiply-adds a picture`,
    );
    this.line(`engine     ${engine} on ${backend}${usesGpu ? ', on the GPU' : ''} (${reason})`);
    this.line(
      `needs      about ${(event.memoryBytes / 2 ** 20).toFixed(0)} MiB for the supernet, ` +
        (event.expectedSeconds === null ? 'for a time not known here' : `about ${duration(event.expectedSeconds)}`),
    );
    this.line(`acceptance ${describeRule(options)}`);
    this.line(`record     ${event.run}`);
    this.#search = this.#bars?.create(event.steps, event.step, { note: '' }) ?? null;
  }
}

const FORMAT = '{bar} {value}/{total}  {eta_formatted} left  {note}';

function describeRule({
  acceptance,
  onReject,
  window,
  minSteps,
  proposals,
  selection,
  ...rest
}: SearchOptions): string {
  const margin = rest.margin > 0 ? `, margin ${rest.margin} sd` : '';
  const rule = acceptance === 'window' ? `best of the last ${window} steps` : `same mini-batch${margin}`;
  return `${rule}, ${onReject} on reject; N = ${minSteps}, ${rest.switch}; ${proposals} proposals a step, ${selection}`;
}

function describeEpoch(event: EpochEvent): string {
  const { weights, alpha, validation, meanMixing } = event;
  const acceptance = alpha.globalSteps === 0 ? '' : `, ${alpha.accepted} of ${alpha.globalSteps} global steps accepted`;
  return (
    `epoch ${event.epoch}/${event.epochs}  train ${weights.loss.toFixed(3)} ${percent(weights.accuracy)}  ` +
    `validation ${validation.loss.toFixed(3)} ${percent(validation.accuracy)}  ` +
    `mean edge weight ${meanMixing.before.normal.toFixed(3)} / ${meanMixing.before.reduce.toFixed(3)}  ` +
    `${alpha.localSteps} local${acceptance}  ${event.seconds.toFixed(0)} s`
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
