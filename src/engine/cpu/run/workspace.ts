import { BATCH_NORM, type BlockGraph, type CellKind } from '../../../network/block-graph.ts';
import { chooseChannels } from '../../../network/chosen-channels.ts';
import type { MixingWeights } from '../../engine.ts';
import type { Moments } from '../../network-arrays.ts';
import { noiseValues } from '../../noise.ts';
import type { ClassifierName, PlannedWorkspace } from '../../planned-workspace.ts';
import { type ChosenTables, chosenPicks } from '../plan/chosen-tables.ts';
import { LINE_FLOATS, STEM_CHANNELS } from '../plan/memory-map.ts';
import { OPERATIONS, type OperationName } from '../plan/operations.ts';
import type { NoisePlace } from '../plan/place-network.ts';
import type { PlannedClassifier } from '../plan/plan-ends.ts';
import { readActivation } from '../plan/read-activation.ts';
import { type Fitting, type FittingOptions, makeFitting, PEAK_ROUNDS, type ScheduleName } from './fitting.ts';
import { orderCandidates } from './order-candidates.ts';
import { PROFILE_BYTES } from './team.ts';

/** Runs of the schedule that measures the peak. */
const PEAK_RUNS = 40;

/**
 * The engine's memory and threads, and the ways in and out of it. Made anew when the size of the mini-batch changes
 * to one not seen before; those of sizes seen are kept.
 */
export class Workspace implements PlannedWorkspace {
  readonly #graph: BlockGraph;
  readonly #options: FittingOptions;
  readonly #fittings = new Map<number, Fitting>();
  #current: Fitting | null = null;
  /** What holds the kinks that were kept last; null if none are. */
  #keeper: Fitting | null = null;

  constructor(graph: BlockGraph, options: FittingOptions) {
    this.#graph = graph;
    this.#options = options;
  }

