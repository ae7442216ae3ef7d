import { OPERATIONS, type OperationWriter } from './operations.ts';
import { wordsOf } from './struct.ts';

/** How a mini-batch is cut into chunks: a thread does the pictures of one in order, and adds up in that order. */
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

/* Kinds of phases, as `kernels/executor.h` has them. */
const PHASE_END = 0;
const PHASE_PICTURES = 1;
const PHASE_OPERATIONS = 2;

/**
 * Writes a schedule as the executor walks it, in 32-bit integers: phases, each a header and its operations, each its
 * code, its words and its fields. Threads wait for each other between phases.
 */
export class ScheduleWriter {
  readonly #chunks: Chunks;
  readonly #words: number[] = [];
  /** Word at which the last phase begins; null if the next phase is to be another. */
  #last: number | null = null;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
  }

  /**
   * Writes a phase in which every picture goes through all operations, in their order. It extends the phase before if
   * that is one too: what is made of a picture is then still in the cache when it is read.
   */
  overPictures(write: (operation: OperationWriter) => void): void {
    this.#phase(PHASE_PICTURES, write);
  }

  /** Writes a phase of operations that are independent of each other. */
  overOperations(write: (operation: OperationWriter) => void): void {
    this.#phase(PHASE_OPERATIONS, write);
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
    write((name, fields) => {
      const { code, struct } = OPERATIONS[name];
      const words = wordsOf(struct, fields, name);
      this.#words.push(code, words.length + 2, ...words);
    });
    if (this.#words.length > header) {
      this.#words[start + 1] = this.#words.length - start;
      this.#last = start;
    } else if (!goesOn) this.#words.length = start;
  }
}
