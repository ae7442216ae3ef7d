import { totalmem } from 'node:os';
import { BATCH_NORM, type BlockGraph, type CellKind } from '../../../network/block-graph.ts';
import { type MixingWeights, OutOfMemoryError } from '../../engine.ts';
import type { Moments } from '../../network-arrays.ts';
import { LINE_FLOATS, MemoryMap } from '../plan/memory-map.ts';
import { OPERATIONS, type OperationName } from '../plan/operations.ts';
import { type Plan, planNetwork, type Rerun } from '../plan/plan.ts';
import type { PlannedClassifier } from '../plan/plan-ends.ts';
import { ScheduleWriter } from '../plan/schedule.ts';
import { allocateMemory, type KernelsName, type SharedMemory, WASM_STACK_BYTES } from './kernels.ts';
import { orderCandidates } from './order-candidates.ts';
import { CONTROL, PROFILE_BYTES, Team, type TeamPlaces } from './team.ts';

const LINE_BYTES = LINE_FLOATS * 4;

/** Rounds of 1,280 multiply-adds in the schedule that measures the peak, its runs, and room for its words. */
const PEAK_ROUNDS = 200_000;
const PEAK_RUNS = 40;
const PEAK_WORDS = 32;

type ScheduleName = keyof Plan['schedules'];
type ClassifierName = 'classifier' | 'auxiliaryClassifier';

/** Memory, threads and schedules for one size of mini-batch. */
interface Fitting {
  readonly plan: Plan;
  readonly memory: SharedMemory;
  readonly team: Team;
  /** The engine's memory as floats, from its base. */
  readonly floats: Float32Array;
  /** Views of the memory. */
  readonly moments: ReadonlyMap<string, Moments>;
  /** Byte offsets from the base. */
  readonly profile: number;
  readonly peak: number;
  readonly schedules: Readonly<Record<ScheduleName, number>>;
  readonly reruns: ReadonlyMap<Rerun, number>;
}

/**
 * The engine's memory and threads, and the ways in and out of it. Made anew when the size of the mini-batch changes
 * to one not seen before; those of sizes seen are kept.
 */
export class Workspace {
  readonly #graph: BlockGraph;
  readonly #kernels: KernelsName;
  readonly #threads: number;
  readonly #profiled: boolean;
  readonly #fittings = new Map<number, Fitting>();
  #current: Fitting | null = null;

  /** @param profiled whether to keep the time that every kind of operation takes */
  constructor(graph: BlockGraph, kernels: KernelsName, threads: number, profiled = false) {
    this.#graph = graph;
    this.#profiled = profiled;
    this.#kernels = kernels;
    this.#threads = threads;
  }

