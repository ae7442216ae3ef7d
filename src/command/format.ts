const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 24 * 3600, 365 * 24 * 3600] as const;

/** A time in the unit that suits it, from seconds to years. */
export function describeDuration(seconds: number): string {
  if (seconds < 1.5 * MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < 1.5 * HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${(seconds / HOUR).toFixed(1)} h`;
  if (seconds < YEAR) return `${Math.round(seconds / DAY)} days`;
  return `${(seconds / YEAR).toFixed(1)} years`;
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

/** A share as a percentage with one digit after the point. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A count in thousands or in millions, with three digits or more. */
function thousands(count: number): string {
  const [unit, letter] = count < 1e6 ? [1e3, 'k'] : [1e6, 'M'];
  return `${(count / unit).toFixed(count < 100 * unit ? 2 : 1)} ${letter}`;
}

/**
 * A table as text: columns two spaces apart, the first ones to the left, numbers to the right.
 *
 * @param rows of cells, the head first
 * @param left number of columns that are text
 */
export function textTable(rows: readonly (readonly string[])[], left: number): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** A number in four digits. */
export function shortNumber(value: number): string {
  const short = Number(value.toPrecision(4));
  return short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential(2) : String(short);
}
