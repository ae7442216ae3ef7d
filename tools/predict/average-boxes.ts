/**
 * Averages a picture down to a size, over equal boxes of pixels: that is how networks of small pictures saw theirs.
 *
 * @param pixels `[side, side, channels]` row-major
 * @param sizes `image` divides `side`
 * @returns `[image, image, channels]`
 */
export function averageBoxes(
  pixels: Uint8Array,
  { side, image, channels }: { readonly side: number; readonly image: number; readonly channels: number },
): Float32Array {
  const box = side / image;
  const sums = new Float32Array(image * image * channels);
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / box) * image;
    for (let x = 0; x < side; x++) {
      const to = (row + Math.floor(x / box)) * channels;
      const from = (y * side + x) * channels;
      for (let c = 0; c < channels; c++) sums[to + c]! += pixels[from + c] as number;
    }
  }
  return sums.map((sum) => sum / (box * box));
}
