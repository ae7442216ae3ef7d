import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { extract } from 'tar';
import { DataError } from '../data-error.ts';

/** Files of the formats that come in archives. */
const WANTED = [
  /^(data_batch_[1-5]|test_batch|train|test)(\.bin)?$/,
  /^(meta|(fine|coarse)_label_names\.txt)$/,
  /[-.]idx[13]-ubyte(\.gz)?$/,
];

/** Whether a file is an archive, by its name. */
export function isArchiveName(path: string): boolean {
  return /\.(tar|tar\.gz|tgz)$/i.test(path);
}

/**
 * Unpacks the data files of a tar archive into a temporary folder, compressed by gzip or not, works with them, and removes
 * them.
 *
 * @param work receives the folder that the files lie in
 * @throws DataError if the archive is damaged
 */
export async function openArchive<T>(path: string, work: (folder: string) => Promise<T>): Promise<T> {
  const temporary = await mkdtemp(join(tmpdir(), 'lesslocal-'));
  try {
    await unpack(path, temporary);
    return await work(await innermost(temporary));
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function unpack(path: string, cwd: string): Promise<void> {
  try {
    const filter = (name: string): boolean => WANTED.some((wanted) => wanted.test(basename(name)));
    await extract({ file: path, cwd, strict: true, filter });
  } catch (cause) {
    const { message, syscall } = cause as NodeJS.ErrnoException;
    if (syscall !== undefined) throw cause;
    throw new DataError(`${path} cannot be unpacked (${message}): it is damaged, or no tar archive`, { cause });
  }
}

/** Goes down to the folder that holds more than another folder. */
async function innermost(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() ? await innermost(join(folder, only.name)) : folder;
}
