import { OptionsError } from '../options/parse-options.ts';
import { writeFileAtomically } from '../record/atomic-file.ts';

/**
 * Writes the file that `--out` names.
 *
 * @throws OptionsError if its folder does not exist, or it is a folder itself
 */
export function writeOut(path: string, contents: Uint8Array | string): void {
  try {
    writeFileAtomically(path, contents);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) throw cause;
    throw new OptionsError(`--out must be a file in a folder that exists, got ${path} (${code})`, { cause });
  }
}
