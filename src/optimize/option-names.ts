/** Names of options: all that a type has, so that a new option cannot be forgotten. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Refuses options that do not exist, which are mostly misspelt ones.
 *
 * @param owner what takes the options, as a sentence names it
 * @throws RangeError with the unknown name and the nearest that exists
 */
export function checkOptionNames(owner: string, given: object, names: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const nearest = findNearest(name, Object.keys(names));
    throw new RangeError(`${owner} has no option ${name}; the nearest is ${nearest}`);
  }
}

/** The name that takes the fewest edits, the first of equal ones. Capitals do not count. */
function findNearest(name: string, names: readonly string[]): string {
  const distances = names.map((other) => countEdits(name.toLowerCase(), other.toLowerCase()));
  return names[distances.indexOf(Math.min(...distances))] as string;
}

/** Least number of letters to insert, delete or replace (Levenshtein's distance). */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] as number) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
