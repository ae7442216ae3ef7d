/**
 * Scale and axis over the decades that values take, but none below a floor: what is smaller, 0 among it, is to be moved
 * up to the floor, whose label then says so.
 *
 * @param floor least value that can be shown, a power of ten
 * @param values to be shown, moved up to the floor where they are below
 * @throws RangeError where the floor is no power of ten
 */
export function logAxis(floor: number, values: readonly number[]): { scale: object; axis: object } {
  const least = Math.round(Math.log10(floor));
  if (!(floor > 0 && Math.abs(Math.log10(floor) - least) < 1e-9)) {
    throw new RangeError(`the floor of a logarithmic axis must be a power of ten, got ${floor}`);
  }
  const [lowest, highest] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Infinity,
    floor,
  ] as [number, number]);
  const atFloor = !(lowest > floor && lowest < Infinity);
  const first = atFloor ? least : Math.floor(Math.log10(lowest));
  const last = Math.max(Math.floor(Math.log10(highest)), first + 1);
  const stride = Math.ceil((last - first) / 8); // more labels than that would crowd
  const ticks = [];
  for (let exponent = first; exponent <= last; exponent += stride) ticks.push(10 ** exponent);
  const number = "datum.value < 0.001 ? format(datum.value, '.0e') : format(datum.value, ',')";
  return {
    scale: { type: 'log', domain: [10 ** first, Math.max(1.1 * highest, 10 ** (first + 1))], nice: false, clamp: true },
    axis: {
      values: ticks,
      labelExpr: atFloor ? `(datum.value < ${floor * 1.01} ? '≤ ' : '') + (${number})` : number,
    },
  };
}
