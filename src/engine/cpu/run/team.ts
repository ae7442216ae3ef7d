import { Worker } from 'node:worker_threads';
import { type KernelsName, type LoadedKernels, loadKernels, type SharedMemory } from './kernels.ts';

/** Words of the control block: the number of the round, the schedule it runs, and the executor's barrier. */
export const CONTROL = { round: 0, schedule: 1, barrier: 2, words: 16 } as const;

/** A schedule that no thread runs: it ends the workers. */
export const DISMISSED = -1;

/** Facts about the team that a thread needs. Offsets are in bytes from the memory's base. */
export interface TeamPlaces {
  readonly kernels: KernelsName;
  readonly memory: SharedMemory;
  readonly threads: number;
  readonly control: number;
  /** Scratch of the first thread, and the distance to the next one's. */
  readonly scratch: number;
  readonly scratchStride: number;
  /** Profile of the first thread, `PROFILE_BYTES` from the next one's; null: none is kept. */
  readonly profile: number | null;
}

/** Milliseconds by operation code, as 32 doubles; the last are those spent waiting for other threads. */
export const PROFILE_BYTES = 256;

/** The control block as words. */
export function controlWords({ memory, control }: TeamPlaces): Int32Array {
  return new Int32Array(memory.buffer, memory.base + control, CONTROL.words);
}

/** Runs one thread's part of a schedule. */
export function runPart(kernels: LoadedKernels, places: TeamPlaces, schedule: number, thread: number): void {
  const { control, scratch, scratchStride, threads } = places;
  const profile = places.profile === null ? null : places.profile + thread * PROFILE_BYTES;
  kernels.run(schedule, control + CONTROL.barrier * 4, scratch + thread * scratchStride, thread, threads, profile);
}

/** Threads that run schedules together: this one, and workers that sleep between rounds. */
export class Team {
  readonly #places: TeamPlaces;
  readonly #kernels: LoadedKernels;
  readonly #control: Int32Array;
  readonly #workers: readonly Worker[];

  private constructor(places: TeamPlaces, kernels: LoadedKernels, workers: readonly Worker[]) {
    this.#places = places;
    this.#kernels = kernels;
    this.#workers = workers;
    this.#control = controlWords(places);
  }

  static async assemble(places: TeamPlaces): Promise<Team> {
    controlWords(places).fill(0);
    const kernels = await loadKernels(places.kernels, places.memory);
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const workers = Array.from({ length: places.threads - 1 }, (_, i) => {
      const workerData = { places, thread: i + 1 };
      return new Worker(new URL(`team-worker.${extension}`, import.meta.url), { workerData });
    });
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      ),
    );
    for (const worker of workers) worker.unref();
    return new Team(places, kernels, workers);
  }

  /** @param schedule byte offset */
  run(schedule: number): void {
    this.#begin(schedule);
    runPart(this.#kernels, this.#places, schedule, 0);
  }

  /** Ends the workers. */
  dismiss(): void {
    if (this.#workers.length > 0) this.#begin(DISMISSED);
  }

  #begin(schedule: number): void {
    // In words: bytes would not fit beyond 2 GiB.
    Atomics.store(this.#control, CONTROL.schedule, schedule === DISMISSED ? DISMISSED : schedule / 4);
    Atomics.add(this.#control, CONTROL.round, 1);
    Atomics.notify(this.#control, CONTROL.round);
  }
}
