/** Ticks of axes. */

/** Steps between ticks of time, in milliseconds: those of a clock. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const CLOCK_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240].map((hours) => hours * HOUR),
];

/**
 * Chooses round values from `least` to `most`.
 *
 * @param count largest number of ticks, about
 * @param finest least step between ticks. @default any
 * @returns the values with their texts, which have the same number of decimals
 */
export function chooseTicks(least, most, count, finest = 0) {
  if (!(most > least)) return [{ value: least, text: formatDecimals(least, 4) }];
  const wish = Math.max((most - least) / Math.max(1, count), finest);
  const power = 10 ** Math.floor(Math.log10(wish));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= wish * (1 - 1e-9));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return multiples(least, most, step).map((value) => ({ value, text: formatDecimals(value, decimals) }));
}

/** Chooses moments of a clock from `least` to `most`, in milliseconds. */
export function chooseMoments(least, most, count) {
  const wish = (most - least) / Math.max(1, count);
  const step = CLOCK_STEPS.find((value) => value >= wish) ?? CLOCK_STEPS.at(-1) * Math.ceil(wish / CLOCK_STEPS.at(-1));
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(step)));
  const hours = most >= HOUR;
  return multiples(least, most, step).map((value) => ({ value, text: formatClock(value, hours, decimals) }));
}

/** Says how `chooseMoments` writes moments up to `most`. */
export function clockUnit(most) {
  return most >= HOUR ? 'h:min:s' : 'min:s';
}

function multiples(least, most, step) {
  const [first, last] = [Math.ceil(least / step - 1e-9), Math.floor(most / step + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

function formatDecimals(value, decimals) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** Formats a duration as a clock does: `1:05` or `2:01:05`. */
function formatClock(ms, hours, decimals) {
  const seconds = ((ms % MINUTE) / SECOND).toFixed(decimals).padStart(decimals === 0 ? 2 : decimals + 3, '0');
  if (!hours) return `${Math.floor(ms / MINUTE)}:${seconds}`;
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  return `${Math.floor(ms / HOUR)}:${String(minutes).padStart(2, '0')}:${seconds}`;
}
