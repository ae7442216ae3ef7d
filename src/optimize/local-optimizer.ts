/** A local optimizer: moves all coordinates along a gradient. DSCD works beside any. */
export interface LocalOptimizer {
  /**
   * Moves the position in place.
   *
   * @param position `[coordinates]`
   * @param gradient `[coordinates]`, of the loss at the position; only read
   * @param learningRate in place of the optimizer's own for this step: schedules belong to the caller
   */
  step(position: Float64Array, gradient: Float64Array, learningRate?: number): void;
  /** Its state as plain data with typed arrays, sharing nothing with it. */
  save(): object;
  /** Goes on exactly where the saved one was. Reads `state` only, and keeps none of it. */
  restore(state: object): void;
}
