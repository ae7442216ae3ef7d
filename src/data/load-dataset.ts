import { loadCifar10 } from './cifar10.ts';
import type { DataProgress } from './cifar10-sources.ts';
import type { LoadedDataset } from './dataset.ts';

export interface LoadOptions {
  /** Folder or file that holds the data set. @default CIFAR-10, from a cache that a download fills */
  readonly data?: string | undefined;
  /** Folder that keeps fetched files. @default one of this program's in the user's cache folder */
  readonly cache?: string | undefined;
  /** Called as loading proceeds. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Ends the loading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads a data set: CIFAR-10, from its binary files.
 *
 * @throws DataError if the files are missing or damaged, or if no source has the pictures
 * @throws the system's error if the cache cannot be written
 */
export async function loadDataset(options: LoadOptions = {}): Promise<LoadedDataset> {
  return await loadCifar10(options);
}
