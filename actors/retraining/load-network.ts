import { normalizePixels, type Preprocessing } from '../../src/data/preprocessing.ts';
import { createCpuEngine } from '../../src/engine/cpu/cpu-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import { type RetrainedRun, readRetrainedRun } from './retrained-run.ts';
import { NO_MIXING } from './retraining-job.ts';

/** How to run a network. */
export interface LoadNetworkOptions {
  /** Threads, which change no result. @default all cores */
  readonly threads?: number;
  /** Largest number of pictures that are computed at once: more take more memory. @default 32 */
  readonly batch?: number;
}

/** A trained network that predicts. Dispose of it after use: its memory lies outside JavaScript's. */
export interface TrainedNetwork {
  /** The pictures that it takes, and the classes that it tells apart. */
  readonly preprocessing: Preprocessing;
  /** Epochs that it was trained for, and those that its training was to have. */
  readonly epochs: { readonly done: number; readonly planned: number };
  /**
   * Predicts the class of each picture, batch by batch. Sizes and values are checked before the first batch.
   *
   * @param pixels `[count, side, side, 3]` from 0 to 255, row-major; `side` is `preprocessing.image`
   * @returns `[count, classes]` probabilities
   * @throws RangeError if the pixels are not of whole pictures, or one is not from 0 to 255
   * @throws Error after `dispose`
   */
  predict(pixels: Uint8Array | Uint8ClampedArray | Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Loads the network of a retraining onto the engine for CPUs.
 *
 * @param path folder of the retraining, or of a search with the retraining inside. If it has not ended, its newest
 *   checkpoint counts
 * @throws RunFolderError if the folder holds no retraining, or one that has made no step yet
 * @throws OptionsError, CheckpointError if its record or its checkpoint is damaged
 * @throws RangeError if an option is not a positive integer
 */
export async function loadNetwork(path: string, options: LoadNetworkOptions = {}): Promise<TrainedNetwork> {
  return await createNetwork(readRetrainedRun(path), options);
}

/** Puts the network of a retraining onto the engine for CPUs. @throws RangeError as `loadNetwork` does */
export async function createNetwork(run: RetrainedRun, options: LoadNetworkOptions): Promise<TrainedNetwork> {
  const { batch = 32, threads } = options;
  if (!Number.isSafeInteger(batch) || batch < 1) throw new RangeError(`batch must be a positive integer, got ${batch}`);
  const { graph, state, preprocessing, epochs, options: trained } = run;
  const engine = await createCpuEngine(graph, threads === undefined ? {} : { threads });
  try {
    await engine.restore(state);
  } catch (error) {
    engine.dispose();
    throw error;
  }
  return new EngineNetwork(engine, preprocessing, { done: epochs, planned: trained.epochs }, batch);
}

class EngineNetwork implements TrainedNetwork {
  readonly preprocessing: Preprocessing;
  readonly epochs: TrainedNetwork['epochs'];
  readonly #batch: number;
  #engine: Engine | null;

  constructor(engine: Engine, preprocessing: Preprocessing, epochs: TrainedNetwork['epochs'], batch: number) {
    this.#engine = engine;
    this.preprocessing = preprocessing;
    this.epochs = epochs;
    this.#batch = batch;
  }

  async predict(pixels: Uint8Array | Uint8ClampedArray | Float32Array): Promise<Float32Array> {
    const { image, channels, classes } = this.preprocessing;
    const size = image * image * channels;
    const count = pixels.length / size;
    if (!Number.isInteger(count)) {
      throw new RangeError(
        `pixels must be [count, ${image}, ${image}, ${channels}], ${size} values a picture, got ${pixels.length}`,
      );
    }
    const foreign = pixels.find((pixel) => !(pixel >= 0 && pixel <= 255));
    if (foreign !== undefined) throw new RangeError(`a pixel must be from 0 to 255, got ${foreign}`);
    const probabilities = new Float32Array(count * classes.length);
    for (let start = 0; start < count; start += this.#batch) {
      if (this.#engine === null) throw new Error('the network is disposed of, so it predicts no more');
      const part = pixels.subarray(start * size, (start + this.#batch) * size);
      const miniBatch = {
        images: normalizePixels(part, this.preprocessing),
        labels: new Uint16Array(part.length / size), // every engine wants labels; the logits do not depend on them
        noise: start, // a seed, for cells that have noise
      };
      const { logits } = await this.#engine.forward(miniBatch, NO_MIXING, { statistics: 'running' });
      probabilities.set(softmaxRows(logits, classes.length), start * classes.length);
    }
    return probabilities;
  }

  dispose(): void {
    this.#engine?.dispose();
    this.#engine = null;
  }
}
