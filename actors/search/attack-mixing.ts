import { performance } from 'node:perf_hooks';
import type { MixingWeights } from '../../src/engine/engine.ts';
import type { AttackSettings } from '../../src/search/search-objective.ts';
import type { MiniBatchKey } from '../messages.ts';
import type { SearchSession } from './search-session.ts';

/**
 * Looks for the mixing weights that a step on w sees under attack: SDARTS-ADV. Its passes are by running statistics and
 * change nothing.
 *
 * @param key mini-batch of the step on w
 */
export async function attackMixing(
  { miniBatches, objective, optimizer, stopwatch, supernet }: SearchSession,
  key: MiniBatchKey,
  start: Pick<AttackSettings, 'noise' | 'epsilon'>,
  progress: number,
): Promise<MixingWeights> {
  const began = performance.now();
  const lossAt: AttackSettings['lossAt'] = async (mixing) => {
    return await miniBatches.use(key, async (miniBatchName) => {
      return (await supernet.call('accuracy', { miniBatchName, mixing })).loss;
    });
  };
  const gradientAt: AttackSettings['gradientAt'] = async (mixing) => {
    return await miniBatches.use(key, async (miniBatchName) => {
      const options = { statistics: 'running' } as const;
      return (await supernet.call('gradients', { miniBatchName, mixing, options })).gradient;
    });
  };
  const mixing = await objective.attacked(optimizer.position, { ...start, lossAt, gradientAt }, progress);
  stopwatch.wallMs += performance.now() - began;
  return mixing;
}
