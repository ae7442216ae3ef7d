/** A value that follows the progress, from 0 at the start to 1 at the end. */
export type Schedule = (progress: number) => number;

export function constant(value: number): Schedule {
  return () => value;
}

/** Half a cosine from one value to another (Loshchilov and Hutter 2016, SGDR, eq. 5, without restarts). */
export function cosine(from: number, to: number): Schedule {
  return (progress) => to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}

export interface WarmRestartsOptions {
  /** T_0: length of the first period, as a share of the run. @default 1 / 15: with factor 2 four whole periods */
  readonly first?: number;
  /** T_mult: how much longer each period is than the one before. @default 2 */
  readonly factor?: number;
}

/** Share of a period by which a restart may be off: progress is a rounded number. */
const ROUNDING = 1e-9;

/**
 * Half a cosine in every period, from one value to another, and back again at once where the next period starts
 * (Loshchilov and Hutter 2016, "SGDR: Stochastic gradient descent with warm restarts", eq. 5). A period that the run
 * does not leave room for is cut off by its end.
 *
 * @throws RangeError where the first period is not above 0 and at most 1, or the factor is below 1
 */
export function warmRestarts(
  from: number,
  to: number,
  { first = 1 / 15, factor = 2 }: WarmRestartsOptions = {},
): Schedule {
  if (!(first > 0 && first <= 1)) throw new RangeError(`first must be above 0 and at most 1, got ${first}`);
  if (!(factor >= 1 && factor < Infinity)) throw new RangeError(`factor must be finite and at least 1, got ${factor}`);
  const period = cosine(from, to);
  /** Where a period starts, in first periods: 1 + factor + ... + factor^(index - 1). */
  const start = (index: number): number => (factor === 1 ? index : (factor ** index - 1) / (factor - 1));
  const indexAt = (time: number): number =>
    Math.floor((factor === 1 ? time : Math.log1p(time * (factor - 1)) / Math.log(factor)) + ROUNDING);
  // The end of the run starts no period of its own.
  const end = indexAt(1 / first);
  const last = first * start(end) < 1 - ROUNDING ? end : end - 1;
  return (progress) => {
    const time = progress / first;
    const index = Math.min(last, indexAt(time));
    return period(Math.min(1, Math.max(0, (time - start(index)) / factor ** index)));
  };
}
