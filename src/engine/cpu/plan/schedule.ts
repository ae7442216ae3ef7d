/*
 * A schedule as the executor walks it: phases of operations, each a run of 32-bit integers. The codes and the order
 * of the fields are those of `kernels/operations.h`.
 */

/** Codes of the operations. */
export const OPERATION = {
  fill: 1,
  unit: 2,
  point: 3,
  pool: 4,
  stem: 5,
  normalize: 6,
  mix: 7,
  coefficients: 8,
  logits: 9,
  zero: 10,
  logitsBackward: 11,
  gradientSums: 12,
  gradientCoefficients: 13,
  unitBackward: 14,
  betweenUnits: 15,
  pointBackward: 16,
  poolBackward: 17,
  stateGradient: 18,
  stemBackward: 19,
  reduce: 20,
  multiplyAdd: 21,
  scatter: 22,
  gather: 23,
  auxiliaryPool: 24,
  auxiliaryPoolBackward: 25,
} as const;

export type OperationName = keyof typeof OPERATION;

/** A run of pictures that one thread does after the other: what is added up over them is added up in this order. */
export interface Chunks {
  readonly pictures: number;
  readonly count: number;
  /** Pictures of a chunk; the last may have fewer. */
  readonly each: number;
}

/** At most 8 chunks: few enough for their partial gradients to be added up quickly, enough for 8 threads. */
export function chunksOf(pictures: number): Chunks {
  const each = Math.ceil(pictures / 8);
  return { pictures, each, count: Math.ceil(pictures / each) };
}

const PHASE_END = 0;
const PHASE_PICTURES = 1;
const PHASE_OPERATIONS = 2;

/** Writes a schedule. Threads wait for each other between phases. */
export class ScheduleWriter {
  readonly #chunks: Chunks;
  readonly #words: number[] = [];
  /** Word at which the last phase begins; null where another begins next in any case. */
  #last: number | null = null;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
  }

  /**
   * A phase in which every picture goes through all operations, in their order. It goes on with the phase before where
   * that is one too: so what is made of a picture is still in the cache when it is read.
   */
  overPictures(write: (operation: OperationWriter) => void): void {
    this.#phase(PHASE_PICTURES, write);
  }

  /** A phase of operations that are independent of each other. */
  overOperations(write: (operation: OperationWriter) => void): void {
    this.#phase(PHASE_OPERATIONS, write);
  }

  /** Has another phase begin next, and returns its word: a schedule can be run from there. */
  mark(): number {
    this.#last = null;
    return this.#words.length;
  }

  finish(): Int32Array {
    return Int32Array.from([...this.#words, PHASE_END]);
  }

  #phase(kind: number, write: (operation: OperationWriter) => void): void {
    const { count, each, pictures } = this.#chunks;
    const before = this.#last;
    const goesOn = kind === PHASE_PICTURES && before !== null && this.#words[before] === PHASE_PICTURES;
    const start = goesOn ? before : this.#words.length;
    if (!goesOn) this.#words.push(kind, 0, count, each, pictures);
    const header = this.#words.length;
    write((name, ...fields) => {
      for (const field of fields) {
        if (!Number.isInteger(field) || Math.abs(field) > 2 ** 31 - 1) {
          throw new RangeError(`a field of ${name} must be a 32-bit integer, got ${field}`);
        }
      }
      this.#words.push(OPERATION[name], fields.length + 2, ...fields);
    });
    if (this.#words.length > header) {
      this.#words[start + 1] = this.#words.length - start;
      this.#last = start;
    } else if (!goesOn) this.#words.length = start;
  }
}

/** Appends an operation to a phase. */
export type OperationWriter = (name: OperationName, ...fields: number[]) => void;
