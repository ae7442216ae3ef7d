import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunFolderError } from '../../src/record/run-folder.ts';

/**
 * What a run says at its end, as it keeps it in a file.
 *
 * @param path folder of the run
 * @param name of the file in it
 * @throws RunFolderError where the run is not done, or the file is damaged
 */
export function readResult<Done extends { readonly event: 'done' }>(path: string, name: string): Done {
  const file = join(path, name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RunFolderError(`the run in ${path} is not done: ${(cause as Error).message}`, { cause });
  }
  const result = parse(text) as Partial<Done> | null | undefined;
  if (result?.event === 'done') return result as Done;
  throw new RunFolderError(`${file} is damaged: remove it and resume the run, which writes it again`);
}

/** undefined where the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
