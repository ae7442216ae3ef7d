import { classify } from '../../src/engine/cross-entropy.ts';
import type { Engine, MixingGradientResult, MixingWeights, WeightsStepSettings } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { alphaCurvature } from '../../src/search/alpha-curvature.ts';
import type { SearchObjective } from '../../src/search/search-objective.ts';
import { unrolledGradient } from '../../src/search/unrolled-gradient.ts';
import type { GoldenCase, TraceIteration } from './golden-case.ts';
import { maxError, relative } from './golden-check.ts';

/* What methods do in an iteration beside one gradient in alpha and one step on w, on the mini-batches of a case. */

const KINDS = ['normal', 'reduce'] as const;

/** Largest differences by tensor, to which more are added. */
type Errors = Record<string, number>;

/** Passes of a method's own. What they give is compared with the case. */
export interface OwnPasses {
  /** The pass that alpha's gradient comes from, at its mixing weights. @default `mixingGradient` */
  alphaPass?(mixing: MixingWeights, alpha: Float64Array, index: number): Promise<MixingGradientResult>;
  /** Mixing weights that the step on w sees. @default those of alpha */
  weightsMixing?(alpha: Float64Array, iteration: TraceIteration, index: number): Promise<MixingWeights>;
  /** More settings of the step on w. @default none */
  stepSettings?(mixing: MixingWeights, index: number): Promise<Partial<WeightsStepSettings>>;
}

/** Second-order DARTS: plain as the repository has it, beside the equation's and first order. */
export function passUnrolled(
  golden: GoldenCase,
  engine: Engine,
  objective: SearchObjective,
  errors: Errors,
): OwnPasses {
  const batches = golden.batches();
  const settings = golden.weightsSettings();
  return {
    async alphaPass(mixing, alpha, index) {
      const passes = {
        gradients: (half: 'train' | 'search', options: Parameters<Engine['gradients']>[2]) => {
          return engine.gradients(batches[half], mixing, options);
        },
        vectorNorm: (vector: string) => engine.vectorNorm(vector),
      };
      const name = `iterations.${index}`;
      const first = await engine.gradients(batches.search, mixing);
      const plain = await unrolledGradient(passes, { ...settings, kinks: 'plain' });
      const held = await unrolledGradient(passes, settings);
      compareFlat(golden, errors, `${name}.alphaGradsFirstOrder`, objective.gradient(alpha, first.gradient));
      compareFlat(golden, errors, `${name}.alphaGradsExact`, objective.gradient(alpha, held.gradient));
      const unrolled = golden.manifest.iterations?.[index]?.search.unrolled ?? Number.NaN;
      errors[`${name}.search.unrolled`] = relative(held.loss, unrolled);
      return { ...first, gradient: plain.gradient };
    },
  };
}

/** SDARTS-ADV: every move of the attack, by running statistics. */
export function passAttack(golden: GoldenCase, engine: Engine, objective: SearchObjective, errors: Errors): OwnPasses {
  const { train } = golden.batches();
  return {
    async weightsMixing(alpha, { epsilon = Number.NaN, attack }, index) {
      const name = `iterations.${index}`;
      const path: MixingWeights[] = [];
      const losses: number[] = [];
      const mixing = await objective.attacked(alpha, {
        ...{ noise: golden.alpha(`${name}.perturbation`), epsilon },
        async lossAt(mixing) {
          const { logits } = await engine.forward(train, mixing, { statistics: 'running' });
          return losses[losses.push(classify(logits, train.labels).loss) - 1] as number;
        },
        async gradientAt(mixing) {
          path.push(mixing);
          return (await engine.gradients(train, mixing, { statistics: 'running' })).gradient;
        },
      });
      // The first gradient is at the random start; the end of the last move is what is kept.
      for (const [move, point] of [...path.slice(1), mixing].entries()) {
        for (const kind of KINDS) compare(golden, errors, `${name}.path.${move}.${kind}`, point[kind]);
      }
      const [before = Number.NaN, after = Number.NaN] = losses;
      errors[`${name}.attack.lossBefore`] = relative(before, attack?.lossBefore ?? Number.NaN);
      errors[`${name}.attack.lossAfter`] = relative(after, attack?.lossAfter ?? Number.NaN);
      return mixing;
    },
  };
}

