import { readFileSync } from 'node:fs';
import type { Engine } from '../../src/engine/engine.ts';
import { Adam } from '../../src/optimize/adam.ts';
import { createSearchObjective, type SearchObjective } from '../../src/search/search-objective.ts';
import { type DiscretizeRule, discretize } from '../../src/space/discretize.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import type { GoldenCase } from './golden-case.ts';

/** Largest difference over the tensor's largest magnitude, for each quantity compared. */
export type MaxErrors = Partial<
  Record<'logits' | 'activations' | 'alphaGrads' | 'weightGrads' | 'losses' | 'trace', number>
>;

/** Runs a case or a trace on an engine that was made for its graph. */
export async function checkGolden(golden: GoldenCase, engine: Engine): Promise<MaxErrors> {
  await engine.restore({ weights: golden.weights(), velocity: {}, statistics: {} });
  const { ops = [], relaxation, nodes, zeroOneWeight } = golden.manifest.config;
  const objective = createSearchObjective({
    shape: { nodes, primitives: ops },
    relaxation,
    zeroOneWeight: relaxation === 'sigmoid' ? zeroOneWeight : 0,
  });
  return golden.manifest.kind === 'trace'
    ? checkTrace(golden, engine, objective)
    : checkStep(golden, engine, objective);
}

async function checkStep(golden: GoldenCase, engine: Engine, objective: SearchObjective): Promise<MaxErrors> {
  const { labels, scalars = {}, tensors } = golden.manifest;
  const miniBatch = golden.miniBatch('input', labels);
  const alpha = golden.alpha();
  const mixing = objective.mixing(alpha);

  const activations = Object.keys(tensors).filter((name) => name.startsWith('activations.'));
  const values = activations.map((name) => name.replace('activations.', ''));
  const training = await engine.forward(miniBatch, mixing, { statistics: 'batch', activations: values });
  const gradients = await engine.weightGradients(miniBatch, mixing);
  const { loss, gradient } = await engine.mixingGradient(miniBatch, mixing);
  const evaluation = await engine.forward(miniBatch, mixing, { statistics: 'running' });

  const total = scalars.searchLoss ?? scalars.crossEntropy ?? Number.NaN;
  const alphaGradients =
    'alphaGrads.searchLoss.normal' in tensors ? 'alphaGrads.searchLoss' : 'alphaGrads.crossEntropy';
  return {
    logits: Math.max(
      maxError(training.logits, golden.tensor('logits')),
      maxError(evaluation.logits, golden.tensor('evalLogits')),
    ),
    activations: worst(values, (name) =>
      maxError(training.activations[name] as Float32Array, golden.activation(`activations.${name}`)),
    ),
    alphaGrads: maxError(objective.gradient(alpha, gradient), golden.alpha(alphaGradients)),
    weightGrads: maxWeightsError(gradients, golden.weights('weight-grads.bin')),
    losses: Math.max(
      relative(loss, scalars.crossEntropy ?? Number.NaN),
      relative(loss + objective.regularization(alpha), total),
    ),
  };
}

