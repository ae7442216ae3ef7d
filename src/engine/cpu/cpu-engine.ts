import { availableParallelism } from 'node:os';
import type { BlockGraph } from '../../network/block-graph.ts';
import { checkCall } from '../check-call.ts';
import { classify, crossEntropyGradient } from '../cross-entropy.ts';
import type {
  CandidateLoss,
  Engine,
  EngineDescription,
  EngineMemory,
  ForwardResult,
  MiniBatch,
  MixingGradientResult,
  MixingWeights,
  NetworkState,
  UpdateWeights,
  WeightsStepResult,
  WeightsStepSettings,
} from '../engine.ts';
import { NetworkArrays } from '../network-arrays.ts';
import { builtKernels, type KernelsName, missingKernels } from './kernels.ts';
import { Workspace } from './workspace.ts';

/** The native build refuses more. */
const MAX_THREADS = 1024;

/** Which build of the kernels to run, and with how many threads. */
export interface CpuEngineOptions {
  /** `auto` takes the native build where there is one. @default 'auto' */
  readonly kernels?: KernelsName | 'auto';
  /** Changes no result. @default all cores */
  readonly threads?: number;
  /** Keep the time that every kind of operation takes. @default false */
  readonly profile?: boolean;
  readonly update: UpdateWeights;
}

/**
 * The engine for CPUs: our own kernels, on as many threads as asked for, with the same bits for every number of them.
 *
 * @throws BackendError where the build asked for is not there
 * @throws RangeError where `threads` is not an integer from 1 to 1024
 */
export async function createCpuEngine(graph: BlockGraph, options: CpuEngineOptions): Promise<CpuEngine> {
  const {
    kernels = 'auto',
    threads = Math.min(availableParallelism(), MAX_THREADS),
    profile = false,
    update,
  } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new RangeError(`threads must be an integer from 1 to ${MAX_THREADS}, got ${threads}`);
  }
  const built = builtKernels();
  const chosen = kernels === 'auto' ? built[0] : built.find((name) => name === kernels);
  if (chosen === undefined) throw missingKernels(kernels);
  return new CpuEngine(graph, new Workspace(graph, chosen, threads, profile), update, {
    engine: 'cpu',
    backend: chosen,
    reason: `${kernels === 'auto' ? 'the fastest that was built' : 'asked for'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    usesGpu: false,
    threads,
  });
}

/** Made by `createCpuEngine`. */
export class CpuEngine implements Engine {
  readonly description: EngineDescription;
  readonly #graph: BlockGraph;
  readonly #workspace: Workspace;
  readonly #update: UpdateWeights;
  readonly #network: NetworkArrays;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(graph: BlockGraph, workspace: Workspace, update: UpdateWeights, description: EngineDescription) {
    this.#graph = graph;
    this.#workspace = workspace;
    this.#update = update;
    this.#network = new NetworkArrays(graph);
    this.description = description;
  }

  weightsStep(batch: MiniBatch, mixing: MixingWeights, settings: WeightsStepSettings): Promise<WeightsStepResult> {
    return this.#inTurn(batch, [mixing], async () => {
      const { loss, correct } = await this.#differentiate(batch, mixing, 'weightGradient');
      this.#observe();
      const { weights, velocity } = this.#network;
      const gradientNorm = this.#update(weights, this.#workspace.weightGradients(), velocity, settings);
      this.#network.changed();
      return { loss, correct, gradientNorm };
    });
  }

  mixingGradient(batch: MiniBatch, mixing: MixingWeights): Promise<MixingGradientResult> {
    return this.#inTurn(batch, [mixing], async () => {
      const { loss, correct } = await this.#differentiate(batch, mixing, 'mixingGradient');
      this.#observe();
      return { loss, correct, gradient: this.#workspace.mixingGradient() };
    });
  }

  losses(
    batch: MiniBatch,
    candidates: readonly MixingWeights[],
    { perExample }: { readonly perExample: boolean },
  ): Promise<CandidateLoss[]> {
    return this.#inTurn(batch, candidates, async () => {
      const losses: CandidateLoss[] = [];
      const [first] = candidates;
      if (first === undefined) return losses;
      await this.#prepare(batch);
      this.#workspace.setMixing(first);
      this.#workspace.run('losses');
      for (const [i, candidate] of candidates.entries()) {
        if (i > 0) this.#workspace.rerun(candidates[i - 1] as MixingWeights, candidate);
        const { loss, perExample: each } = classify(this.#workspace.logits(), batch.labels);
        losses.push(perExample ? { loss, perExample: each } : { loss });
      }
      return losses;
    });
  }

  forward(
    batch: MiniBatch,
    mixing: MixingWeights,
    options: { readonly statistics: 'batch' | 'running'; readonly activations?: readonly string[] },
  ): Promise<ForwardResult> {
    return this.#inTurn(batch, [mixing], async () => {
      const pictures = batch.labels.length;
      await this.#prepare(batch, options.statistics === 'running');
      this.#workspace.setMixing(mixing);
      if (options.statistics === 'running') this.#workspace.setStatistics(this.#network.statistics);
      this.#workspace.run(options.statistics === 'running' ? 'evaluation' : 'losses');
      const logits = this.#workspace.logits(pictures);
      const { loss, correct } = classify(logits, batch.labels);
      const activations = Object.fromEntries(
        (options.activations ?? []).map((name) => [name, this.#workspace.activation(name, pictures)]),
      );
      return { logits, loss, correct, activations };
    });
  }

  weightGradients(batch: MiniBatch, mixing: MixingWeights): Promise<Record<string, Float32Array>> {
    return this.#inTurn(batch, [mixing], async () => {
      await this.#differentiate(batch, mixing, 'weightGradient');
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
    return this.#exclusive(async () => this.#network.restore(state));
  }

  memory(): EngineMemory {
    return { bytes: this.#workspace.bytes, tensors: 0 };
  }

  /** Multiply-adds a second, in GFLOP/s, that the threads come to when they do nothing else. For the benchmark. */
  measurePeak(pictures: number): Promise<number> {
    return this.#exclusive(async () => {
      await this.#workspace.fit(pictures);
      return this.#workspace.measurePeak();
    });
  }

  /** Milliseconds of all threads by kind of operation since this was asked last, where a profile is kept. */
  takeProfile(): Record<string, number> {
    return this.#workspace.takeProfile();
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  #inTurn<T>(batch: MiniBatch, candidates: readonly MixingWeights[], call: () => Promise<T>): Promise<T> {
    return this.#exclusive(async () => {
      checkCall(this.#graph, batch, candidates);
      return await call();
    });
  }

  #exclusive<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(call);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Pictures and weights into the workspace; one for more pictures will do where they do not mix. */
  async #prepare(batch: MiniBatch, orMore = false): Promise<void> {
    const fresh = await this.#workspace.fit(batch.labels.length, orMore);
    if (this.#network.takeChanged() || fresh) this.#workspace.setWeights(this.#network.weights);
    this.#workspace.setImages(batch.images);
  }

  async #differentiate(
    batch: MiniBatch,
    mixing: MixingWeights,
    gradient: 'mixingGradient' | 'weightGradient',
  ): Promise<{ loss: number; correct: number }> {
    await this.#prepare(batch);
    this.#workspace.setMixing(mixing);
    this.#workspace.run('training');
    const logits = this.#workspace.logits();
    this.#workspace.setLogitsGradient(crossEntropyGradient(logits, batch.labels));
    this.#workspace.run(gradient);
    return classify(logits, batch.labels);
  }

  #observe(): void {
    this.#network.observe(this.#workspace.moments());
  }
}
