import type { BlockGraph } from '../../../network/block-graph.ts';
import { STEM_CHANNELS } from './memory-map.ts';
import type { Plan } from './plan.ts';

/**
 * Reads a value that the last run made, or the pictures that it was given, without what pads them.
 *
 * @param pictures number of pictures, the first ones
 * @param read reads so many floats from a place on
 * @returns `[pictures, height, width, channels]`
 * @throws RangeError if the network makes no such value
 */
export async function readActivation(
  graph: BlockGraph,
  plan: Pick<Plan, 'images' | 'tensors'>,
  name: string,
  pictures: number,
  read: (place: number, count: number) => Float32Array | Promise<Float32Array>,
): Promise<Float32Array> {
  const { image, pictureChannels } = graph;
  const isImage = name === 'image';
  const value = isImage
    ? { height: image, width: image, channels: pictureChannels }
    : graph.blocks.find(({ output }) => output.name === name)?.output;
  const tensors = isImage ? [{ x: plan.images, channels: STEM_CHANNELS }] : plan.tensors(name);
  if (!value || !tensors) throw new RangeError(`the network has made no value ${name}`);
  const each = value.channels / tensors.length;
  const pixels = pictures * value.height * value.width;
  const result = new Float32Array(pixels * value.channels);
  for (const [t, { x, channels }] of tensors.entries()) {
    const floats = await read(x, pixels * channels);
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < each; c++) result[p * value.channels + t * each + c] = floats[p * channels + c] as number;
    }
  }
  return result;
}
