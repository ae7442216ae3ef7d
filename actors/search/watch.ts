import { Random } from '../../src/math/random.ts';
import type { Watched } from '../../src/record/metrics-line.ts';
import { alphaCurvature, type CurvatureGradient } from '../../src/search/alpha-curvature.ts';
import { countSkips } from '../../src/search/skips.ts';
import { distanceBatches, type Indicator, takesEigenvalue } from '../../src/search/watches/indicators.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { checkFinite } from '../run/diverged-error.ts';
import { iterationNumber, progressOf, type StepInput } from '../run/run-plan.ts';
import { deriveCurrent } from './derive-current.ts';
import { keyOf } from './key-of.ts';
import type { SearchSession } from './search-session.ts';

/**
 * Measures the indicators that a search watches. They move no weight and no running statistic, and draw from generators
 * of their own. They are taken on the first mini-batches of the half for alpha, the same after every epoch.
 *
 * @param indicators those to measure
 * @returns null for an indicator that is not due
 * @throws DivergedError if a gradient in alpha is not finite
 */
export async function watchEpoch(
  session: SearchSession,
  at: StepInput,
  indicators: ReadonlySet<Indicator>,
): Promise<Watched> {
  // The collapse shows in skip connections that no limit hides.
  const { genotype } = deriveCurrent(session, null);
  const limited = deriveCurrent(session).genotype;
  const skips = indicators.has('skips');
  const isDue = indicators.has('eigenvalue') && takesEigenvalue(at.progress.epoch, at.plan.epochs, session.options);
  return {
    eigenvalue: isDue ? await measureEigenvalue(session, at) : null,
    normalSkips: skips ? countSkips(genotype.normal) : null,
    reduceSkips: skips ? countSkips(genotype.reduce) : null,
    ...(indicators.has('distance')
      ? await measureDistance(session, at, limited)
      : { supernetAccuracy: null, cellsAccuracy: null }),
  };
}

/** Takes the largest eigenvalue of the Hessian in alpha, by Lanczos's method from the same start after every epoch. */
async function measureEigenvalue(session: SearchSession, at: StepInput): Promise<number> {
  const { miniBatches, objective, optimizer, options, supernet } = session;
  const progress = progressOf(at);
  const gradientAt: CurvatureGradient = async (alpha, kinks) => {
    const mixing = objective.mixing(alpha, progress);
    const result = await miniBatches.use(keyOf('alpha', 0), (miniBatchName) =>
      supernet.call('gradients', { miniBatchName, mixing, options: { kinks } }),
    );
    const gradient = objective.gradient(alpha, result.gradient, progress);
    checkFinite('the gradient in alpha', gradient, iterationNumber(at) - 1);
    return gradient;
  };
  const random = Random.fromSeed(options.seed, 'curvature');
  return (await alphaCurvature(gradientAt, optimizer.position, random)).eigenvalue;
}

/**
 * Measures the accuracies of the supernet and of the cells that it would be cut down to. Both are by batch statistics:
 * the running ones are those of the supernet.
 */
async function measureDistance(
  { miniBatches, objective, optimizer, options, supernet }: SearchSession,
  at: StepInput,
  genotype: Genotype,
): Promise<Pick<Watched, 'supernetAccuracy' | 'cellsAccuracy'>> {
  const ofCells = objective.ofCells(genotype);
  const ofSupernet = objective.mixing(optimizer.position, progressOf(at));
  const count = distanceBatches(at.plan.iterationsPerEpoch);
  const correct = { supernet: 0, cells: 0 };
  for (let i = 0; i < count; i++) {
    await miniBatches.use(keyOf('alpha', i), async (miniBatchName) => {
      correct.supernet += (await supernet.call('gradients', { miniBatchName, mixing: ofSupernet })).correct;
    });
    await miniBatches.use(keyOf('alpha', i), async (miniBatchName) => {
      correct.cells += (await supernet.call('gradients', { miniBatchName, mixing: ofCells })).correct;
    });
  }
  const pictures = count * options.batch;
  return { supernetAccuracy: correct.supernet / pictures, cellsAccuracy: correct.cells / pictures };
}
