import { checkPositiveInteger } from '../checks.ts';
import { isPerCoordinate } from '../range/range.ts';
import { packState } from '../study/packed-state.ts';
import { RunFiles, type RunHead, readRunFile, refuseExisting } from '../study/run-files.ts';
import {
  defaultMethod,
  type Minimizable,
  type MinimizeOptions,
  type MinimizeState,
  toObjective,
} from './minimize-options.ts';

/** A run that is kept in files. */
export interface KeptRun {
  /** State to continue from; undefined if the run begins. */
  readonly resume: MinimizeState | undefined;
  /** Opens the files, once the options are known to be right. */
  open(): RunFiles;
}

/**
 * Reads what the files of a run hold.
 *
 * @throws RangeError if they hold another run, or one that was not to be continued
 */
export function keepRun(minimizable: Minimizable, options: MinimizeOptions): KeptRun {
  const { saveTo, saveEvery, tableTo, resume } = options;
  if (saveEvery !== undefined) checkPositiveInteger('saveEvery', saveEvery);
  if (resume === true && saveTo === undefined) throw new RangeError('resume: true needs the file saveTo, got none');
  const head = describeRun(minimizable, options);
  const read = resume === true ? readRunFile(saveTo as string, head) : null;
  const state = resume === true ? ((read ?? undefined) as MinimizeState | undefined) : resume;
  if (saveTo !== undefined && resume !== true) refuseExisting(saveTo);
  if (tableTo !== undefined && state === undefined) refuseExisting(tableTo);
  return {
    resume: state,
    open: () => new RunFiles(head, { saveTo, saveEvery, tableTo }, state?.evaluations ?? 0),
  };
}

function describeRun(minimizable: Minimizable, options: MinimizeOptions): RunHead {
  const { bounds = [-5, 5], seed = 0, schedule = 'constant', start, coordinates } = options;
  const { method = defaultMethod(toObjective(minimizable)) } = options;
  const isNamed = typeof method === 'string';
  return {
    method: isNamed ? method : null,
    coordinates:
      coordinates ?? start?.length ?? (isPerCoordinate(bounds) ? bounds.length : isNamed ? 0 : method.position.length),
    bounds: packState(bounds),
    seed,
    schedule,
    start: start === undefined ? null : packState(Array.from(start)),
  };
}
