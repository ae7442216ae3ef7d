import { OPERATIONS, type OperationName } from '../../../../src/engine/cpu/plan/operations.ts';
import type { Struct, WordKind } from '../../../../src/engine/cpu/plan/struct.ts';

/** A member of an operation's struct, of one word. */
export interface Member {
  readonly name: string;
  readonly kind: WordKind;
}

/** The list at the end of a struct. */
interface Tail {
  /** The member that counts the elements. */
  readonly count: string;
  /** Name of the array in C. */
  readonly name: string;
  /** Members of an element; null if the elements are plain places. */
  readonly members: readonly Member[] | null;
}

/** Members of an operation's struct in their order, without the list at its end. */
export function structOf(operation: OperationName): {
  readonly members: readonly Member[];
  readonly tail: Tail | null;
} {
  return readStruct(OPERATIONS[operation].struct);
}

function readStruct({ fields }: Struct): ReturnType<typeof structOf> {
  const members: Member[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind !== 'list') members.push({ name, kind: field.kind });
    else return { members, tail: { count: name, name: field.array, members: elementMembers(field.of) } };
  }
  return { members, tail: null };
}

function elementMembers(of: Struct | 'place'): readonly Member[] | null {
  return of === 'place' ? null : readStruct(of).members;
}

export function isPlace({ kind }: Member): boolean {
  return kind === 'place' || kind === 'optional place';
}
