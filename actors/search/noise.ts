import type { Random } from '../../src/math/random.ts';
import { mean, standardDeviation } from '../../src/math/statistics.ts';
import type { Proposal, StepAnswer } from '../../src/optimize/dscd/step.ts';
import type { Noise } from '../../src/record/metrics-line.ts';

/** Other alphas compared with the current one. */
const CANDIDATES = 2;

/** Evaluates an alpha and proposals from it on the `i`-th of some mini-batches. */
type EvaluateOn = (i: number, proposals: readonly Proposal[]) => Promise<Pick<StepAnswer, 'proposals' | 'base'>>;

/**
 * Measures the two noises that acceptance has to live with: how much the loss differs between mini-batches, and how
 * much a difference of two alphas does. Moves are drawn uniformly, like the first proposals of a search.
 *
 * @param batches number of mini-batches, at least 2
 */
export async function measureNoise(
  position: Float64Array,
  domain: readonly [number, number],
  random: Random,
  batches: number,
  evaluateOn: EvaluateOn,
): Promise<Noise> {
  const [low, high] = domain;
  const proposals = Array.from({ length: CANDIDATES }, (): Proposal => {
    const coordinate = random.integer(position.length);
    return { coordinate, from: position[coordinate] as number, to: low + (high - low) * random.uniform() };
  });
  const bases: number[] = [];
  const differences: number[][] = proposals.map(() => []);
  for (let i = 0; i < batches; i++) {
    const answer = await evaluateOn(i, proposals);
    const base = (answer.base as { loss: number }).loss;
    bases.push(base);
    for (const [j, { loss }] of answer.proposals.entries()) differences[j]?.push(loss - base);
  }
  return {
    offset: standardDeviation(bases),
    paired: mean(differences.map(standardDeviation)),
    effect: mean(differences.map((d) => Math.abs(mean(d)))),
  };
}
