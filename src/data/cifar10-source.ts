import type { Dataset } from './dataset.ts';

/** How far the data has come on its way here. */
export interface DataProgress {
  /** `fetching` counts bytes; `unpacking` and `reading` count files. */
  readonly phase: 'fetching' | 'unpacking' | 'reading';
  readonly done: number;
  readonly total: number;
}

export interface FetchOptions {
  readonly onProgress: (progress: DataProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A place that CIFAR-10 can be fetched from. */
export interface Cifar10Source {
  /** For messages and the run's record. */
  readonly name: string;
  /**
   * Fetches and decodes. What comes is not trusted: the caller checks its digest.
   *
   * @param folder an empty one, for whatever has to lie on the disk meanwhile; the caller removes it
   */
  fetch(folder: string, options: FetchOptions): Promise<Dataset>;
}
