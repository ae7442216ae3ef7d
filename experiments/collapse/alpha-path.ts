import type { AlphaLine, AlphaStep } from '../../src/record/alpha-file.ts';

/**
 * Measures the path of alpha in every epoch: the sum of the distances that the steps moved it, returns included.
 *
 * @param steps alpha before each step, in order
 * @param alphas alpha at the start and after every epoch, in order
 * @returns a length for each of `alphas`, 0 for the first; null without steps
 */
export function measurePath(steps: Iterable<AlphaStep>, alphas: readonly AlphaLine[]): number[] | null {
  const last = alphas.at(-1);
  if (last === undefined) return null;
  const end: AlphaStep = { iteration: last.step, alpha: flatten(last) };
  const lengths = alphas.map(() => 0);
  let before: AlphaStep | null = null;
  let epoch = 0;
  // A step moves alpha from its own record to the next one.
  const move = (from: AlphaStep, to: AlphaStep): void => {
    while (from.iteration >= (alphas[epoch] as AlphaLine).step) epoch++;
    lengths[epoch] = (lengths[epoch] as number) + distanceOf(from.alpha, to.alpha);
  };
  for (const step of steps) {
    if (step.iteration >= end.iteration) break; // the run goes on
    if (before !== null) move(before, step);
    before = step;
  }
  if (before === null) return null;
  move(before, end);
  return lengths;
}

/** Flat alpha over both cells. */
export function flatten({ normal, reduce }: Pick<AlphaLine, 'normal' | 'reduce'>): Float64Array {
  return Float64Array.from([...normal, ...reduce]);
}

/** Euclidean distance of two alphas. */
export function distanceOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += (value - (b[i] as number)) ** 2;
  return Math.sqrt(sum);
}
