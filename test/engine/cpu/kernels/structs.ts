import { readFileSync } from 'node:fs';

/** A member of an operation's struct: a place in the memory or scratch, a whole number, or elements of another struct. */
export interface Member {
  readonly name: string;
  readonly type: string;
}

export interface Struct {
  readonly members: readonly Member[];
  /** The array at its end; the member before it counts its elements. */
  readonly tail: Member | null;
}

const HEADER = new URL('../../../../src/engine/cpu/kernels/operations.h', import.meta.url);
const text = readFileSync(HEADER, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

/** The structs of `kernels/operations.h`, so that a test can name the fields of an operation and leave out their order. */
const STRUCTS: ReadonlyMap<string, Struct> = new Map(
  [...text.matchAll(/typedef struct \{([^}]*)\} (\w+);/g)].map(([, body = '', name = '']) => [name, readStruct(body)]),
);

/** Codes of the operations there, by the names that the schedule has for them. */
export const HEADER_CODES: Readonly<Record<string, number>> = readCodes();

/** @throws RangeError where the header has no such struct */
export function structOf(name: string): Struct {
  const struct = STRUCTS.get(name);
  if (struct === undefined) throw new RangeError(`operations.h has no struct ${name}`);
  return struct;
}

function readStruct(body: string): Struct {
  const members = body.split(';').flatMap((declaration) => {
    const [, type = '', names = ''] = /^\s*(\w+)\s+([\s\S]+)$/.exec(declaration) ?? [];
    return names.split(',').flatMap((name) => (name === '' ? [] : [{ name: name.trim(), type }]));
  });
  const last = members.at(-1);
  if (!last?.name.endsWith('[]')) return { members, tail: null };
  return { members: members.slice(0, -1), tail: { ...last, name: last.name.slice(0, -2) } };
}

function readCodes(): Record<string, number> {
  let next = 0;
  const entries = [...text.matchAll(/\bOP_(\w+)(?:\s*=\s*(\d+))?\s*,/g)].map(([, name = '', value]) => {
    const code = value === undefined ? next : Number(value);
    next = code + 1;
    return [name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), code] as const;
  });
  return Object.fromEntries(entries);
}
