import * as tf from '@tensorflow/tfjs';
import type { BlockGraph, MixedEdge, Operation } from '../../network/block-graph.ts';
import { dropColumns } from '../../network/drop-columns.ts';
import {
  checkAuxiliaryWeight,
  checkCall,
  checkGradients,
  checkKinks,
  checkMixed,
  checkWeightsInto,
} from '../check-call.ts';
import { type Classification, classify } from '../cross-entropy.ts';
import {
  type Backend,
  type CandidateLoss,
  type Engine,
  type EngineDescription,
  type EngineMemory,
  type ForwardResult,
  type GradientsOptions,
  type MiniBatch,
  type MixingGradientResult,
  type MixingWeights,
  type NetworkState,
  OutOfMemoryError,
  type VectorSum,
  type WeightsStepResult,
  type WeightsStepSettings,
} from '../engine.ts';
import { KeptVectors } from '../kept-vectors.ts';
import { stepSgd } from '../sgd.ts';
import { heapBytes, startBackend } from './backend.ts';
import { changedBlocks, runBlocks } from './blocks.ts';
import { KeptKinks } from './kept-kinks.ts';
import { chosenChannels, imagesTensor, noiseTensors, pictureFactors } from './mini-batch-tensors.ts';
import { NetworkTensors, type WeightGradient } from './network-tensors.ts';
import { Pass, type PassOptions } from './pass.ts';
import { Value } from './tape.ts';
import type { TensorKernels } from './tensor-kernels.ts';

/**
 * The engine on TensorFlow.js: exact on each of its backends.
 *
 * @param options.backend `auto` takes the best that works
 * @throws BackendError if the backend asked for cannot be had
 */
export async function createTfjsEngine(
  graph: BlockGraph,
  options: { readonly backend: Backend | 'auto' },
): Promise<Engine> {
  const { kernels, description } = await startBackend(options.backend);
  return new TfjsEngine(graph, kernels, description);
}

/** Name of the auxiliary head's output. */
const AUXILIARY_LOGITS = 'auxiliary.logits';

/** What a pass with gradients is for. */
interface Goal {
  readonly gradients: Exclude<PassOptions['gradients'], 'none'>;
  readonly auxiliaryWeight: number;
  /** @default 'batch' */
  readonly statistics?: PassOptions['statistics'];
  /** @default null */
  readonly kinks?: PassOptions['kinks'];
}

/** The calls of all engines in this process, in order: TensorFlow.js has one stack of scopes. */
let queue: Promise<unknown> = Promise.resolve();

class TfjsEngine implements Engine {
  readonly description: EngineDescription;
  readonly #graph: BlockGraph;
  readonly #kernels: TensorKernels;
  readonly #network: NetworkTensors;
  readonly #vectors: KeptVectors;
  #kinks: KeptKinks | null = null;
  readonly #columns: ReadonlyMap<Operation | MixedEdge, number>;

  constructor(graph: BlockGraph, kernels: TensorKernels, description: EngineDescription) {
    this.#graph = graph;
    this.#kernels = kernels;
    this.#network = new NetworkTensors(graph);
    this.#vectors = new KeptVectors(this.#network.arrays);
    this.#columns = dropColumns(graph);
    this.description = description;
  }

  weightsStep(miniBatch: MiniBatch, mixing: MixingWeights, settings: WeightsStepSettings): Promise<WeightsStepResult> {
    return this.#exclusive(async () => {
      checkCall(this.#graph, miniBatch, [mixing]);
      const { auxiliaryWeight = 0, resting = [], weightsInto } = settings;
      checkAuxiliaryWeight(this.#graph, auxiliaryWeight);
      checkWeightsInto(weightsInto);
      const ranges = this.#network.arrays.rangesOf(resting);
      const goal = { gradients: 'weights', auxiliaryWeight } as const;
      const { loss, correct, gradients, pass } = await this.#differentiate(miniBatch, mixing, goal);
      await this.#observe(pass);
      const { weights, velocity } = this.#network.arrays;
      const gradient = this.#network.flatten(gradients);
      if (weightsInto !== undefined) this.#vectors.keep(weightsInto, gradient);
      const gradientNorm = stepSgd(weights, gradient, velocity, settings, ranges);
      this.#network.changed();
      return { loss, correct, gradientNorm };
    });
  }

  mixingGradient(miniBatch: MiniBatch, mixing: MixingWeights): Promise<MixingGradientResult> {
    return this.#exclusive(async () => {
      checkCall(this.#graph, miniBatch, [mixing]);
      checkMixed(this.#graph);
      const goal = { gradients: 'mixing', auxiliaryWeight: 0 } as const;
      const { loss, perExample, correct, pass } = await this.#differentiate(miniBatch, mixing, goal);
      await this.#observe(pass);
      return { loss, perExample, correct, gradient: await addProducts(mixing, pass) };
    });
  }

