/** A loss, a gradient or a weight stopped being a finite number: the search cannot go on from there. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}
