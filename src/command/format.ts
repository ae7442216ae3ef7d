const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 24 * 3600, 365 * 24 * 3600] as const;

/** A time in the unit that suits it, from milliseconds to years: one digit after the point below ten of the unit. */
export function describeDuration(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${short(seconds * 1000)} ms`;
  if (seconds < 1.5 * MINUTE) return `${short(seconds)} s`;
  if (seconds < 1.5 * HOUR) return `${short(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${short(seconds / HOUR)} h`;
  if (seconds < YEAR) return `${short(seconds / DAY)} days`;
  return `${short(seconds / YEAR)} years`;
}

function short(value: number): string {
  return String(Number(value.toFixed(value < 10 ? 1 : 0)));
}

/**
 * Size of a network.
 *
 * @param macs multiply-adds of one picture
 */
export function describeSize(parameters: number, macs: number): string {
  return `${thousands(parameters)} weights, ${thousands(macs)} multiply-adds a picture`;
}

/** Size of a run's pictures, and the number of classes: `16x16 in gray, 2 classes`. What is still open is left out. */
export function describePictures({
  image,
  pictureChannels,
  classes,
}: {
  readonly image: number;
  readonly pictureChannels?: 1 | 3 | undefined;
  readonly classes?: number | undefined;
}): string {
  const gray = pictureChannels === 1 ? ' in gray' : '';
  return `${image}x${image}${gray}${classes === undefined ? '' : `, ${classes} classes`}`;
}

/**
 * A share as a percentage.
 *
 * @param digits after the point. @default 1
 */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** A count in thousands or in millions, with three digits or more. */
function thousands(count: number): string {
  const [unit, letter] = count < 1e6 ? [1e3, 'k'] : [1e6, 'M'];
  return `${(count / unit).toFixed(count < 100 * unit ? 2 : 1)} ${letter}`;
}

/** A count in full, in groups of three digits. */
export function withCommas(count: number): string {
  return count.toLocaleString('en-US');
}

/** A count of things, `1 epoch` or `1,500 epochs`. @param thing its name, whose plural ends in s */
export function counted(count: number, thing: string): string {
  return `${withCommas(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** A number in four digits. */
export function shortNumber(value: number): string {
  const short = Number(value.toPrecision(4));
  return short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential(2) : String(short);
}
