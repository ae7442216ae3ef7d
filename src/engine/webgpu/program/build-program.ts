import { type Struct, wordsOf } from '../../cpu/plan/struct.ts';
import { groupCalls } from './group-calls.ts';
import { GPU_OPERATIONS, type GpuCall, type GpuOperation, type GpuOperationName } from './operations.ts';

/** Lanes of a workgroup. */
const LANES = 128;

/** Vectors that a lane does of a tensor, if there are enough lanes. */
const VECTORS_A_LANE = 4;

/** Most parts that an operation on a picture is split into. */
const MAX_PARTS = 16;

/** A dispatch: workgroups `[x, entries, parts]` of one kernel. */
export interface ProgramDispatch {
  readonly name: GpuOperationName;
  /** Word of its first entry. */
  readonly entries: number;
  readonly workgroups: readonly [number, number, number];
}

/** Words that programs are made of, one after the other: index tables, operations, and the entries of dispatches. */
export class ProgramWords {
  readonly #words: number[] = [];

  /** Takes in words as they are; returns where they begin. */
  add(words: Iterable<number>): number {
    const at = this.#words.length;
    for (const word of words) this.#words.push(word);
    return at;
  }

  finish(): Int32Array<ArrayBuffer> {
    return Int32Array.from(this.#words);
  }
}

/**
 * Builds the dispatches of calls.
 *
 * @param words takes in what the kernels read of them
 * @param chunks pictures, and chunks that partial gradients are made of
 */
export function buildProgram(
  calls: readonly GpuCall[],
  words: ProgramWords,
  { pictures, count }: { readonly pictures: number; readonly count: number },
): ProgramDispatch[] {
  return groupCalls(calls).map((group): ProgramDispatch => {
    const { over, struct }: GpuOperation = GPU_OPERATIONS[group.name];
    const starts = group.calls.map(({ fields }) => words.add(wordsOf(struct as Struct, fields, group.name)));
    const entries = words.add(starts);
    const parts = group.calls.reduce((most, call) => Math.max(most, partsOf(call)), 1);
    return {
      name: group.name,
      entries,
      workgroups: [{ pictures, chunks: count, once: 1 }[over], group.calls.length, parts],
    };
  });
}

/** Parts that the work of an operation is split into, beside pictures or chunks. */
function partsOf({ name, fields }: GpuCall): number {
  switch (name) {
    case 'gradientSums':
      return 1 + fields.terms.length;
    case 'unitGradients': {
      const vectors = fields.channels / 4;
      return Math.ceil(vectors ** 2 / LANES) + Math.ceil((fields.kernel ** 2 * vectors) / LANES);
    }
    case 'pointGradients':
      return Math.ceil(((fields.from / 4) * fields.channels) / 4 / LANES);
    case 'stemBackward':
      return Math.ceil((28 * fields.channels) / 4 / LANES);
    case 'unitBackward':
      return split((fields.height * fields.width * fields.channels) / fields.stride ** 2);
    case 'pointBackward':
      return split(fields.height * fields.width * fields.channels);
    case 'normalize':
    case 'mix':
    case 'pick':
    case 'keep':
      return split(fields.pixels * fields.channels);
    case 'stateGradient':
    case 'poolBackward':
      return split(fields.height * fields.width * fields.channels);
    case 'auxiliaryPool':
    case 'auxiliaryPoolBackward':
      return split(fields.height * fields.width * fields.from);
    case 'zero':
    case 'copy':
      return split(fields.floats);
    case 'scatter':
    case 'gather':
      return split(fields.count);
    case 'reduce':
      return split(fields.size);
    case 'logitsGradients':
      return split(fields.count * fields.classes);
    default:
      return 1;
  }
}

/** Parts for so many floats. */
function split(floats: number): number {
  return Math.max(1, Math.min(MAX_PARTS, Math.ceil(floats / (4 * VECTORS_A_LANE * LANES))));
}