async function checkTrace(golden: GoldenCase, engine: Engine, objective: SearchObjective): Promise<MaxErrors> {
  const { iterations = [], optimizers } = golden.manifest;
  if (!optimizers) throw new Error(`${golden.manifest.name} names no optimizers`);
  const { search, train } = golden.batches();
  const alpha = golden.alpha();
  const { lr, beta1, beta2, eps, weightDecay } = optimizers.alpha;
  const adam = new Adam(alpha.length, { learningRate: lr, beta1, beta2, epsilon: eps, weightDecay });
  const settings = {
    learningRate: optimizers.weights.lr,
    momentum: optimizers.weights.momentum,
    weightDecay: optimizers.weights.weightDecay,
    clipNorm: optimizers.weights.gradClipNorm,
  };

  let [losses, trace, alphaGrads] = [0, 0, 0];
  for (const [i, iteration] of iterations.entries()) {
    const step = await engine.mixingGradient(search, objective.mixing(alpha));
    losses = Math.max(losses, relative(step.loss + objective.regularization(alpha), iteration.search.total));
    const gradient = objective.gradient(alpha, step.gradient);
    alphaGrads = Math.max(alphaGrads, maxError(gradient, golden.alpha(`iterations.${i}.alphaGrads`)));
    adam.step(alpha, gradient);
    trace = Math.max(trace, maxError(alpha, golden.alpha(`iterations.${i}.alpha`)));

    const mixing = objective.mixing(alpha);
    const { logits } = await engine.forward(train, mixing, { statistics: 'batch' });
    trace = Math.max(trace, maxError(logits, golden.tensor(`iterations.${i}.trainLogits`)));
    const { loss, gradientNorm } = await engine.weightsStep(train, mixing, settings);
    losses = Math.max(losses, relative(loss + objective.regularization(alpha), iteration.train.total));
    trace = Math.max(trace, relative(gradientNorm, iteration.train.gradNorm));
  }
  const evaluation = await engine.forward(train, objective.mixing(alpha), { statistics: 'running' });
  const { weights } = await engine.save();
  return {
    logits: maxError(evaluation.logits, golden.tensor('evalLogits')),
    alphaGrads,
    losses,
    trace: Math.max(trace, maxWeightsError(weights, golden.weights('final-weights.bin'))),
  };
}

/** Differences between a `discretize.json` file and what `discretize` derives, in words; empty if there are none. */
export function checkDiscretize(file: string): { cases: number; differences: string[] } {
  const { format, cases } = JSON.parse(readFileSync(file, 'utf8')) as { format: string; cases: DiscretizeCase[] };
  if (format !== 'discretize/1') throw new Error(`${file}: format must be discretize/1, got ${format}`);
  const differences = cases.flatMap((golden) =>
    (['normal', 'reduce'] as const).flatMap((kind) => {
      const primitives = golden.primitives === 'darts' ? DARTS_PRIMITIVES : FAIR_DARTS_PRIMITIVES;
      const matrix = golden.mixingWeights[kind].flat();
      const nodes = (Math.sqrt(9 + 8 * golden.mixingWeights[kind].length) - 3) / 2;
      const cell = discretize({ nodes, primitives }, matrix, golden.rule, golden.threshold);
      const actual = {
        entries: cell.choices.map(({ primitive, to, from }) => [primitive, to, from]),
        connectedNodes: cell.connectedNodes,
        valid: cell.valid,
      };
      const expected = {
        entries: golden.entries[kind],
        connectedNodes: golden.connectedNodes[kind],
        valid: golden.valid[kind],
      };
      const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
      return one === other ? [] : [`${golden.name}, ${kind} cell: ${one}, expected ${other}`];
    }),
  );
  return { cases: cases.length, differences };
}

interface DiscretizeCase {
  readonly name: string;
  readonly primitives: 'darts' | 'fairdarts';
  readonly rule: DiscretizeRule;
  readonly threshold: number | null;
  readonly mixingWeights: Readonly<Record<'normal' | 'reduce', number[][]>>;
  readonly entries: Readonly<Record<'normal' | 'reduce', [string, number, number][]>>;
  readonly connectedNodes: Readonly<Record<'normal' | 'reduce', number[]>>;
  readonly valid: Readonly<Record<'normal' | 'reduce', boolean>>;
}

export function maxError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return maxDifference(actual, expected) / magnitude(expected);
}

/** The worst tensor's. One that is zero but for rounding is measured against the loudest. */
export function maxWeightsError(
  actual: Readonly<Record<string, Float32Array>>,
  expected: Readonly<Record<string, Float32Array>>,
): number {
  const loudest = Math.max(...Object.values(expected).map(magnitude));
  return worst(Object.entries(expected), ([name, wanted]) => {
    const scale = magnitude(wanted) > 1e-6 * loudest ? magnitude(wanted) : loudest;
    return maxDifference(actual[name] ?? [], wanted) / scale;
  });
}

function maxDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    // NaN must not pass as small.
    largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }
  return largest;
}

function magnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

export function relative(actual: number, expected: number): number {
  return maxDifference([actual], [expected]) / Math.abs(expected);
}

function worst<T>(items: readonly T[], error: (item: T) => number): number {
  return Math.max(...items.map(error));
}
