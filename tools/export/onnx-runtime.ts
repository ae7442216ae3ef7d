import type { BlockGraph } from '../../src/network/block-graph.ts';

/** Part of the runtime for ONNX that is used. */
export type OnnxRuntime = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor'>;

/**
 * Loads the runtime for ONNX, an optional peer dependency.
 *
 * @param load imports it; replaced in tests
 * @returns null if it is not installed
 */
export async function loadOnnxRuntime(
  load: () => Promise<OnnxRuntime> = () => import('onnxruntime-web'),
): Promise<OnnxRuntime | null> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** Reorders pictures from `[batch, image, image, pictureChannels]` to `[batch, pictureChannels, image, image]`. */
export function channelsFirst(
  images: Float32Array,
  { image, pictureChannels: channels }: Pick<BlockGraph, 'image' | 'pictureChannels'>,
): Float32Array {
  const size = image * image;
  return images.map((_, i) => {
    const [picture, channel, place] = [Math.floor(i / (channels * size)), Math.floor(i / size) % channels, i % size];
    return images[(picture * size + place) * channels + channel] as number;
  });
}
