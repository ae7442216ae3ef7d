import { BATCH_NORM, type BlockGraph, type CellKind, type WeightSpec } from '../../../network/block-graph.ts';
import { chooseChannels } from '../../../network/chosen-channels.ts';
import { weightSize } from '../../../network/count.ts';
import { type ChosenTables, chosenPicks } from '../../cpu/plan/chosen-tables.ts';
import { LINE_FLOATS, STEM_CHANNELS } from '../../cpu/plan/memory-map.ts';
import type { NoisePlace } from '../../cpu/plan/place-network.ts';
import type { Plan } from '../../cpu/plan/plan.ts';
import type { PlannedClassifier } from '../../cpu/plan/plan-ends.ts';
import { readActivation } from '../../cpu/plan/read-activation.ts';
import type { MixingWeights } from '../../engine.ts';
import type { Moments } from '../../network-arrays.ts';
import { noiseValues } from '../../noise.ts';
import type { ClassifierName, PassName, PlannedWorkspace } from '../../planned-workspace.ts';
import { buildPrograms, type ProgramName } from '../program/build-programs.ts';
import { DeviceMemory } from './device-memory.ts';
import type { Device } from './open-device.ts';
import { ProgramRunner } from './program-runner.ts';

/** Memory and programs for one size of mini-batch. */
interface Fitting {
  readonly plan: Plan;
  readonly memory: DeviceMemory;
  readonly runner: ProgramRunner<ProgramName>;
  /** The word at which the numbers of an index table's place begin. */
  wordOf(place: number): number;
}

const KINDS: readonly CellKind[] = ['normal', 'reduce'];

/**
 * A GPU's memory and programs, and the ways in and out of it. Made anew when the size of the mini-batch changes to one not seen
 * before; those of sizes seen are kept. What is set and run is only asked for; what is read waits for it.
 */
export class GpuWorkspace implements PlannedWorkspace {
  readonly #device: Device;
  readonly #graph: BlockGraph;
  readonly #partBytes: number | undefined;
  readonly #fittings = new Map<number, Fitting>();
  /** Where each weight begins in the flat order. */
  readonly #starts = new Map<string, number>();
  #current: Fitting | null = null;
  /** What holds the kinks that were kept last; null if none are. */
  #keeper: Fitting | null = null;
  /** The weights that were set last, flat. */
  #weights: Float32Array | null = null;

  /** @param partBytes most bytes of a buffer of the memory. @default the device's limit */
  constructor(device: Device, graph: BlockGraph, partBytes?: number) {
    this.#device = device;
    this.#graph = graph;
    this.#partBytes = partBytes;
    let start = 0;
    for (const spec of graph.weights) {
      this.#starts.set(spec.name, start);
      start += weightSize(spec);
    }
  }