  gradients(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    options: GradientsOptions = {},
  ): Promise<MixingGradientResult> {
    return this.#exclusive(async () => {
      const { at, statistics = 'batch', moves = false, weightsInto, kinks: mode = 'free' } = options;
      checkCall(this.#graph, miniBatch, [mixing]);
      checkMixed(this.#graph);
      checkGradients(options);
      const wanted = weightsInto === undefined ? 'mixing' : 'both';
      const point = this.#vectors.sum(at);
      const kinks = mode === 'free' ? null : { mode, kept: this.#kinksFor(mode, miniBatch.labels.length) };
      const goal = { gradients: wanted, auxiliaryWeight: 0, statistics, kinks } as const;
      const made = await this.#network.at(point, () => this.#differentiate(miniBatch, mixing, goal));
      const { loss, perExample, correct, gradients, pass } = made;
      if (moves) await this.#observe(pass);
      if (weightsInto !== undefined) this.#vectors.keep(weightsInto, this.#network.flatten(gradients));
      return { loss, perExample, correct, gradient: await addProducts(mixing, pass) };
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
    return this.#exclusive(async () => {
      const [first, ...others] = candidates;
      if (first === undefined) return [];
      checkCall(this.#graph, miniBatch, candidates);
      const base = this.#forward(miniBatch, first, { statistics: 'batch', gradients: 'none', auxiliary: false });
      const logits = [base.value('logits').tensor];
      for (const candidate of others) {
        // Blocks that no changed mixing weight reaches have the values they had for the first candidate.
        const changed = changedBlocks(this.#graph, first, candidate);
        logits.push(
          tf.tidy(() => {
            const pass = new Pass(this.#network, this.#kernels, candidate, base.options);
            for (const [name, value] of base.values) if (!changed.has(name)) pass.values.set(name, value);
            runBlocks(pass, this.#graph.blocks);
            return pass.value('logits').tensor;
          }),
        );
      }
      const answers = await Promise.all(logits.map((tensor) => tensor.data<'float32'>()));
      return answers.map((values) => {
        const { loss, correct, perExample: each } = classify(values, miniBatch.labels);
        return perExample ? { loss, correct, perExample: each } : { loss, correct };
      });
    });
  }

  forward(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    {
      statistics,
      activations = [],
    }: { readonly statistics: 'batch' | 'running'; readonly activations?: readonly string[] },
  ): Promise<ForwardResult> {
    return this.#exclusive(async () => {
      checkCall(this.#graph, miniBatch, [mixing]);
      const auxiliary = statistics === 'batch' && activations.includes(AUXILIARY_LOGITS);
      const pass = this.#forward(miniBatch, mixing, { statistics, gradients: 'none', auxiliary });
      const logits = await pass.value('logits').tensor.data<'float32'>();
      const named: Record<string, Float32Array> = {};
      // A copy: on some backends the pictures' tensor is the caller's own array.
      for (const name of activations) named[name] = (await pass.value(name).tensor.data<'float32'>()).slice();
      const { loss, correct } = classify(logits, miniBatch.labels);
      return { logits, loss, correct, activations: named };
    });
  }

  weightGradients(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    { auxiliaryWeight = 0 }: Pick<WeightsStepSettings, 'auxiliaryWeight'> = {},
  ): Promise<Record<string, Float32Array>> {
    return this.#exclusive(async () => {
      checkCall(this.#graph, miniBatch, [mixing]);
      checkAuxiliaryWeight(this.#graph, auxiliaryWeight);
      const { gradients } = await this.#differentiate(miniBatch, mixing, { gradients: 'weights', auxiliaryWeight });
      return this.#network.arrays.byName(this.#network.flatten(gradients));
    });
  }

  /** Does nothing: TensorFlow.js takes memory as it goes. */
  async prepare(): Promise<void> {}

  save(): Promise<NetworkState> {
    return this.#exclusive(async () => this.#network.arrays.save());
  }

  restore(state: NetworkState): Promise<void> {
    return this.#exclusive(async () => {
      this.#network.restore(state);
      this.#vectors.forget();
      this.#forgetKinks();
    });
  }

  memory(): EngineMemory {
    const { numBytes, numTensors } = tf.memory();
    return { bytes: heapBytes() ?? numBytes, tensors: numTensors };
  }

  dispose(): void {
    this.#network.dispose();
    this.#forgetKinks();
  }

  /** @throws RangeError if kinks of as many pictures are to be held, and were not kept last */
  #kinksFor(mode: 'keep' | 'hold', pictures: number): KeptKinks {
    if (mode === 'hold') checkKinks(this.#kinks?.pictures === pictures);
    else this.#forgetKinks();
    this.#kinks ??= new KeptKinks(pictures);
    return this.#kinks;
  }

  #forgetKinks(): void {
    this.#kinks?.dispose();
    this.#kinks = null;
  }

  /** Runs one call at a time, inside a scope that frees whatever the call leaves behind. */
  #exclusive<T>(call: () => Promise<T>): Promise<T> {
    const result = queue.then(async () => {
      tf.engine().startScope();
      try {
        return await call();
      } catch (error) {
        throw explain(error);
      } finally {
        tf.engine().endScope();
      }
    });
    queue = result.catch(() => undefined);
    return result;
  }

