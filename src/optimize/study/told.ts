import type { Point, PointEvaluation } from '../optimizer.ts';

/**
 * Checks what was told of a trial.
 *
 * @throws TypeError if it lacks what the point asked for
 */
export function checkTold(number: number, point: Point, told: number | PointEvaluation): PointEvaluation {
  const { loss, gradient, perExample } = typeof told === 'number' ? ({ loss: told } as PointEvaluation) : (told ?? {});
  const refuse = (rule: string, got: unknown): never => {
    throw new TypeError(`trial ${number} needs ${rule}, got ${got}`);
  };
  if (typeof loss !== 'number') refuse('a loss, a number', loss);
  const size = point.position.length;
  if (point.gradient && (gradient === undefined || gradient.length !== size)) {
    refuse(`a gradient of ${size} coordinates`, gradient === undefined ? 'none' : gradient.length);
  }
  if (point.perExample && !((perExample?.length ?? 0) > 0)) refuse('the loss on each example', 'none');
  return {
    loss,
    ...(point.gradient ? { gradient: Float64Array.from(gradient as ArrayLike<number>) } : {}),
    ...(point.perExample ? { perExample: Float64Array.from(perExample as ArrayLike<number>) } : {}),
  };
}
