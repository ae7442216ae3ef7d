import { availableParallelism } from 'node:os';
import type { AuxiliaryHeadBlock, BlockGraph } from '../../network/block-graph.ts';
import {
  checkAuxiliaryWeight,
  checkCall,
  checkGradients,
  checkKinks,
  checkMixed,
  checkWeightsInto,
} from '../check-call.ts';
import { type Classification, classify, crossEntropyGradient } from '../cross-entropy.ts';
import type {
  CandidateLoss,
  Engine,
  EngineDescription,
  EngineMemory,
  ForwardResult,
  GradientsOptions,
  MiniBatch,
  MixingGradientResult,
  MixingWeights,
  NetworkState,
  VectorSum,
  WeightsStepResult,
  WeightsStepSettings,
} from '../engine.ts';
import { KeptVectors } from '../kept-vectors.ts';
import { NetworkArrays } from '../network-arrays.ts';
import { stepSgd } from '../sgd.ts';
import { clearSkipped, skippedNorms } from '../skipped-columns.ts';
import { builtKernels, describeBuild, type KernelsName, missingKernels } from './run/kernels.ts';
import { Workspace } from './run/workspace.ts';

/** The native build refuses more. */
const MAX_THREADS = 1024;

/** Threads that a core is given at most. */
const THREADS_PER_CORE = 4;

/** Schedules of a pass with gradients, by how it goes. */
const PASSES = {
  free: { forward: 'training', mixing: 'mixingGradient', weights: 'weightGradient' },
  running: { forward: 'runningTraining', mixing: 'runningMixingGradient', weights: 'runningWeightGradient' },
  held: { forward: 'heldTraining', mixing: 'heldMixingGradient', weights: 'heldWeightGradient' },
} as const;

/** Where a pass with gradients runs, if not at the weights by the mini-batch's statistics. */
interface Elsewhere {
  /** Weights to take; null for the network's own. */
  readonly point: Float32Array | null;
  /** `running`: by the running statistics; `held`: by the mini-batch's, to the kinks that were kept. */
  readonly pass: keyof typeof PASSES;
  /** Whether to keep the kinks. */
  readonly keeps: boolean;
}

const HERE: Elsewhere = { point: null, pass: 'free', keeps: false };

/** Build of the kernels to run, and the number of threads. */
export interface CpuEngineOptions {
  /** `auto` takes the native build if there is one. @default 'auto' */
  readonly kernels?: KernelsName | 'auto';
  /**
   * Threads, which change no result. There are at most four a core: threads wait for each other without sleeping, so that
   * more would take each other's turns. @default all cores
   */
  readonly threads?: number;
  /** Whether to measure the time of every kind of operation. @default false */
  readonly profile?: boolean;
}

/**
 * Makes the engine for CPUs: our own kernels. Results have the same bits for every number of threads.
 *
 * @throws BackendError if the build asked for is missing
 * @throws RangeError if `threads` is not an integer from 1 to 1024
 */