  get bytes(): number {
    return [...this.#fittings.values()].reduce((sum, { memory, runner }) => sum + memory.bytes + runner.bytes, 0);
  }

  async fit(pictures: number, orMore = false, extras = false): Promise<boolean> {
    this.#device.check();
    if (orMore && this.#current !== null && this.#current.plan.pictures >= pictures) return false;
    const before = this.#current;
    let known = this.#fittings.get(pictures);
    if (extras && known?.plan.extras === false) {
      // Given back first: memory may not be enough for both.
      if (known) destroy(known);
      this.#fittings.delete(pictures);
      this.#current = null;
      known = undefined;
    }
    this.#current = known ?? (await this.#make(pictures, extras));
    this.#fittings.set(pictures, this.#current);
    return this.#current !== before;
  }

  run(pass: PassName): void {
    // They make the same logits.
    this.#fitting.runner.run(pass === 'losses' ? 'training' : pass);
  }

  keepKinks(): void {
    this.#fitting.runner.run('keeping');
    this.#keeper = this.#current;
  }

  get hasKinks(): boolean {
    return this.#keeper !== null && this.#keeper === this.#current;
  }

  forgetKinks(): void {
    this.#keeper = null;
  }

  async runCandidates(
    candidates: readonly MixingWeights[],
    done: (index: number, logits: Float32Array) => void,
  ): Promise<void> {
    const answers = candidates.map((candidate) => {
      this.setMixing({ ...candidate, skipsZeros: false });
      this.run('losses');
      return this.logits();
    });
    for (const [index, logits] of (await Promise.all(answers)).entries()) done(index, logits);
  }

  setWeights(weights: Float32Array): void {
    this.#weights = weights;
    this.#write(this.#fitting.plan.rows.weights, weights);
    this.#fitting.runner.run('weights');
  }

  setImages(images: Float32Array): void {
    const lacks = this.#graph.pictureChannels !== STEM_CHANNELS;
    this.#write(this.#fitting.plan.images, lacks ? spaced(images, 1, STEM_CHANNELS) : images);
  }

  setMixing(mixing: MixingWeights): void {
    const zero = mixing.skipsZeros ? -0 : 0;
    for (const kind of KINDS) {
      const lines = spaced(mixing[kind], 1, LINE_FLOATS);
      for (let i = 0; i < lines.length; i += LINE_FLOATS) if (lines[i] === 0) lines[i] = zero;
      if (lines.length > 0) this.#write(this.#fitting.plan.mixing[kind], lines);
    }
  }

  setDrops(drops: Float32Array | null): void {
    const { plan } = this.#fitting;
    const columns = plan.drops.length;
    for (const [column, place] of plan.drops.entries()) {
      this.#write(
        place,
        Float32Array.from({ length: plan.pictures }, (_, n) => drops?.[n * columns + column] ?? 1),
      );
    }
  }

  setNoise(noise: number | Float32Array, pictures: number): void {
    for (const [operation, values] of noiseValues(this.#graph, noise, pictures)) {
      const { place, own, channels } = this.#fitting.plan.noise.get(operation) as NoisePlace;
      this.#write(place, spaced(values, own, channels));
    }
  }

  setChannels(channels: number | Uint16Array): void {
    const { plan, runner, wordOf } = this.#fitting;
    if (plan.chosen.size === 0) return;
    for (const [edge, chosen] of chooseChannels(this.#graph, channels)) {
      const { request, ...places } = plan.chosen.get(edge) as ChosenTables;
      const picks = chosenPicks(request, chosen);
      for (const table of ['mixed', 'passed', 'beside', 'back'] as const) {
        runner.writeWords(wordOf(places[table]), picks[table]);
      }
    }
  }

  setStatistics(statistics: ReadonlyMap<string, Float32Array>): void {
    const { plan } = this.#fitting;
    for (const norm of this.#graph.norms) {
      const places = plan.norm(norm);
      const mean = statistics.get(`${norm.name}.mean`) as Float32Array;
      const variance = statistics.get(`${norm.name}.variance`) as Float32Array;
      const gamma = norm.affine && this.#weight(norm.affine.scale);
      const beta = norm.affine && this.#weight(norm.affine.shift);
      const scale = variance.map((value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + BATCH_NORM.epsilon));
      this.#write(places.mean, mean);
      this.#write(places.variance, variance);
      this.#write(places.scale, scale);
      this.#write(
        places.shift,
        mean.map((value, c) => {
          return (
            (beta?.[c] ?? 0) - value * ((gamma?.[c] ?? 1) / Math.sqrt((variance[c] as number) + BATCH_NORM.epsilon))
          );
        }),
      );
    }
  }

  setLogitsGradient(gradient: Float32Array, of: ClassifierName = 'classifier'): void {
    const { logitsGradient, classes } = this.#classifier(of);
    this.#write(logitsGradient, spaced(gradient, this.#graph.classes, classes));
  }

  async logits(
    pictures: number = this.#fitting.plan.pictures,
    of: ClassifierName = 'classifier',
  ): Promise<Float32Array> {
    const { logits, classes } = this.#classifier(of);
    return packed(await this.#read(logits, pictures * classes), this.#graph.classes, classes);
  }

  async mixingGradient(): Promise<MixingWeights> {
    const { plan } = this.#fitting;
    const entries = this.#graph.mixing.edges * this.#graph.mixing.columns;
    const total = async (kind: CellKind): Promise<Float32Array> => {
      const cells = await Promise.all(
        plan.mixingGradients[kind].map((start) => this.#read(start, entries * LINE_FLOATS)),
      );
      return Float32Array.from({ length: entries }, (_, i) => {
        // `none` has no operation and so no gradient: its line stays zero.
        return cells.reduce((sum, lines) => sum + (lines[i * LINE_FLOATS] as number), 0);
      });
    };
    const [normal, reduce] = await Promise.all([total('normal'), total('reduce')]);
    return { normal, reduce };
  }

  async weightGradients(): Promise<Float32Array> {
    const { plan } = this.#fitting;
    return await this.#read(plan.rows.gradients, plan.weights.forward.length);
  }

  /** The places of all norms stand one after the other. */
  async moments(): Promise<ReadonlyMap<string, Moments>> {
    const { plan } = this.#fitting;
    const places = this.#graph.norms.map((norm) => plan.norm(norm));
    const first = Math.min(...places.map(({ mean }) => mean));
    const end = Math.max(...places.map(({ shift }) => shift));
    const floats = await this.#read(first, (end - first) * LINE_FLOATS);
    return new Map(
      this.#graph.norms.map((norm) => {
        const { mean, variance } = plan.norm(norm);
        const take = (place: number): Float32Array => {
          return floats.subarray((place - first) * LINE_FLOATS, (place - first) * LINE_FLOATS + norm.channels);
        };
        return [norm.name, { mean: take(mean), variance: take(variance), count: plan.normCount(norm) }];
      }),
    );
  }

  async activation(name: string, pictures: number): Promise<Float32Array> {
    if (name === 'logits') return await this.logits(pictures);
    const read = (place: number, count: number): Promise<Float32Array> => this.#read(place, count);
    return await readActivation(this.#graph, this.#fitting.plan, name, pictures, read);
  }

  dispose(): void {
    for (const fitting of this.#fittings.values()) destroy(fitting);
    this.#fittings.clear();
    this.#current = null;
  }

  async #make(pictures: number, extras: boolean): Promise<Fitting> {
    const { plan, programs, words, lines, chunks, wordOf } = buildPrograms(this.#graph, pictures, extras);
    const memory = await DeviceMemory.take(this.#device, lines * LINE_FLOATS * 4, this.#partBytes);
    const runner = await ProgramRunner.make(this.#device, memory, programs, words, chunks);
    return { plan, memory, runner, wordOf };
  }

  get #fitting(): Fitting {
    if (this.#current === null) throw new Error('the workspace was not made to fit a mini-batch');
    return this.#current;
  }

  #classifier(of: ClassifierName): PlannedClassifier {
    const found = this.#fitting.plan[of];
    if (found === null) throw new RangeError('the network has no auxiliary head');
    return found;
  }

  #weight(spec: WeightSpec): Float32Array {
    const start = this.#starts.get(spec.name) as number;
    if (this.#weights === null) throw new Error('the weights were not set');
    return this.#weights.subarray(start, start + weightSize(spec));
  }

  #write(place: number, values: Float32Array): void {
    this.#fitting.memory.write(place * LINE_FLOATS, values);
  }

  async #read(place: number, count: number): Promise<Float32Array> {
    const [floats] = await this.#fitting.memory.read([{ start: place * LINE_FLOATS, count }]);
    return floats as Float32Array;
  }
}

function destroy({ memory, runner }: Fitting): void {
  memory.destroy();
  runner.destroy();
}

/** Rows of `own` numbers each, with zeros after them to make `whole`. */
function spaced(values: Float32Array, own: number, whole: number): Float32Array {
  if (own === whole) return values;
  const result = new Float32Array((values.length / own) * whole);
  for (let i = 0; i < values.length; i++) result[Math.floor(i / own) * whole + (i % own)] = values[i] as number;
  return result;
}

/** The same back: the first `own` of each `whole`. */
function packed(values: Float32Array, own: number, whole: number): Float32Array {
  if (own === whole) return values;
  const result = new Float32Array((values.length / whole) * own);
  for (let i = 0; i < result.length; i++) result[i] = values[Math.floor(i / own) * whole + (i % own)] as number;
  return result;
}
