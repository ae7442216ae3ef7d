import type { Random } from '../math/random.ts';

/**
 * Erases a square out of each picture, in place (DeVries and Taylor 2017, "Improved regularization of convolutional
 * neural networks with cutout", as DARTS has it): its center is drawn uniformly over the picture's pixels, and what of it
 * lies outside is cut off. Erased pixels are 0, which after normalizing is the mean color.
 *
 * @param images `[batch, image, image, 3]`, row-major, normalized
 * @param side of the square, in pixels: it reaches floor(side / 2) above and to the left of its center
 */
export function eraseSquares(images: Float32Array, image: number, side: number, random: Random): void {
  const row = image * 3;
  for (let first = 0; first < images.length; first += image * row) {
    const [top, bottom] = span(random.integer(image), side, image);
    const [left, right] = span(random.integer(image), side, image);
    for (let y = top; y < bottom; y++) images.fill(0, first + y * row + left * 3, first + y * row + right * 3);
  }
}

/** First pixel that is erased, and the one after the last. */
function span(center: number, side: number, image: number): readonly [number, number] {
  const from = center - Math.floor(side / 2);
  return [Math.max(0, from), Math.min(image, from + side)];
}
