/** Two values that differ, and where they stand: names and indices on the way to them, joined by dots. */
export interface ValueDifference {
  readonly path: string;
  /** undefined where there is none. */
  readonly first: unknown;
  readonly second: unknown;
}

/** What differs between two values of JSON, one by one; what stands in only one of them is told as a whole. */
export function compareValues(first: unknown, second: unknown, path = ''): ValueDifference[] {
  if (Object.is(first, second)) return [];
  const [a, b] = [entriesOf(first), entriesOf(second)];
  if (a === null || b === null || Array.isArray(first) !== Array.isArray(second)) return [{ path, first, second }];
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].flatMap((name) => compareValues(a.get(name), b.get(name), path === '' ? name : `${path}.${name}`));
}

/** null for what has no parts. */
function entriesOf(value: unknown): Map<string, unknown> | null {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : null;
}
