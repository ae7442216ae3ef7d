import type { DecodedPhase } from '../../../src/engine/cpu/plan/decode-schedule.ts';
import type { OperationName } from '../../../src/engine/cpu/plan/operations.ts';
import type { Touch } from './cost.ts';
import type { Level } from './levels.ts';
import { costOf } from './operation-costs.ts';

/** What a machine can do at most. */
export interface Limits {
  readonly threads: number;
  /** Milliseconds that a thread takes for a multiply-add. */
  readonly multiplyAddMs: number;
  /** From the nearest to the farthest, which holds everything. */
  readonly levels: readonly Level[];
}

/** What all runs of an operation do, and the least time they take. */
export interface Work {
  runs: number;
  multiplyAdds: number;
  bytesRead: number;
  bytesWritten: number;
  /** Milliseconds of all threads together that multiply-adds alone take, memory alone, and the longer of both in each run. */
  multiplyAddMs: number;
  memoryMs: number;
  boundMs: number;
}

const FLOAT_BYTES = 4;

/**
 * Adds up what the operations of phases do, by name.
 *
 * The bound of an operation is the longer of two times: its multiply-adds at the peak, and its bytes at the rates of their
 * levels. A place comes from the smallest level that holds all that its thread has touched since it last touched this one.
 * That is counted within the phase, and if the phase has not touched it before: for a tensor of pictures, what the phase
 * touches of all the thread's pictures; for any other place, what it touches of one picture. What an operation reads and
 * writes is written in the nearest level.
 */
export function addUpWork(phases: readonly DecodedPhase[], limits: Limits): Map<OperationName, Work> {
  const total = new Map<OperationName, Work>();
  for (const phase of phases) addPhase(total, phase, limits);
  return total;
}

function addPhase(total: Map<OperationName, Work>, phase: DecodedPhase, limits: Limits): void {
  const costs = phase.operations.map((operation) => ({ name: operation.name, ...costOf(operation) }));
  const whole = new Recency();
  for (const { reads, writes } of costs) whole.touch([...reads, ...writes]);
  const first = firstDistances(whole, phase, limits.threads);
  const recency = new Recency();
  const levelOf = (touch: Touch): Level => {
    const distance = recency.distance(touch) ?? first[touch.of === 'picture' ? 'picture' : 'other'];
    return limits.levels.find(({ holds }) => distance <= holds) ?? (limits.levels.at(-1) as Level);
  };
  const nearest = limits.levels[0] as Level;
  const runs = phase.over === 'pictures' ? phase.chunks.pictures : 1;
  for (const { name, multiplyAdds, reads, writes } of costs) {
    const readMs = sum(reads, (touch) => levelOf(touch).readMs * bytesOf(touch));
    const read = new Set(reads.map(keyOf));
    const writeMs = sum(writes, (touch) => {
      const level = read.has(keyOf(touch)) ? nearest : levelOf(touch);
      return level.writeMs * bytesOf(touch);
    });
    recency.touch([...reads, ...writes]);
    const work = workOf(total, name);
    const multiplyAddMs = limits.multiplyAddMs * multiplyAdds;
    work.runs += runs;
    work.multiplyAdds += runs * multiplyAdds;
    work.bytesRead += runs * sum(reads, bytesOf);
    work.bytesWritten += runs * sum(writes, bytesOf);
    work.multiplyAddMs += runs * multiplyAddMs;
    work.memoryMs += runs * (readMs + writeMs);
    work.boundMs += runs * Math.max(multiplyAddMs, readMs + writeMs);
  }
}

/** Bytes that a thread touches until it comes to a place that its phase has not touched yet. */
function firstDistances(whole: Recency, { over, chunks }: DecodedPhase, threads: number) {
  const { pictures, others } = whole.bytes();
  if (over === 'pictures') {
    return { picture: pictures * Math.ceil(chunks.pictures / threads) + others, other: pictures + others };
  }
  // The threads share the operations.
  const share = (pictures + others) / threads;
  return { picture: share, other: share };
}

/** Places in the order in which they were last touched. */
class Recency {
  readonly #touches = new Map<string, Touch>();

  touch(touches: readonly Touch[]): void {
    for (const touch of touches) {
      const key = keyOf(touch);
      const known = this.#touches.get(key);
      this.#touches.delete(key);
      this.#touches.set(key, known && known.floats > touch.floats ? known : touch);
    }
  }

  /** Bytes of all places that were touched since a place was, and its own; null if it never was. */
  distance(touch: Touch): number | null {
    const keys = [...this.#touches.keys()];
    const at = keys.indexOf(keyOf(touch));
    return at < 0 ? null : sum([...this.#touches.values()].slice(at), bytesOf);
  }

  /** Bytes of all places: of pictures' tensors, for one picture, and of others. */
  bytes(): { pictures: number; others: number } {
    const touches = [...this.#touches.values()];
    const pictures = touches.filter(({ of }) => of === 'picture');
    return { pictures: sum(pictures, bytesOf), others: sum(touches, bytesOf) - sum(pictures, bytesOf) };
  }
}

function workOf(total: Map<OperationName, Work>, name: OperationName): Work {
  const none = { runs: 0, multiplyAdds: 0, bytesRead: 0, bytesWritten: 0, multiplyAddMs: 0, memoryMs: 0, boundMs: 0 };
  const work = total.get(name) ?? none;
  total.set(name, work);
  return work;
}

/** Names a place: those in a scratch are counted from its own start. */
function keyOf({ of, place }: Touch): string {
  return of === 'thread' ? `scratch ${place}` : `${place}`;
}

function bytesOf({ floats }: Touch): number {
  return FLOAT_BYTES * floats;
}

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
