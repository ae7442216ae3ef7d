import type { StepAnswer, StepRequest } from '../../src/optimize/dscd/step.ts';
import type { EvaluateTask, MiniBatchKey } from '../messages.ts';
import type { ProposalPool } from '../pool/pool.ts';

/**
 * Evaluates a step's proposals (and its base, where acceptance compares with it) over the pool's workers, all on one
 * mini-batch. How the proposals are dealt out changes no loss, so neither does the number of workers.
 */
export async function evaluateProposals(
  pool: ProposalPool,
  address: string,
  key: MiniBatchKey,
  request: Pick<StepRequest, 'position' | 'proposals' | 'base' | 'perExample'>,
): Promise<Pick<StepAnswer, 'proposals' | 'base'>> {
  const { position, proposals, perExample } = request;
  const size = Math.ceil(proposals.length / Math.min(pool.workers, proposals.length));
  const tasks: EvaluateTask[] = [];
  for (let from = 0; from < proposals.length; from += size) {
    const share = proposals.slice(from, from + size);
    tasks.push({ kind: 'evaluate', key, position, proposals: share, base: request.base && from === 0, perExample });
  }
  const results = await Promise.all(tasks.map((task) => pool.run({ address, ...task })));
  const base = results[0]?.base;
  return { proposals: results.flatMap((r) => r.proposals), ...(base ? { base } : {}) };
}
