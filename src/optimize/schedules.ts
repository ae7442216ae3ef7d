import { sayValue } from '../math/say-value.ts';
/** A value as a function of progress, from 0 at the start to 1 at the end. */
export type Schedule = (progress: number) => number;

export function constant(value: number): Schedule {
  return () => value;
}

/** Anneals along half a cosine (Loshchilov and Hutter 2016, SGDR, eq. 5, without restarts). */
export function cosine(from: number, to: number): Schedule {
  return (progress) => to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}

export interface WarmRestartsOptions {
  /** T_0: length of the first period, as a share of the run. @default 1 / 15: with factor 2 four whole periods */
  readonly first?: number;
  /** T_mult: ratio of each period's length to the one before. @default 2 */
  readonly factor?: number;
}

/** Share of a period that rounding of the progress may move a restart by. */
const ROUNDING = 1e-9;

/**
 * Cosine annealing with warm restarts (Loshchilov and Hutter 2016, "SGDR: Stochastic gradient descent with warm
 * restarts", eq. 5). Each period runs along half a cosine `from` one value `to` the other, and the next period starts
 * at `from` again. The end of the run cuts the last period off.
 *
 * @throws RangeError if the first period is not above 0 and at most 1, or the factor is below 1
 */
export function warmRestarts(
  from: number,
  to: number,
  { first = 1 / 15, factor = 2 }: WarmRestartsOptions = {},
): Schedule {
  if (!(first > 0 && first <= 1)) throw new RangeError(`first must be above 0 and at most 1, got ${sayValue(first)}`);
  if (!(factor >= 1 && factor < Infinity))
    throw new RangeError(`factor must be finite and at least 1, got ${sayValue(factor)}`);
  const period = cosine(from, to);
  /** Start of a period, in first periods: 1 + factor + ... + factor^(index - 1). */
  const start = (index: number): number => (factor === 1 ? index : (factor ** index - 1) / (factor - 1));
  const indexAt = (time: number): number =>
    Math.floor((factor === 1 ? time : Math.log1p(time * (factor - 1)) / Math.log(factor)) + ROUNDING);
  // No period starts at the very end of the run.
  const end = indexAt(1 / first);
  const last = first * start(end) < 1 - ROUNDING ? end : end - 1;
  return (progress) => {
    const time = progress / first;
    const index = Math.min(last, indexAt(time));
    return period(Math.min(1, Math.max(0, (time - start(index)) / factor ** index)));
  };
}
