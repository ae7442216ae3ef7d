const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 24 * 3600, 365 * 24 * 3600] as const;

/** A time in the unit that suits it: from seconds to years. */
export function describeDuration(seconds: number): string {
  if (seconds < 1.5 * MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < 1.5 * HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${(seconds / HOUR).toFixed(1)} h`;
  if (seconds < YEAR) return `${Math.round(seconds / DAY)} days`;
  return `${(seconds / YEAR).toFixed(1)} years`;
}
