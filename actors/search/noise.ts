import { Random } from '../../src/math/random.ts';
import { mean, standardDeviation } from '../../src/math/statistics.ts';
import type { Proposal, StepAnswer } from '../../src/optimize/dscd/step.ts';
import type { Noise } from '../../src/record/metrics-line.ts';
import { iterationNumber, progressOf, type StepInput, tuningProgress } from '../run/run-plan.ts';
import { keyOf } from './key-of.ts';
import type { SearchSession } from './search-session.ts';
import { evaluateProposals } from './steps.ts';

/** Number of other alphas compared with the current one. */
const CANDIDATES = 2;

/** Evaluates an alpha and proposals from it on the `i`-th of some mini-batches. */
type EvaluateOn = (i: number, proposals: readonly Proposal[]) => Promise<Pick<StepAnswer, 'proposals' | 'base'>>;

/**
 * Measures the noises on the epoch's last mini-batches, which can be made again for any epoch at any time.
 *
 * @returns null if there are fewer than two mini-batches, which have no spread, or if no proposals come: in a run that moves
 *   no alpha, and in a tuning
 */
export async function measureEpochNoise(session: SearchSession, at: StepInput): Promise<Noise | null> {
  const { kept, options, optimizer } = session;
  const { position } = optimizer;
  const count = Math.min(options.noiseBatches, at.plan.iterationsPerEpoch);
  if (at.plan.stepMode === 'none' || tuningProgress(at) !== null || count < 2) return null;
  const random = Random.fromSeed(options.seed, 'noise', at.progress.epoch);
  const last = iterationNumber(at) - 1;
  const evaluateOn: EvaluateOn = (i, proposals) => {
    const request = { position, proposals, base: true, perExample: false, progress: progressOf(at) };
    return evaluateProposals(session, keyOf('alpha', last - i), request);
  };
  return await measureNoise(position, options.domain, random, count, evaluateOn, kept);
}

/**
 * Measures the two noises that acceptance has to live with: how much the loss differs between mini-batches, and how
 * much a difference of two alphas does. Moves are drawn uniformly, like the first proposals of a search.
 *
 * @param count number of mini-batches, at least 2
 * @param kept 1 for each coordinate that may be moved, else 0. @default all may
 */
export async function measureNoise(
  position: Float64Array,
  [low, high]: readonly [number, number],
  random: Random,
  count: number,
  evaluateOn: EvaluateOn,
  kept: Uint8Array | null = null,
): Promise<Noise> {
  const movable = Array.from(position.keys()).filter((coordinate) => kept?.[coordinate] !== 0);
  const proposals = Array.from({ length: CANDIDATES }, (): Proposal => {
    const coordinate = movable[random.integer(movable.length)] as number;
    return { coordinate, from: position[coordinate] as number, to: low + (high - low) * random.uniform() };
  });
  const bases: number[] = [];
  const differences: number[][] = proposals.map(() => []);
  for (let i = 0; i < count; i++) {
    const { base, proposals: evaluations } = await evaluateOn(i, proposals);
    if (base === undefined) throw new Error('the noise needs the loss at the position');
    bases.push(base.loss);
    for (const [j, { loss }] of evaluations.entries()) differences[j]?.push(loss - base.loss);
  }
  return {
    offset: standardDeviation(bases),
    paired: mean(differences.map(standardDeviation)),
    effect: mean(differences.map((d) => Math.abs(mean(d)))),
  };
}
