import type { MiniBatch, WeightsStepSettings } from '../../src/engine/engine.ts';
import type { SupernetCalls } from '../messages.ts';

/**
 * Checks how a step on w is to be made: what the engine cannot know to be wrong would spoil the weights for good.
 *
 * @throws RangeError where a number is not finite or breaks its rule
 */
export function checkWeightsStep({ learningRate, momentum, weightDecay, clipNorm }: WeightsStepSettings): void {
  const refuse = (rule: string, value: unknown): never => {
    throw new RangeError(`${rule}, got ${value}`);
  };
  if (!(learningRate > 0 && learningRate < Infinity)) refuse('learningRate must be finite and above 0', learningRate);
  if (!(momentum >= 0 && momentum < 1)) refuse('momentum must be at least 0 and below 1', momentum);
  if (!(weightDecay >= 0 && weightDecay < Infinity)) refuse('weightDecay must be finite and at least 0', weightDecay);
  if (!(clipNorm > 0 && clipNorm < Infinity)) refuse('clipNorm must be finite and above 0', clipNorm);
}

/**
 * Checks what a mini-batch is put as. Whether its pictures fit the network, the engine sees when it is used.
 *
 * @throws RangeError where it has no name, no pictures and labels, or drops of another type
 */
export function checkPutBatch({ name, batch }: SupernetCalls['putBatch']['arguments']): void {
  if (typeof name !== 'string' || name === '') {
    throw new RangeError(`a mini-batch must have a name, got ${JSON.stringify(name)}`);
  }
  const { images, labels, drops = new Float32Array() } = (batch ?? {}) as Partial<MiniBatch>;
  if (!(images instanceof Float32Array && labels instanceof Uint8Array && labels.length > 0)) {
    throw new RangeError(`mini-batch ${name} must have images as float32 and at least one label as uint8`);
  }
  if (!(drops instanceof Float32Array)) throw new RangeError(`mini-batch ${name} must have its drops as float32`);
}