export async function createCpuEngine(graph: BlockGraph, options: CpuEngineOptions): Promise<CpuEngine> {
  const cores = availableParallelism();
  const { kernels = 'auto', threads: asked = Math.min(cores, MAX_THREADS), profile = false } = options;
  if (!Number.isInteger(asked) || asked < 1 || asked > MAX_THREADS) {
    throw new RangeError(`threads must be an integer from 1 to ${MAX_THREADS}, got ${asked}`);
  }
  const threads = Math.min(asked, THREADS_PER_CORE * cores);
  const built = builtKernels();
  const chosen = kernels === 'auto' ? built[0] : built.find((name) => name === kernels);
  if (chosen === undefined) throw missingKernels(kernels);
  return new CpuEngine(graph, new Workspace(graph, { kernels: chosen, threads, profiled: profile }), {
    engine: 'cpu',
    backend: chosen,
    reason: `${kernels === 'auto' ? 'the fastest that was built' : 'asked for'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    usesGpu: false,
    threads,
    build: describeBuild(chosen),
  });
}

/** Made by `createCpuEngine`. */
export class CpuEngine implements Engine {
  readonly description: EngineDescription;
  readonly #graph: BlockGraph;
  readonly #workspace: Workspace;
  readonly #network: NetworkArrays;
  readonly #vectors: KeptVectors;
  readonly #auxiliary: AuxiliaryHeadBlock | null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(graph: BlockGraph, workspace: Workspace, description: EngineDescription) {
    this.#graph = graph;
    this.#workspace = workspace;
    this.#network = new NetworkArrays(graph);
    this.#vectors = new KeptVectors(this.#network);
    this.#auxiliary = graph.blocks.find((block) => block.kind === 'auxiliary-head') ?? null;
    this.description = description;
  }

  weightsStep(miniBatch: MiniBatch, mixing: MixingWeights, settings: WeightsStepSettings): Promise<WeightsStepResult> {
    const { auxiliaryWeight = 0, resting = [], weightsInto } = settings;
    return this.#inTurn(miniBatch, [mixing], async () => {
      checkAuxiliaryWeight(this.#graph, auxiliaryWeight);
      checkWeightsInto(weightsInto);
      const ranges = this.#network.rangesOf(resting);
      const { loss, correct } = await this.#differentiate(miniBatch, mixing, 'weights', auxiliaryWeight);
      this.#observe(mixing, auxiliaryWeight);
      const { weights, velocity } = this.#network;
      const gradient = this.#workspace.weightGradients();
      if (weightsInto !== undefined) this.#vectors.keep(weightsInto, gradient);
      const gradientNorm = stepSgd(weights, gradient, velocity, settings, ranges);
      this.#network.changed();
      return { loss, correct, gradientNorm };
    });
  }

  mixingGradient(miniBatch: MiniBatch, mixing: MixingWeights): Promise<MixingGradientResult> {
    return this.#inTurn(miniBatch, [mixing], async () => {
      checkMixed(this.#graph);
      const { loss, perExample, correct } = await this.#differentiate(miniBatch, mixing, 'mixing');
      this.#observe(mixing);
      const gradient = this.#workspace.mixingGradient();
      clearSkipped(mixing, gradient);
      return { loss, perExample, correct, gradient };
    });
  }

  gradients(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    options: GradientsOptions = {},
  ): Promise<MixingGradientResult> {
    const { at, statistics, moves = false, weightsInto, kinks } = options;
    return this.#inTurn(miniBatch, [mixing], async () => {
      checkMixed(this.#graph);
      checkGradients(options);
      const point = this.#vectors.sum(at);
      const wanted = weightsInto === undefined ? 'mixing' : 'weights';
      const pass = statistics === 'running' ? 'running' : kinks === 'hold' ? 'held' : 'free';
      const how = { point, pass, keeps: kinks === 'keep' } as const;
      const { loss, perExample, correct } = await this.#differentiate(miniBatch, mixing, wanted, 0, how);
      if (moves) this.#observe(mixing);
      if (weightsInto !== undefined) this.#vectors.keep(weightsInto, this.#workspace.weightGradients());
      const gradient = this.#workspace.mixingGradient();
      clearSkipped(mixing, gradient);
      return { loss, perExample, correct, gradient };
    });
  }

  vectorNorm(vector: string): Promise<number> {
    return this.#exclusive(async () => this.#vectors.norm(vector));
  }

  operationCosines(one: string | VectorSum, other: string | VectorSum): Promise<Record<string, number>> {
    return this.#exclusive(async () => this.#vectors.cosines(one, other));
  }

  losses(
    miniBatch: MiniBatch,
    candidates: readonly MixingWeights[],
    { perExample }: { readonly perExample: boolean },
  ): Promise<CandidateLoss[]> {
    return this.#inTurn(miniBatch, candidates, async () => {
      await this.#prepare(miniBatch);
      const losses = new Map<number, CandidateLoss>();
      this.#workspace.runCandidates(candidates, (index) => {
        const { loss, correct, perExample: each } = classify(this.#workspace.logits(), miniBatch.labels);
        losses.set(index, perExample ? { loss, correct, perExample: each } : { loss, correct });
      });
      return candidates.map((_, index) => losses.get(index) as CandidateLoss);
    });
  }

  forward(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    options: { readonly statistics: 'batch' | 'running'; readonly activations?: readonly string[] },
  ): Promise<ForwardResult> {
    return this.#inTurn(miniBatch, [mixing], async () => {
      const pictures = miniBatch.labels.length;
      const { statistics, activations: names = [] } = options;
      const running = statistics === 'running';
      await this.#prepare(miniBatch, running);
      this.#workspace.setMixing(mixing);
      if (running) this.#workspace.setStatistics(this.#network.statistics);
      this.#workspace.run(running ? 'evaluation' : 'losses');
      const auxiliary = running ? null : this.#auxiliary?.output.name;
      if (names.some((name) => name === auxiliary)) this.#workspace.run('auxiliary');
      const logits = this.#workspace.logits(pictures);
      const { loss, correct } = classify(logits, miniBatch.labels);
      const activations = Object.fromEntries(
        names.map((name) => {
          if (name === auxiliary) return [name, this.#workspace.logits(pictures, 'auxiliaryClassifier')];
          return [name, this.#workspace.activation(name, pictures)];
        }),
      );
      return { logits, loss, correct, activations };
    });
  }

  weightGradients(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    { auxiliaryWeight = 0 }: Pick<WeightsStepSettings, 'auxiliaryWeight'> = {},
  ): Promise<Record<string, Float32Array>> {
    return this.#inTurn(miniBatch, [mixing], async () => {
      checkAuxiliaryWeight(this.#graph, auxiliaryWeight);
      await this.#differentiate(miniBatch, mixing, 'weights', auxiliaryWeight);
      return this.#network.byName(this.#workspace.weightGradients());
    });
  }

  prepare(pictures: number): Promise<void> {
    return this.#exclusive(async () => {
      await this.#workspace.fit(pictures);
    });
  }

  save(): Promise<NetworkState> {
    return this.#exclusive(async () => this.#network.save());
  }

  restore(state: NetworkState): Promise<void> {
    return this.#exclusive(async () => {
      this.#network.restore(state);
      this.#vectors.forget();
      this.#workspace.forgetKinks();
    });
  }

  memory(): EngineMemory {
    return { bytes: this.#workspace.bytes, tensors: 0 };
  }

  /** Measures the peak of the threads, in GFLOP/s: they only multiply and add. The benchmark compares with it. */
  measurePeak(pictures: number): Promise<number> {
    return this.#exclusive(async () => {
      await this.#workspace.fit(pictures);
      return this.#workspace.measurePeak();
    });
  }

  /** Milliseconds of all threads by kind of operation since the last call; all 0 if no profile is kept. */
  takeProfile(): Record<string, number> {
    return this.#workspace.takeProfile();
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  #inTurn<T>(miniBatch: MiniBatch, candidates: readonly MixingWeights[], call: () => Promise<T>): Promise<T> {
    return this.#exclusive(async () => {
      checkCall(this.#graph, miniBatch, candidates);
      return await call();
    });
  }

  #exclusive<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(call);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /**
   * Puts pictures and weights into the workspace.
   *
   * @param running whether norms go by running statistics: pictures do not mix then, so a workspace for more will do, and
   * no operation is dropped
   * @param elsewhere where a pass with gradients runs
   */
  async #prepare(
    { images, labels, drops, noise, channels }: MiniBatch,
    running = false,
    { point, pass, keeps }: Elsewhere = HERE,
  ): Promise<void> {
    const extras = keeps || pass !== 'free';
    const fresh = await this.#workspace.fit(labels.length, running && !extras, extras);
    if (point) {
      this.#workspace.setWeights(point);
      this.#network.displaced();
    } else if (this.#network.takeChanged() || fresh) this.#workspace.setWeights(this.#network.weights);
    this.#workspace.setImages(images);
    this.#workspace.setDrops(running ? null : (drops ?? null));
    if (noise !== undefined) this.#workspace.setNoise(noise, labels.length);
    if (channels !== undefined) this.#workspace.setChannels(channels);
  }

  async #differentiate(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    gradient: 'mixing' | 'weights',
    auxiliaryWeight = 0,
    elsewhere: Elsewhere = HERE,
  ): Promise<Classification> {
    const schedules = PASSES[elsewhere.pass];
    const running = elsewhere.pass === 'running';
    await this.#prepare(miniBatch, running, elsewhere);
    if (elsewhere.pass === 'held') checkKinks(this.#workspace.hasKinks);
    this.#workspace.setMixing(mixing);
    if (running) this.#workspace.setStatistics(this.#network.statistics);
    this.#workspace.run(schedules.forward);
    if (elsewhere.keeps) this.#workspace.keepKinks();
    const logits = this.#workspace.logits();
    this.#workspace.setLogitsGradient(crossEntropyGradient(logits, miniBatch.labels));
    if (this.#auxiliary) this.#setAuxiliaryGradient(miniBatch.labels, auxiliaryWeight);
    this.#workspace.run(schedules[gradient]);
    return classify(logits, miniBatch.labels);
  }

  /** Sets the gradient at the head's logits. The head does not run if its loss does not count. */
  #setAuxiliaryGradient(labels: Uint16Array, weight: number): void {
    const head = 'auxiliaryClassifier';
    if (weight > 0) this.#workspace.run('auxiliary');
    const gradient = crossEntropyGradient(this.#workspace.logits(labels.length, head), labels);
    this.#workspace.setLogitsGradient(weight > 0 ? gradient.map((value) => weight * value) : gradient.fill(0), head);
  }

  #observe(mixing: MixingWeights, auxiliaryWeight = 0): void {
    const skipped = skippedNorms(this.#graph, mixing);
    if (this.#auxiliary !== null && auxiliaryWeight === 0) {
      // The head did not run.
      const { squeezeNorm, norm } = this.#auxiliary;
      skipped.add(squeezeNorm.name).add(norm.name);
    }
    const moments = [...this.#workspace.moments()];
    this.#network.observe(new Map(moments.filter(([name]) => !skipped.has(name))));
  }
}
