import type { CoordinatorReport } from '../events.ts';

/** A loss, a gradient or a weight is no longer a finite number, so the run cannot go on. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

/**
 * Checks values of an iteration.
 *
 * @param what name of the values, for the message
 * @throws DivergedError if one of them is not finite
 */
export function checkFinite(what: string, values: Iterable<number>, iteration: number, hint = ''): void {
  for (const value of values) {
    if (!Number.isFinite(value)) throw new DivergedError(`${what} became ${value} in iteration ${iteration}${hint}`);
  }
}

/** Warns of a loss, measured after an epoch, that is not finite. Such a loss ends no run. */
export function warnOfLoss(what: string, epoch: number, loss: number): CoordinatorReport[] {
  if (Number.isFinite(loss)) return [];
  return [{ event: 'warning', message: `the ${what} after epoch ${epoch} is ${loss}, null in the record` }];
}
