import type { WeightSpec } from '../../../network/block-graph.ts';
import { LINE_FLOATS, padChannels } from './memory-map.ts';
import type { PlanMemory, Tensor } from './plan-memory.ts';
import type { OperationWriter } from './schedule.ts';

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
  /** Padded. */
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

/** @param gradients place of the chunks' partial gradients; -1 in the forward pass */
export function writeClassifier(
  write: OperationWriter,
  name: 'logits' | 'logitsBackward',
  memory: PlanMemory,
  planned: PlannedClassifier,
  gradients = -1,
): void {
  const { weight, inputs, rectify, place, classes, logits, logitsGradient } = planned;
  const { height, width } = inputs[0] as Tensor;
  const start = memory.weights.places.get(weight.name)?.forward ?? -1;
  const places = [start, start + biasLines(planned), place, logits, logitsGradient, gradients];
  const fields = inputs.flatMap(({ x, channels, g }) => [x, channels, g]);
  write(name, height * width, classes, Number(rectify), ...places, inputs.length, ...fields);
}

/** Lines from the weights to the bias, which stands after the last feature's. */
function biasLines({ weight, features, classes }: PlannedClassifier): number {
  const floats = features * classes;
  if (floats % LINE_FLOATS !== 0) {
    throw new RangeError(`the bias beside ${weight.name} must begin a line, got float ${floats}`);
  }
  return floats / LINE_FLOATS;
}
