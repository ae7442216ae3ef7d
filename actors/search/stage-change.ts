import { isDeepStrictEqual } from 'node:util';
import { widenNetwork } from '../../src/engine/widen-network.ts';
import { buildSupernet, type SupernetOptions } from '../../src/network/supernet.ts';
import type { StageSetup } from '../../src/search/setup.ts';
import { keepLargest } from '../../src/search/stages.ts';
import { alphaColumns } from '../../src/space/alpha.ts';
import type { SearchSession } from './search-session.ts';

/** Whether a stage of the search ends with an epoch, and another follows. @param epochs number of epochs completed */
export function endsStage({ kept, setup: { stages } }: SearchSession, epochs: number): boolean {
  return kept === null && stages.length > 1 && epochs === stages.at(-1)?.start;
}

/** The supernet of a stage. */
export function networkOfStage({ setup: { stages } }: SearchSession, stage: 'first' | 'last'): SupernetOptions {
  return (stages.at(stage === 'first' ? 0 : -1) as StageSetup).network;
}

/**
 * Goes from the first stage of a search to the second (DrNAS, Chen et al. 2021): each edge keeps the operations with the largest
 * alphas, the alphas of the others become 0, and the supernet is replaced by a wider one. Adam's moments stay as they
 * are, as in the repository of DrNAS. They move pruned alphas on for a few steps, on which the mixing weights that are left
 * do not depend in distribution.
 *
 * Until the checkpoint after the epoch, a run that is resumed comes here again, to the same choice of channels.
 *
 * @throws SupernetLostError if either supernet is lost
 */
export async function changeStage(session: SearchSession): Promise<void> {
  const { optimizer, options, shape } = session;
  const [before, after] = [networkOfStage(session, 'first'), networkOfStage(session, 'last')];
  if (!isDeepStrictEqual(before, after)) {
    const [from, to] = [buildSupernet(before), buildSupernet(after)];
    const state = widenNetwork(from, to, await session.supernet.call('save', null), options.seed);
    await session.openSupernet(after);
    await session.supernet.call('restore', state);
  }
  const kept = keepLargest(optimizer.position, alphaColumns(shape), options.keptOperations);
  const position = optimizer.position.map((entry, i) => (kept[i] === 1 ? entry : 0));
  optimizer.restore({ ...optimizer.save(), position });
  session.enterStage(kept);
}