/** OLES: cosines of the gradients in w on both mini-batches, and the operations that rest. */
export function passFreezing(golden: GoldenCase, engine: Engine, errors: Errors): OwnPasses {
  const { search, train } = golden.batches();
  const { iterations = [], config } = golden.manifest;
  const { ops = [] } = config;
  const nameOf = (cell: number, edge: number, column: number): string => `cells.${cell}.edges.${edge}.${ops[column]}`;
  return {
    alphaPass: (mixing) => engine.gradients(search, mixing, { weightsInto: 'search', moves: true }),
    async stepSettings(mixing, index) {
      const name = `iterations.${index}.cosines`;
      await engine.gradients(train, mixing, { weightsInto: 'train' });
      const cosines = await engine.operationCosines('train', 'search');
      const [, edges = 1] = golden.manifest.tensors[name]?.shape ?? [];
      const found = golden.tensor(name).map((_, i) => {
        const [row, column] = [Math.floor(i / ops.length), i % ops.length];
        // Halvings are not to be frozen: the case has 0 there, as where there are no weights.
        if (ops[column] === 'skip_connect') return 0;
        return cosines[nameOf(Math.floor(row / edges), row % edges, column)] ?? 0;
      });
      compare(golden, errors, name, found);
      const frozen = index === 0 ? [] : (iterations[index - 1]?.frozen ?? []);
      return { resting: frozen.map((operation) => nameOf(...operation)) };
    },
  };
}

/** The Hessian in alpha by its largest eigenvalue, and losses without an operation or an edge. */
export async function checkCurvature(golden: GoldenCase, engine: Engine, objective: SearchObjective): Promise<Errors> {
  const { search } = golden.batches();
  const alpha = golden.alpha();
  const mixing = objective.mixing(alpha);
  const { scalars = {} } = golden.manifest;
  const errors: Errors = {};
  const gradientAt: Parameters<typeof alphaCurvature>[0] = async (point, kinks) => {
    const { gradient } = await engine.gradients(search, objective.mixing(point), { kinks });
    return objective.gradient(point, gradient);
  };
  const { loss, gradient } = await engine.gradients(search, mixing);
  compare(golden, errors, 'gradient', objective.gradient(alpha, gradient));
  errors.crossEntropy = relative(loss, scalars.crossEntropy ?? Number.NaN);
  const { eigenvalue } = await alphaCurvature(gradientAt, alpha, Random.fromSeed(1, 'start'), {
    ...{ products: 15, tolerance: 0 },
  });
  errors.largestEigenvalue = relative(eigenvalue, scalars.largestEigenvalue ?? Number.NaN);

  const columns = mixing.normal.length / (golden.manifest.tensors['lossWithoutEdge.normal']?.shape[0] ?? 1);
  for (const kind of KINDS) {
    /** Losses with so many mixing weights in a row set to 0, nothing renormalized. */
    const lossesWithout = async (count: number): Promise<number[]> => {
      const candidates = Array.from({ length: mixing[kind].length / count }, (_, i) => {
        return { ...mixing, [kind]: mixing[kind].map((m, j) => (Math.floor(j / count) === i ? 0 : m)) };
      });
      return (await engine.losses(search, candidates, { perExample: false })).map(({ loss }) => loss);
    };
    compare(golden, errors, `lossWithoutOperation.${kind}`, await lossesWithout(1));
    compare(golden, errors, `lossWithoutEdge.${kind}`, await lossesWithout(columns));
  }
  return errors;
}

function compare(golden: GoldenCase, errors: Errors, tensor: string, actual: ArrayLike<number>): void {
  errors[tensor] = maxError(actual, golden.tensor(tensor));
}

/** Compares values that lie flat with the tensors of both kinds of cell. */
function compareFlat(golden: GoldenCase, errors: Errors, name: string, flat: Float64Array): void {
  const half = flat.length / 2;
  for (const [i, kind] of KINDS.entries()) {
    compare(golden, errors, `${name}.${kind}`, flat.subarray(i * half, (i + 1) * half));
  }
}
