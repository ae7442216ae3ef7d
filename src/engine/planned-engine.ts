import type { AuxiliaryHeadBlock, BlockGraph } from '../network/block-graph.ts';
import {
  checkAuxiliaryWeight,
  checkCall,
  checkGradients,
  checkKinks,
  checkMixed,
  checkWeightsInto,
} from './check-call.ts';
import { type Classification, classify, crossEntropyGradient } from './cross-entropy.ts';
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
} from './engine.ts';
import { KeptVectors } from './kept-vectors.ts';
import { NetworkArrays } from './network-arrays.ts';
import type { PlannedWorkspace } from './planned-workspace.ts';
import { stepSgd } from './sgd.ts';
import { clearSkipped, skippedNorms } from './skipped-columns.ts';

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

/** An engine whose passes are schedules of the planner, in a workspace that runs them. */
export class PlannedEngine implements Engine {
  readonly description: EngineDescription;
  readonly #graph: BlockGraph;
  readonly #workspace: PlannedWorkspace;
  readonly #network: NetworkArrays;
  readonly #vectors: KeptVectors;
  readonly #auxiliary: AuxiliaryHeadBlock | null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(graph: BlockGraph, workspace: PlannedWorkspace, description: EngineDescription) {
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
      const [gradient] = await Promise.all([this.#workspace.weightGradients(), this.#observe(mixing, auxiliaryWeight)]);
      const { weights, velocity } = this.#network;
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
      const [gradient] = await Promise.all([this.#workspace.mixingGradient(), this.#observe(mixing)]);
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
      if (moves) await this.#observe(mixing);
      if (weightsInto !== undefined) this.#vectors.keep(weightsInto, await this.#workspace.weightGradients());
      const gradient = await this.#workspace.mixingGradient();
      clearSkipped(mixing, gradient);
      return { loss, perExample, correct, gradient };
    });
  }

  vectorNorm(vector: string): Promise<number> {
    return this.exclusive(async () => this.#vectors.norm(vector));
  }

  operationCosines(one: string | VectorSum, other: string | VectorSum): Promise<Record<string, number>> {
    return this.exclusive(async () => this.#vectors.cosines(one, other));
  }

  losses(
    miniBatch: MiniBatch,
    candidates: readonly MixingWeights[],
    { perExample }: { readonly perExample: boolean },
  ): Promise<CandidateLoss[]> {
    return this.#inTurn(miniBatch, candidates, async () => {
      await this.#prepare(miniBatch);
      const losses = new Map<number, CandidateLoss>();
      await this.#workspace.runCandidates(candidates, (index, logits) => {
        const { loss, correct, perExample: each } = classify(logits, miniBatch.labels);
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
      const logits = await this.#workspace.logits(pictures);
      const { loss, correct } = classify(logits, miniBatch.labels);
      const activations: Record<string, Float32Array> = {};
      for (const name of names) {
        activations[name] =
          name === auxiliary
            ? await this.#workspace.logits(pictures, 'auxiliaryClassifier')
            : await this.#workspace.activation(name, pictures);
      }
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
      return this.#network.byName(await this.#workspace.weightGradients());
    });
  }

  prepare(pictures: number): Promise<void> {
    return this.exclusive(async () => {
      await this.#workspace.fit(pictures);
    });
  }

  save(): Promise<NetworkState> {
    return this.exclusive(async () => this.#network.save());
  }

  restore(state: NetworkState): Promise<void> {
    return this.exclusive(async () => {
      this.#network.restore(state);
      this.#vectors.forget();
      this.#workspace.forgetKinks();
    });
  }

  memory(): EngineMemory {
    return { bytes: this.#workspace.bytes, tensors: 0 };
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  #inTurn<T>(miniBatch: MiniBatch, candidates: readonly MixingWeights[], call: () => Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      checkCall(this.#graph, miniBatch, candidates);
      return await call();
    });
  }

  protected exclusive<T>(call: () => Promise<T>): Promise<T> {
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
    const logits = await this.#workspace.logits();
    this.#workspace.setLogitsGradient(crossEntropyGradient(logits, miniBatch.labels));
    if (this.#auxiliary) await this.#setAuxiliaryGradient(miniBatch.labels, auxiliaryWeight);
    this.#workspace.run(schedules[gradient]);
    return classify(logits, miniBatch.labels);
  }

  /** Sets the gradient at the head's logits. The head does not run if its loss does not count. */
  async #setAuxiliaryGradient(labels: Uint16Array, weight: number): Promise<void> {
    const head = 'auxiliaryClassifier';
    if (weight > 0) this.#workspace.run('auxiliary');
    const gradient = crossEntropyGradient(await this.#workspace.logits(labels.length, head), labels);
    this.#workspace.setLogitsGradient(weight > 0 ? gradient.map((value) => weight * value) : gradient.fill(0), head);
  }

  async #observe(mixing: MixingWeights, auxiliaryWeight = 0): Promise<void> {
    const skipped = skippedNorms(this.#graph, mixing);
    if (this.#auxiliary !== null && auxiliaryWeight === 0) {
      // The head did not run.
      const { squeezeNorm, norm } = this.#auxiliary;
      skipped.add(squeezeNorm.name).add(norm.name);
    }
    const moments = [...(await this.#workspace.moments())];
    this.#network.observe(new Map(moments.filter(([name]) => !skipped.has(name))));
  }
}
