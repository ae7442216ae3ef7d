import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PausedEvent } from '../../actors/index.ts';
import { optionsDigest } from '../../actors/run/run-state.ts';
import { type JobName, openRunFolder, RunFolderError, runFiles } from '../../src/record/run-folder.ts';
import { readResult } from '../tables/read-result.ts';

/** A run that is part of a table. */
export interface TablePart<Done> {
  readonly job: JobName;
  /** Its folder. */
  readonly path: string;
  /** File in it that is there once the run is done, and holds what `Done` has. */
  readonly result: string;
  /** Resolved; what is in the folder must have been made with these. */
  readonly options: object;
  start(): Promise<Done | PausedEvent>;
  resume(): Promise<Done | PausedEvent>;
}

/** How a part stood before it was asked for: not begun, begun, or done. */
export type PartState = 'new' | 'begun' | 'done';

/** @throws RunFolderError where what is there was made with other options, or is something else */
export function stateOf({ job, path, result, options }: TablePart<unknown>): PartState {
  if (!existsSync(runFiles(path).config)) return 'new';
  const { config } = openRunFolder(path, job);
  if (optionsDigest(config.options) !== optionsDigest(options)) {
    throw new RunFolderError(`${path} was made with other options than the table's`);
  }
  return existsSync(join(path, result)) ? 'done' : 'begun';
}

/**
 * Runs a part to its end, from where it stands, or until it is paused.
 *
 * @throws RunFolderError where it is done, and its result damaged
 */
export async function makePart<Done extends { readonly event: 'done' }>(
  part: TablePart<Done>,
): Promise<Done | PausedEvent> {
  switch (stateOf(part)) {
    case 'done':
      return readResult<Done>(part.path, part.result);
    case 'begun':
      return await part.resume();
    case 'new':
      rmSync(part.path, { recursive: true, force: true }); // of a start that was cut off before it left a record
      return await part.start();
  }
}