  /** Bytes held. */
  get bytes(): number {
    return [...this.#fittings.values()].reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0);
  }

  /**
   * Makes ready for mini-batches of so many pictures; returns whether the weights must be put in again.
   *
   * @param orMore whether room for more will do: if pictures do not mix, those left over from before do no harm
   * @throws OutOfMemoryError if there is not enough memory
   */
  async fit(pictures: number, orMore = false): Promise<boolean> {
    if (orMore && this.#current !== null && this.#current.plan.pictures >= pictures) return false;
    const known = this.#fittings.get(pictures);
    const before = this.#current;
    this.#current = known ?? (await this.#make(pictures));
    this.#fittings.set(pictures, this.#current);
    return this.#current !== before;
  }

  run(schedule: ScheduleName): void {
    const { team, schedules } = this.#fitting;
    team.run(schedules[schedule]);
  }

  /**
   * Runs candidates on the mini-batch. One that shares its first nodes with the candidate before takes them over, bit
   * for bit.
   *
   * @param done hears each candidate's index once its logits are there; in what order, the candidates decide
   */
  runCandidates(candidates: readonly MixingWeights[], done: (index: number) => void): void {
    const { plan, team, reruns } = this.#fitting;
    const turns = orderCandidates(candidates, plan.reruns);
    const isRerun = turns.some(({ rerun }) => rerun !== null);
    for (const [i, { index, rerun }] of turns.entries()) {
      this.setMixing(candidates[index] as MixingWeights);
      if (i === 0) this.run(isRerun ? 'candidates' : 'losses');
      else if (rerun !== null) team.run(reruns.get(rerun) as number);
      done(index);
    }
  }

  /** @param weights flat, in the graph's order */
  setWeights(weights: Float32Array): void {
    const { floats, plan } = this.#fitting;
    floats.set(weights, plan.rows.weights * LINE_FLOATS);
    this.run('weights');
  }

  /** @param images `[pictures, image, image, 3]` */
  setImages(images: Float32Array): void {
    const { floats, plan } = this.#fitting;
    floats.set(images, plan.images * LINE_FLOATS);
  }

  setMixing(mixing: MixingWeights): void {
    const { floats, plan } = this.#fitting;
    for (const kind of ['normal', 'reduce'] as const) {
      const start = plan.mixing[kind];
      for (const [i, weight] of mixing[kind].entries()) floats[(start + i) * LINE_FLOATS] = weight;
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

  /** Sets the running statistics that norms go by in the schedule `evaluation`. */
  setStatistics(statistics: ReadonlyMap<string, Float32Array>): void {
    const { floats, plan } = this.#fitting;
    const weight = (name: string): Float32Array => floats.subarray(plan.weights.place(name).forward * LINE_FLOATS);
    for (const norm of this.#graph.norms) {
      const { scale, shift } = plan.norm(norm);
      const mean = statistics.get(`${norm.name}.mean`) as Float32Array;
      const variance = statistics.get(`${norm.name}.variance`) as Float32Array;
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
    const { edges, primitives } = this.#graph.mixing;
    const total = (kind: CellKind): Float32Array =>
      Float32Array.from({ length: edges * primitives.length }, (_, i) => {
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
  activation(name: string, pictures: number): Float32Array {
    const { plan, floats } = this.#fitting;
    if (name === 'image') {
      const start = plan.images * LINE_FLOATS;
      return floats.slice(start, start + pictures * this.#graph.image ** 2 * 3);
    }
    if (name === 'logits') return this.logits(pictures);
    const value = this.#graph.blocks.find(({ output }) => output.name === name)?.output;
    const tensors = plan.tensors(name);
    if (!value || !tensors) throw new RangeError(`the network has made no value ${name}`);
    const each = value.channels / tensors.length;
    const pixels = pictures * value.height * value.width;
    const result = new Float32Array(pixels * value.channels);
    for (const [t, { x, channels }] of tensors.entries()) {
      for (let p = 0; p < pixels; p++) {
        for (let c = 0; c < each; c++) {
          result[p * value.channels + t * each + c] = floats[x * LINE_FLOATS + p * channels + c] as number;
        }
      }
    }
    return result;
  }

  /** Milliseconds of all threads together by kind of operation since the last call; `waiting` is for each other. */
  takeProfile(): Record<OperationName | 'waiting', number> {
    const { memory, profile } = this.#fitting;
    const times = new Float64Array(memory.buffer, memory.base + profile, (this.#threads * PROFILE_BYTES) / 8);
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
    return (this.#threads * PEAK_ROUNDS * 2 * 1280) / best / 1e9;
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

  async #make(pictures: number): Promise<Fitting> {
    const plan = planNetwork(this.#graph, pictures);
    const map = new MemoryMap(plan.lines);
    const names = Object.keys(plan.schedules) as ScheduleName[];
    const place = (schedule: Int32Array) => ({ schedule, at: map.floats(schedule.length) * LINE_BYTES });
    const schedules = names.map((name) => [name, place(plan.schedules[name])] as const);
    const reruns = plan.reruns.map((rerun) => [rerun, place(rerun.schedule)] as const);
    const control = map.floats(CONTROL.words);
    const profile = map.floats((this.#threads * PROFILE_BYTES) / 4);
    const peak = map.floats(PEAK_WORDS);
    const sums = map.floats(this.#threads);
    map.floats(WASM_STACK_BYTES / 4);
    const scratch = map.lines;
    const stride = plan.scratchLines + WASM_STACK_BYTES / LINE_BYTES;
    const memory = this.#allocate((scratch + this.#threads * stride) * LINE_BYTES);

    const floats = new Float32Array(memory.buffer, memory.base);
    for (const [, { schedule, at }] of [...schedules, ...reruns]) {
      new Int32Array(memory.buffer, memory.base + at).set(schedule);
    }
    for (const name of ['forward', 'backward'] as const) {
      new Int32Array(memory.buffer, memory.base + plan.rows[name] * LINE_BYTES).set(plan.weights[name]);
    }
    const measure = new ScheduleWriter({ pictures: this.#threads, count: this.#threads, each: 1 });
    measure.overPictures((write) => write('multiplyAdd', { rounds: PEAK_ROUNDS, sum: sums }));
    new Int32Array(memory.buffer, memory.base + peak * LINE_BYTES).set(measure.finish());
    const team: TeamPlaces = {
      kernels: this.#kernels,
      memory,
      threads: this.#threads,
      control: control * LINE_BYTES,
      scratch: scratch * LINE_BYTES,
      scratchStride: stride * LINE_BYTES,
      profile: this.#profiled ? profile * LINE_BYTES : null,
    };
    const offsets = Object.fromEntries(schedules.map(([name, { at }]) => [name, at]));
    return {
      plan,
      memory,
      floats,
      moments: momentsIn(floats, plan, this.#graph),
      profile: profile * LINE_BYTES,
      peak: peak * LINE_BYTES,
      team: await Team.assemble(team),
      schedules: offsets as Fitting['schedules'],
      reruns: new Map(reruns.map(([rerun, { at }]) => [rerun, at])),
    };
  }

  #allocate(bytes: number): SharedMemory {
    try {
      // The system promises more memory than it has, and kills a process that then uses it.
      if (bytes > memoryLimit()) throw new RangeError(`this machine has ${memoryLimit()} bytes`);
      return allocateMemory(this.#kernels, bytes);
    } catch (cause) {
      const need = `${Math.ceil(bytes / 2 ** 20)} MiB`;
      const reason = (cause as Error).message;
      const message = `the network needs ${need} at this size of mini-batch, but ${reason}: take a smaller batch, picture or network`;
      throw new OutOfMemoryError(message, { cause });
    }
  }
}

function momentsIn(floats: Float32Array, plan: Plan, { norms }: BlockGraph): Map<string, Moments> {
  return new Map(
    norms.map((norm) => {
      const { mean, variance } = plan.norm(norm);
      const take = (place: number): Float32Array => {
        return floats.subarray(place * LINE_FLOATS, place * LINE_FLOATS + norm.channels);
      };
      return [norm.name, { mean: take(mean), variance: take(variance), count: plan.normCount(norm) }];
    }),
  );
}

/** Bytes that a process may have here; the limit of a container counts. */
function memoryLimit(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
