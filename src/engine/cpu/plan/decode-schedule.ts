import { OPERATIONS, type OperationFields, type OperationName } from './operations.ts';
import type { Chunks } from './schedule.ts';
import type { Struct, WordKind } from './struct.ts';

/** An operation of a schedule, and its fields by name. */
export type DecodedOperation = {
  readonly [Name in OperationName]: { readonly name: Name; readonly fields: OperationFields<Name> };
}[OperationName];

/** A phase of a schedule. */
export interface DecodedPhase {
  /** `pictures`: every picture goes through all operations; `operations`: each runs once, for all pictures. */
  readonly over: 'pictures' | 'operations';
  readonly chunks: Chunks;
  readonly operations: readonly DecodedOperation[];
}

/* As `kernels/executor.h` has them: kinds of phases, and words of a phase's header and of an operation's. */
const PHASE_END = 0;
const PHASES: ReadonlyMap<number, DecodedPhase['over']> = new Map([
  [1, 'pictures'],
  [2, 'operations'],
]);
const PHASE_WORDS = 5;
const OPERATION_WORDS = 2;

const NAMES: ReadonlyMap<number, OperationName> = new Map(
  Object.entries(OPERATIONS).map(([name, { code }]) => [code, name as OperationName]),
);

/**
 * Reads the phases of a schedule, from the words that `ScheduleWriter` makes of them.
 *
 * @throws RangeError if a phase or an operation is of no kind that is known, or has other words than its fields need
 */
export function decodeSchedule(words: Int32Array): DecodedPhase[] {
  const phases: DecodedPhase[] = [];
  for (let phase = 0; wordAt(words, phase) !== PHASE_END; ) {
    const over = PHASES.get(wordAt(words, phase));
    if (over === undefined) throw new RangeError(`a phase must be of kind 1 or 2, got ${words[phase]}`);
    const end = phase + wordAt(words, phase + 1);
    const chunks = {
      count: wordAt(words, phase + 2),
      each: wordAt(words, phase + 3),
      pictures: wordAt(words, phase + 4),
    };
    const operations: DecodedOperation[] = [];
    for (let at = phase + PHASE_WORDS; at < end; at += wordAt(words, at + 1)) {
      operations.push(decodeOperation(words.subarray(at, at + wordAt(words, at + 1))));
    }
    phases.push({ over, chunks, operations });
    phase = end;
  }
  return phases;
}

function decodeOperation(words: Int32Array): DecodedOperation {
  const name = NAMES.get(wordAt(words, 0));
  if (name === undefined) throw new RangeError(`an operation must have a code of the table, got ${words[0]}`);
  let at = OPERATION_WORDS;
  const fields = readStruct(OPERATIONS[name].struct, () => wordAt(words, at++));
  if (at !== words.length) throw new RangeError(`${name} must have ${at} words, got ${words.length}`);
  return { name, fields } as DecodedOperation;
}

/** Reads the fields of a struct in its order, as `wordsOf` writes them. */
function readStruct({ fields }: Struct, next: () => number): object {
  const values = Object.entries(fields).map(([name, field]) => {
    if (field.kind !== 'list') return [name, decodeWord(field.kind, next())];
    const { of } = field;
    return [name, Array.from({ length: next() }, () => (of === 'place' ? next() : readStruct(of, next)))];
  });
  return Object.fromEntries(values);
}

function decodeWord(kind: WordKind, word: number): number | boolean | null {
  if (kind === 'flag') return word !== 0;
  return kind === 'optional place' && word < 0 ? null : word;
}

function wordAt(words: Int32Array, at: number): number {
  const word = words[at];
  if (word === undefined) throw new RangeError(`a schedule must not end before word ${at}`);
  return word;
}
