import type { StemBlock, WeightSpec } from '../../../network/block-graph.ts';
import { LINE_FLOATS, padChannels } from './memory-map.ts';
import type { OperationFields, OperationWriter } from './operations.ts';
import type { Normed } from './place-cells.ts';
import type { BackwardPlanner } from './plan-backward.ts';
import type { ForwardPlanner } from './plan-forward.ts';
import type { PlanMemory, ScratchPlaces, Tensor } from './plan-memory.ts';
import { plainShare } from './plan-norm-gradients.ts';
import type { ScheduleWriter } from './schedule.ts';

/* The ends of the network: the stem, which reads pictures, and the classifiers. */

/** Plans the stem. */
export class StemPlanner {
  /** Output of its convolution. */
  readonly normed: Normed;
  readonly #block: StemBlock;
  readonly #memory: PlanMemory;
  readonly #scratch: ScratchPlaces;
  readonly #images: number;
  readonly #image: number;

  /**
   * @param images place of the pictures
   * @param image height and width of a picture
   */
  constructor(block: StemBlock, memory: PlanMemory, scratch: ScratchPlaces, images: number, image: number) {
    this.#block = block;
    this.#memory = memory;
    this.#scratch = scratch;
    this.#images = images;
    this.#image = image;
    const { height, width, channels } = memory.tensor(block.output);
    const pixels = height * width;
    this.normed = {
      z: memory.result(pixels * channels),
      sums: memory.sums(block.norm),
      norm: block.norm,
      pixels,
      channels,
    };
  }

  /** @param training whether the norm goes by the mini-batch */
  write(schedule: ScheduleWriter, forward: ForwardPlanner, training: boolean): void {
    schedule.overPictures((write) => write('stem', { ...this.#fields(), g: null, abc: null, gradients: null }));
    if (training) forward.coefficients(schedule, [this.normed]);
    schedule.overPictures((write) => forward.normalize(write, this.#block.output, this.normed));
  }

  /** Writes the gradients of the stem's weights. Pictures need none. */
  writeBackward(schedule: ScheduleWriter, backward: BackwardPlanner): void {
    const { z, pixels, channels } = this.normed;
    const { conv, output } = this.#block;
    const { g } = this.#memory.tensor(output);
    const sums = backward.takeSums(2, channels);
    const abc = backward.norms.place(this.normed);
    schedule.overPictures((write) => {
      backward.begin(write, output);
      write('gradientSums', { g, pixels, channels, sums, terms: [z] });
    });
    schedule.overOperations((write) => backward.norms.write(write, this.normed, [plainShare(sums)]));
    schedule.overPictures((write) => {
      write('stemBackward', { ...this.#fields(), g, abc, gradients: backward.partial(conv.name, 28 * channels) });
    });
  }

  #fields(): Omit<OperationFields<'stem'>, 'g' | 'abc' | 'gradients'> {
    const { z, sums, channels } = this.normed;
    const weights = this.#memory.weight(this.#block.conv.name).forward;
    return { image: this.#images, size: this.#image, channels, weights, z, sums, row: this.#scratch.row };
  }
}

/** A linear layer over the mean of its inputs' pixels, in memory. */
export interface PlannedClassifier {
  readonly weight: WeightSpec;
  readonly inputs: readonly Tensor[];
  /** Whether a ReLU comes before the mean. */
  readonly rectify: boolean;
  /** Channels of all inputs, padded. */
  readonly features: number;
  /** Place of the features, `[pictures, features]`. */
  readonly place: number;
  /** Classes, padded. */
  readonly classes: number;
  /** `[pictures, classes]` */
  readonly logits: number;
  readonly logitsGradient: number;
}

export function placeClassifier(
  memory: PlanMemory,
  weight: WeightSpec,
  inputs: readonly Tensor[],
  rectify = false,
): PlannedClassifier {
  const classes = padChannels(weight.shape[0] as number);
  const features = inputs.reduce((sum, { channels }) => sum + channels, 0);
  const place = memory.result(features);
  return {
    weight,
    inputs,
    rectify,
    features,
    place,
    classes,
    logits: memory.result(classes),
    logitsGradient: memory.result(classes),
  };
}

/** Floats of the gradients of the weights and the bias, which stand in one array. */
export function classifierFloats({ features, classes }: PlannedClassifier): number {
  return (features + 1) * classes;
}

/**
 * @param gradients place of the chunks' partial gradients; null in the forward pass
 * @throws RangeError if the bias would not begin a line
 */
export function writeClassifier(
  write: OperationWriter,
  name: 'logits' | 'logitsBackward',
  memory: PlanMemory,
  { weight, inputs, rectify, features, place, classes, logits, logitsGradient }: PlannedClassifier,
  gradients: number | null,
): void {
  const [first] = inputs;
  if (first === undefined) throw new RangeError('a classifier needs an input');
  const weights = memory.weight(weight.name).forward;
  // The bias stands after the last feature's weights.
  const floats = features * classes;
  if (floats % LINE_FLOATS !== 0) {
    throw new RangeError(`the bias beside ${weight.name} must begin a line, got float ${floats}`);
  }
  write(name, {
    ...{ pixels: first.height * first.width, classes, rectify, weights, bias: weights + floats / LINE_FLOATS },
    ...{ features: place, logits, gradient: logitsGradient, gradients },
    inputs: inputs.map(({ x, channels, g }) => ({ node: x, channels, g })),
  });
}
