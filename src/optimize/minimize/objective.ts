/**
 * A function to minimize, at once or by promises. All points of one step of an optimizer are seen with the same `step`:
 * an objective under noise draws its mini-batch from it, and is then a pure function of both arguments.
 *
 * `x` is only to be read, and only until the answer is there: keep a copy of what is to be kept.
 */
export interface Objective {
  /** The loss at `[coordinates]`. */
  value(x: Float64Array, step: number): number | Promise<number>;
  /** The gradient of the loss: a new array of `[coordinates]`. DSCD alone and the samplers do without. */
  gradient?(x: Float64Array, step: number): Float64Array | Promise<Float64Array>;
  /** The loss on each example of the mini-batch, whose mean it is up to a constant: a margin needs it. */
  perExample?(x: Float64Array, step: number): ArrayLike<number> | Promise<ArrayLike<number>>;
}
