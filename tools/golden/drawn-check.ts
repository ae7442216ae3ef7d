import type { Engine } from '../../src/engine/engine.ts';
import { Adam } from '../../src/optimize/adam.ts';
import { createSearchObjective, type SearchObjective } from '../../src/search/search-objective.ts';
import type { GoldenCase } from './golden-case.ts';
import { maxError, maxWeightsError, relative } from './golden-check.ts';

const KINDS = ['normal', 'reduce'] as const;

/**
 * Iterations of a method that draws its mixing weights, with the draws of the case: GDAS, whose step on w comes first, or DrNAS.
 *
 * @returns largest errors, as of `checkMethod`
 */
export async function checkDrawnTrace(golden: GoldenCase, engine: Engine): Promise<Record<string, number>> {
  const { iterations = [], optimizers, searchLabels, trainLabels, config, method } = golden.manifest;
  if (!optimizers) throw new Error(`${golden.manifest.name} names no optimizers`);
  const search = golden.miniBatch('searchInput', searchLabels);
  const train = golden.miniBatch('trainInput', trainLabels);
  const { lr: learningRate, gradClipNorm: clipNorm, ...sgd } = optimizers.weights;
  const { lr, beta1, beta2, eps, weightDecay } = optimizers.alpha;
  const alpha = golden.alpha();
  const adam = new Adam(alpha.length, { learningRate: lr, beta1, beta2, epsilon: eps, weightDecay });
  const draws = method === 'gdas' ? 'gumbels' : 'sample';
  const objectiveAt = (tau: number): SearchObjective => {
    return createSearchObjective({
      shape: { nodes: config.nodes, primitives: config.ops ?? [] },
      relaxation: method === 'gdas' ? 'gumbel-hard' : 'dirichlet',
      temperature: [tau, tau],
      zeroOneWeight: 0,
    });
  };

  const errors: Record<string, number> = {};
  for (const [i, { tau = 1, ...expected }] of iterations.entries()) {
    const name = `iterations.${i}`;
    const objective = objectiveAt(tau);
    const compare = (tensor: string, values: ArrayLike<number>): void => {
      errors[`${name}.${tensor}`] = maxError(values, golden.tensor(`${name}.${tensor}`));
    };
    const stepWeights = async (): Promise<void> => {
      const mixing = objective.mixing(alpha, 1, golden.alpha(`${name}.${draws}.weights`));
      compare('trainLogits', (await engine.forward(train, mixing, { statistics: 'batch' })).logits);
      const step = await engine.weightsStep(train, mixing, { learningRate, clipNorm, ...sgd });
      errors[`${name}.train.crossEntropy`] = relative(step.loss, expected.train.crossEntropy);
      errors[`${name}.train.gradNorm`] = relative(step.gradientNorm, expected.train.gradNorm);
    };
    const stepAlpha = async (): Promise<void> => {
      const draw = golden.alpha(`${name}.${draws}.alpha`);
      const { loss, gradient } = await engine.mixingGradient(search, objective.mixing(alpha, 1, draw));
      errors[`${name}.search.crossEntropy`] = relative(loss, expected.search.crossEntropy);
      const alphaGradient = objective.gradient(alpha, gradient, 1, draw);
      adam.step(alpha, alphaGradient);
      const half = alpha.length / 2;
      for (const [k, kind] of KINDS.entries()) {
        compare(`mixingGrads.${kind}`, gradient[kind]);
        compare(`alphaGrads.${kind}`, alphaGradient.subarray(k * half, (k + 1) * half));
        compare(`alpha.${kind}`, alpha.subarray(k * half, (k + 1) * half));
      }
    };
    const steps = method === 'gdas' ? [stepWeights, stepAlpha] : [stepAlpha, stepWeights];
    for (const step of steps) await step();
  }
  const { logits } = await engine.forward(train, objectiveAt(1).mixing(alpha), { statistics: 'running' });
  errors.evalLogits = maxError(logits, golden.tensor('evalLogits'));
  const { weights } = await engine.save();
  return { ...errors, finalWeights: maxWeightsError(weights, golden.weights('final-weights.bin')) };
}