  #forward(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    options: Omit<PassOptions, 'drops' | 'noise' | 'channels' | 'kinks'> & Partial<Pick<PassOptions, 'kinks'>>,
  ): Pass {
    const drops = options.statistics === 'batch' ? pictureFactors(this.#columns, miniBatch) : new Map();
    const pass = new Pass(this.#network, this.#kernels, mixing, {
      kinks: null,
      ...options,
      drops,
      noise: noiseTensors(this.#graph, miniBatch),
      channels: chosenChannels(this.#graph, miniBatch),
    });
    pass.values.set('image', new Value(imagesTensor(this.#graph, miniBatch)));
    runBlocks(pass, this.#graph.blocks);
    return pass;
  }

  async #differentiate(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    { gradients, auxiliaryWeight, statistics = 'batch', kinks = null }: Goal,
  ): Promise<Classification & { gradients: WeightGradient[]; pass: Pass }> {
    const auxiliary = auxiliaryWeight > 0;
    const pass = this.#forward(miniBatch, mixing, { statistics, gradients, auxiliary, kinks });
    const output = pass.value('logits');
    const logits = output.tensor.clone();
    output.addGradient(crossEntropyGradient(output.tensor, miniBatch.labels), 1);
    if (auxiliary) {
      const beside = pass.value(AUXILIARY_LOGITS);
      beside.addGradient(crossEntropyGradient(beside.tensor, miniBatch.labels), auxiliaryWeight);
    }
    pass.tape.runBackward();
    const read = pass.weightGradients.map(async ({ spec, role, tensor, scale }) => {
      return { spec, role, scale, values: await tensor.data<'float32'>() };
    });
    const classification = classify(await logits.data<'float32'>(), miniBatch.labels);
    return { ...classification, gradients: await Promise.all(read), pass };
  }

  async #observe(pass: Pass): Promise<void> {
    const read = [...pass.moments].map(async ([name, { mean, variance, count }]) => {
      return [name, { mean: await mean.data<'float32'>(), variance: await variance.data<'float32'>(), count }] as const;
    });
    this.#network.observe(new Map(await Promise.all(read)));
  }
}

/** Adds up the gradient in the mixing weights. */
async function addProducts({ normal, reduce }: MixingWeights, { mixingProducts }: Pass): Promise<MixingWeights> {
  const gradient = { normal: new Float32Array(normal.length), reduce: new Float32Array(reduce.length) };
  for (const { cellKind, positions, products, scale } of mixingProducts) {
    const values = await products.data();
    const matrix = gradient[cellKind];
    for (const [i, position] of positions.entries()) (matrix[position] as number) += scale * (values[i] as number);
  }
  return gradient;
}

/** Gradient of the mean cross-entropy in the logits: (softmax - one-hot) / batch. */
function crossEntropyGradient(logits: tf.Tensor4D, labels: Uint16Array): tf.Tensor4D {
  const classes = logits.shape[3];
  return tf.tidy(() => {
    const target = new Float32Array(labels.length * classes);
    for (const [example, label] of labels.entries()) target[example * classes + label] = 1;
    const probabilities = tf.softmax(tf.reshape(logits, [labels.length, classes]));
    const difference = tf.sub(probabilities, tf.tensor2d(target, [labels.length, classes]));
    return tf.reshape(tf.div(difference, labels.length), logits.shape);
  });
}

/** Recognizes a wasm heap that cannot grow: it ends in a trap whose message does not mention memory. */
function explain(error: unknown): unknown {
  const text = error instanceof Error ? error.message : String(error);
  if (!/memory access out of bounds|Aborted\(|Cannot enlarge memory|out of memory|OOM/i.test(text)) return error;
  return new OutOfMemoryError(`TensorFlow.js ran out of memory (${text}): take a smaller batch, picture or network`, {
    cause: error,
  });
}
