import type { Optimizer } from '../optimizer.ts';
import { packNumber, packState, unpackNumber } from '../study/packed-state.ts';
import type { MinimizeState } from './minimize-options.ts';
import { STATE_VERSION } from './named-optimizer.ts';

/** What a run of a method knows of its best and final positions. */
interface RunBest {
  /** `[coordinates]` position of the smallest loss */
  readonly bestPosition: Float64Array;
  readonly bestLoss: number;
  /** null until the run has ended */
  readonly finalLoss: number | null;
}

/** A run of a method, between two steps. */
type RunParts = RunBest &
  Pick<MinimizeState, 'method' | 'step' | 'evaluations' | 'gradients' | 'discarded' | 'notFinite'> & {
    readonly optimizer: Optimizer;
  };

/** Packs the state of a run: plain data that JSON keeps to the bit. */
export function packRun({ optimizer, bestPosition, bestLoss, finalLoss, ...rest }: RunParts): MinimizeState {
  const saved = optimizer.save();
  return {
    ...{ version: STATE_VERSION, method: rest.method },
    // The optimizers that have names pack their states themselves.
    optimizer: rest.method === null ? (packState(saved) as object) : saved,
    ...rest,
    bestPosition: Array.from(bestPosition, packNumber),
    bestLoss: packNumber(bestLoss),
    finalLoss: finalLoss === null ? null : packNumber(finalLoss),
  };
}

/** Unpacks the best and final positions of a run that is resumed; those of a run that begins, at a start, if there is none. */
export function unpackBest(resume: MinimizeState | undefined, start: Float64Array): RunBest {
  if (resume === undefined) return { bestPosition: start, bestLoss: Infinity, finalLoss: null };
  return {
    bestPosition: Float64Array.from(resume.bestPosition, unpackNumber),
    bestLoss: unpackNumber(resume.bestLoss),
    finalLoss: resume.finalLoss === null ? null : unpackNumber(resume.finalLoss),
  };
}
