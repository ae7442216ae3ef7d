import type { MixingWeights } from './engine.ts';
import type { Moments } from './network-arrays.ts';

type Eventually<T> = T | Promise<T>;

/** A classifier of the network. */
export type ClassifierName = 'classifier' | 'auxiliaryClassifier';

/** Schedules of the planner that a pass asks for by name. */
export type PassName =
  | 'training'
  | 'losses'
  | 'evaluation'
  | 'auxiliary'
  | 'mixingGradient'
  | 'weightGradient'
  | 'runningTraining'
  | 'runningMixingGradient'
  | 'runningWeightGradient'
  | 'heldTraining'
  | 'heldMixingGradient'
  | 'heldWeightGradient';

/** The memory that a planned engine computes in, the ways in and out of it, and what runs its schedules. */
export interface PlannedWorkspace {
  /** Bytes held. */
  readonly bytes: number;
  /** Whether the kinks that were kept last are those of as many pictures. */
  readonly hasKinks: boolean;
  /**
   * Makes ready for mini-batches of so many pictures; returns whether the weights must be put in again.
   *
   * @param orMore whether room for more will do: if pictures do not mix, those left over from before do no harm
   * @param extras whether more than the schedules of training will run
   * @throws OutOfMemoryError if there is not enough memory
   */
  fit(pictures: number, orMore?: boolean, extras?: boolean): Promise<boolean>;
  run(pass: PassName): void;
  /** Keeps the kinks of the pass before. */
  keepKinks(): void;
  forgetKinks(): void;
  /**
   * Runs candidates on the mini-batch, each to the same bits whichever others there are.
   *
   * @param done hears each candidate's index and logits; in what order, the candidates decide
   */
  runCandidates(
    candidates: readonly MixingWeights[],
    done: (index: number, logits: Float32Array) => void,
  ): Eventually<void>;
  /** @param weights flat, in the graph's order */
  setWeights(weights: Float32Array): void;
  /** @param images `[pictures, image, image, pictureChannels]` */
  setImages(images: Float32Array): void;
  /** Sets the mixing weights. To the kernels, 0 is a number like others, and -0 leaves its column out. */
  setMixing(mixing: MixingWeights): void;
  /** @param drops `[pictures, columns of dropColumns]`; null if nothing is dropped */
  setDrops(drops: Float32Array | null): void;
  /** Sets what the operations `noise` give. @param noise see `MiniBatch` */
  setNoise(noise: number | Float32Array, pictures: number): void;
  /** Sets the channels that edges mix. @param channels see `MiniBatch` */
  setChannels(channels: number | Uint16Array): void;
  /** Sets the running statistics that norms go by in `evaluation` and the schedules named `running`. */
  setStatistics(statistics: ReadonlyMap<string, Float32Array>): void;
  /** @param gradient `[pictures, classes]` */
  setLogitsGradient(gradient: Float32Array, of?: ClassifierName): void;
  /** Logits of the first so many pictures, `[pictures, classes]`. @default all, of the network's own classifier */
  logits(pictures?: number, of?: ClassifierName): Eventually<Float32Array>;
  /** Gradient in the mixing weights, added up over the cells of a kind. */
  mixingGradient(): Eventually<MixingWeights>;
  /** Gradients of all weights, flat, in the graph's order. The next run overwrites them. */
  weightGradients(): Eventually<Float32Array>;
  /** Statistics of the last mini-batch at every norm. The next run overwrites them. */
  moments(): Eventually<ReadonlyMap<string, Moments>>;
  /** A value that the last run made, of the first so many pictures: `[pictures, height, width, channels]`. */
  activation(name: string, pictures: number): Promise<Float32Array>;
  dispose(): void;
}
