import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunFolderError } from '../../src/record/run-folder.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';

/**
 * Reads what a run said at its end.
 *
 * @param path folder of the run
 * @param name name of the file in it that holds the result
 * @throws RunFolderError if the run is not done, or the file is damaged
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

/** Size of a network and length of its training. Two accuracies compare if this is the same. */
export function describeTraining({ layers, channels, image, epochs, trainSize }: RetrainingOptions): string {
  return `${layers} cells of ${channels} channels, ${image}x${image}, ${epochs} epochs of ${trainSize} pictures`;
}

/** Parses JSON; undefined if the text is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