  /** Bytes held. */
  get bytes(): number {
    return [...this.#fittings.values()].reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0);
  }

  /**
   * Makes ready for mini-batches of so many pictures; returns whether the weights must be put in again.
   *
   * @param orMore whether room for more will do: if pictures do not mix, those left over from before do no harm
   * @param extras whether more than the schedules of training will run: a workspace that lacks them is made anew, with them
   * @throws OutOfMemoryError if there is not enough memory
   */
  async fit(pictures: number, orMore = false, extras = false): Promise<boolean> {
    if (orMore && this.#current !== null && this.#current.plan.pictures >= pictures) return false;
    const before = this.#current;
    let known = this.#fittings.get(pictures);
    if (extras && known?.plan.extras === false) {
      // Given back first: memory may not be enough for both.
      known?.team.dismiss();
      this.#fittings.delete(pictures);
      this.#current = null;
      known = undefined;
    }
    this.#current = known ?? (await makeFitting(this.#graph, pictures, this.#options, extras));
    this.#fittings.set(pictures, this.#current);
    return this.#current !== before;
  }

  run(schedule: ScheduleName): void {
    const { team, schedules } = this.#fitting;
    team.run(schedules[schedule]);
  }

  /** Keeps the kinks of the pass before. */
  keepKinks(): void {
    this.run('keeping');
    this.#keeper = this.#current;
  }

  /** Whether the kinks that were kept last are those of as many pictures. */
  get hasKinks(): boolean {
    return this.#keeper !== null && this.#keeper === this.#current;
  }

  forgetKinks(): void {
    this.#keeper = null;
  }

  /**
   * Runs candidates on the mini-batch. One that shares its first nodes with the candidate before takes them over, bit
   * for bit.
   *
   * @param done hears each candidate's index and logits; in what order, the candidates decide
   */
  runCandidates(candidates: readonly MixingWeights[], done: (index: number, logits: Float32Array) => void): void {
    const { plan, team, reruns } = this.#fitting;
    const turns = orderCandidates(candidates, plan.reruns);
    const isRerun = turns.some(({ rerun }) => rerun !== null);
    for (const [i, { index, rerun }] of turns.entries()) {
      // All columns are made, as a candidate takes over what the one before made.
      this.setMixing({ ...(candidates[index] as MixingWeights), skipsZeros: false });
      if (i === 0) this.run(isRerun ? 'candidates' : 'losses');
      else if (rerun !== null) team.run(reruns.get(rerun) as number);
      done(index, this.logits());
    }
  }

  /** @param weights flat, in the graph's order */
  setWeights(weights: Float32Array): void {
    const { floats, plan } = this.#fitting;
    floats.set(weights, plan.rows.weights * LINE_FLOATS);
    this.run('weights');
  }

  /** @param images `[pictures, image, image, pictureChannels]` */
  setImages(images: Float32Array): void {
    const { floats, plan } = this.#fitting;
    const start = plan.images * LINE_FLOATS;
    if (this.#graph.pictureChannels === STEM_CHANNELS) floats.set(images, start);
    else for (let i = 0; i < images.length; i++) floats[start + i * STEM_CHANNELS] = images[i] as number;
  }

  /** Sets the mixing weights. To the kernels, 0 is a number like others, and -0 leaves its column out. */
  setMixing(mixing: MixingWeights): void {
    const { floats, plan } = this.#fitting;
    const zero = mixing.skipsZeros ? -0 : 0;
    for (const kind of ['normal', 'reduce'] as const) {
      const start = plan.mixing[kind];
      for (const [i, weight] of mixing[kind].entries())
        floats[(start + i) * LINE_FLOATS] = weight === 0 ? zero : weight;
    }
  }

  /** @param drops `[pictures, columns of dropColumns]`; null if nothing is dropped */
  setDrops(drops: Float32Array | null): void {
    const { floats, plan } = this.#fitting;
    for (const [column, start] of plan.drops.entries()) {
      const own = floats.subarray(start * LINE_FLOATS, start * LINE_FLOATS + plan.pictures);
      for (let n = 0; n < own.length; n++) own[n] = drops?.[n * plan.drops.length + column] ?? 1;
    }
  }

  /** Sets what the operations `noise` give. @param noise see `MiniBatch` */
  setNoise(noise: number | Float32Array, pictures: number): void {
    const { floats, plan } = this.#fitting;
    for (const [operation, values] of noiseValues(this.#graph, noise, pictures)) {
      const { place, own, channels } = plan.noise.get(operation) as NoisePlace;
      for (let from = 0, to = place * LINE_FLOATS; from < values.length; from += own, to += channels) {
        for (let k = 0; k < own; k++) floats[to + k] = values[from + k] as number;
      }
    }
  }

  /** Sets the channels that edges mix. @param channels see `MiniBatch` */
  setChannels(channels: number | Uint16Array): void {
    const { memory, plan } = this.#fitting;
    if (plan.chosen.size === 0) return;
    const words = new Int32Array(memory.buffer, memory.base);
    for (const [edge, chosen] of chooseChannels(this.#graph, channels)) {
      const { request, ...places } = plan.chosen.get(edge) as ChosenTables;
      const picks = chosenPicks(request, chosen);
      for (const table of ['mixed', 'passed', 'beside', 'back'] as const) {
        words.set(picks[table], places[table] * LINE_FLOATS);
      }
    }
  }

  /** Sets the running statistics that norms go by in `evaluation` and the schedules named `running`. */
  setStatistics(statistics: ReadonlyMap<string, Float32Array>): void {
    const { floats, plan } = this.#fitting;
    const weight = (name: string): Float32Array => floats.subarray(plan.weights.place(name).forward * LINE_FLOATS);
    for (const norm of this.#graph.norms) {
      const { mean: means, variance: variances, scale, shift } = plan.norm(norm);
      const mean = statistics.get(`${norm.name}.mean`) as Float32Array;
      const variance = statistics.get(`${norm.name}.variance`) as Float32Array;
      floats.set(mean, means * LINE_FLOATS);
      floats.set(variance, variances * LINE_FLOATS);
      const gamma = norm.affine && weight(norm.affine.scale.name);
      const beta = norm.affine && weight(norm.affine.shift.name);
      for (const [c, m] of mean.entries()) {
        const factor = (gamma?.[c] ?? 1) / Math.sqrt((variance[c] as number) + BATCH_NORM.epsilon);
        floats[scale * LINE_FLOATS + c] = factor;
        floats[shift * LINE_FLOATS + c] = (beta?.[c] ?? 0) - m * factor;
      }
    }
  }

  /** Logits of the first so many pictures, `[pictures, classes]`. @default all, of the network's own classifier */
  logits(pictures: number = this.#fitting.plan.pictures, of: ClassifierName = 'classifier'): Float32Array {
    const { floats } = this.#fitting;
    const { classes } = this.#graph;
    const { logits, classes: row } = this.#classifier(of);
    const result = new Float32Array(pictures * classes);
    for (let n = 0; n < pictures; n++) {
      const start = logits * LINE_FLOATS + n * row;
      result.set(floats.subarray(start, start + classes), n * classes);
    }
    return result;
  }

  /** @param gradient `[pictures, classes]` */
  setLogitsGradient(gradient: Float32Array, of: ClassifierName = 'classifier'): void {
    const { floats } = this.#fitting;
    const { classes } = this.#graph;
    const { logitsGradient, classes: row } = this.#classifier(of);
    const start = logitsGradient * LINE_FLOATS;
    for (const [i, value] of gradient.entries()) {
      floats[start + Math.floor(i / classes) * row + (i % classes)] = value;
    }
  }

  #classifier(of: ClassifierName): PlannedClassifier {
    const found = this.#fitting.plan[of];
    if (found === null) throw new RangeError('the network has no auxiliary head');
    return found;
  }

  /** Gradient in the mixing weights, added up over the cells of a kind. */
  mixingGradient(): MixingWeights {
    const { plan, floats } = this.#fitting;
    const { edges, columns } = this.#graph.mixing;
    const total = (kind: CellKind): Float32Array =>
      Float32Array.from({ length: edges * columns }, (_, i) => {
        // `none` has no operation and so no gradient: its line stays zero.
        return plan.mixingGradients[kind].reduce(
          (sum, start) => sum + (floats[(start + i) * LINE_FLOATS] as number),
          0,
        );
      });
    return { normal: total('normal'), reduce: total('reduce') };
  }

  /** Gradients of all weights, flat, in the graph's order. The next run overwrites them. */
  weightGradients(): Float32Array {
    const { plan, floats } = this.#fitting;
    const start = plan.rows.gradients * LINE_FLOATS;
    return floats.subarray(start, start + plan.weights.forward.length);
  }

  /** Statistics of the last mini-batch at every norm. The next run overwrites them. */
  moments(): ReadonlyMap<string, Moments> {
    return this.#fitting.moments;
  }

  /** A value that the last run made, of the first so many pictures: `[pictures, height, width, channels]`. */
  async activation(name: string, pictures: number): Promise<Float32Array> {
    if (name === 'logits') return this.logits(pictures);
    const { plan, floats } = this.#fitting;
    return await readActivation(this.#graph, plan, name, pictures, (place, count) => {
      return floats.subarray(place * LINE_FLOATS, place * LINE_FLOATS + count);
    });
  }

  /** Milliseconds of all threads together by kind of operation since the last call; `waiting` is for each other. */
  takeProfile(): Record<OperationName | 'waiting', number> {
    const { memory, profile } = this.#fitting;
    const times = new Float64Array(memory.buffer, memory.base + profile, (this.#options.threads * PROFILE_BYTES) / 8);
    const total = (code: number): number => {
      let sum = 0;
      for (let i = code; i < times.length; i += PROFILE_BYTES / 8) sum += times[i] as number;
      return sum;
    };
    const named = Object.entries(OPERATIONS).map(([name, { code }]) => [name, total(code)]);
    const result = { ...Object.fromEntries(named), waiting: total(PROFILE_BYTES / 8 - 1) };
    times.fill(0);
    return result;
  }

  /** Measures the peak of all threads together, in GFLOP/s: they only multiply and add. */
  measurePeak(): number {
    const { team, peak } = this.#fitting;
    let best = Number.POSITIVE_INFINITY;
    // The runtime optimizes WebAssembly only after it has run for a while.
    for (let i = 0; i < PEAK_RUNS; i++) {
      const start = performance.now();
      team.run(peak);
      best = Math.min(best, (performance.now() - start) / 1000);
    }
    return (this.#options.threads * PEAK_ROUNDS * 2 * 1280) / best / 1e9;
  }

  dispose(): void {
    for (const { team } of this.#fittings.values()) team.dismiss();
    this.#fittings.clear();
    this.#current = null;
  }

  get #fitting(): Fitting {
    if (this.#current === null) throw new Error('the workspace was not made to fit a mini-batch');
    return this.#current;
  }
}
