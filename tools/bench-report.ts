/** A measurement, as a JSON line on standard output. */
export function report(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** To four digits: more is noise. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
