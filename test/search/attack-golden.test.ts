import { describe, expect, it } from 'vitest';
import { attack } from '../../src/search/attack.ts';
import { clipToSimplex } from '../../src/search/perturbation.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { relax } from '../../src/space/relaxation.ts';
import { ENGINES, MethodRun } from '../support/method-run.ts';

/** What the case has of an iteration. */
interface Iteration {
  readonly epsilon: number;
  readonly attack: { readonly lossBefore: number; readonly lossAfter: number; readonly kept: boolean };
  readonly train: { readonly crossEntropy: number; readonly gradNorm: number };
}

describe.each(ENGINES)('SDARTS-ADV by PyTorch, engine %s', (kind) => {
  it('every move of the attack by running statistics, and the step on w that it is for', async () => {
    const run = await MethodRun.start('sdarts-adv-a', kind);
    const { engine, batches, golden, columns } = run;
    const iterations = golden.manifest.iterations as unknown as readonly Iteration[];
    for (const [i, iteration] of iterations.entries()) {
      const name = `iterations.${i}`;
      const before = run.alphaBefore(i);
      const { gradient } = await engine.mixingGradient(batches.search, run.mixing(before));
      run.expectNear(run.alphaGradient(before, gradient), `${name}.alphaGrads`);

      const points: Float64Array[] = [];
      const mixing = relax('softmax', golden.alpha(`${name}.alpha`), columns);
      const at = (flat: Float64Array) => {
        return engine.gradients(batches.train, run.matrices(flat), { statistics: 'running' });
      };
      const objective = {
        loss: async (flat: Float64Array) => (await at(flat)).loss,
        gradient: async (flat: Float64Array) => {
          points.push(flat);
          const { normal, reduce } = (await at(flat)).gradient;
          return Float64Array.from([...normal, ...reduce]);
        },
      };
      const noise = golden.alpha(`${name}.perturbation`);
      const options = { epsilon: iteration.epsilon, columns, clip: clipToSimplex };
      const found = await attack(mixing, noise, objective, options);
      expect(points.length).toBe(7);
      for (const [move, point] of points.slice(1).entries()) run.expectNear(point, `${name}.path.${move}`);
      const { nodes, ops = [] } = golden.manifest.config;
      const settings = { shape: { nodes, primitives: ops }, relaxation: 'softmax', zeroOneWeight: 0 } as const;
      const byObjective = createSearchObjective(settings).attacked(golden.alpha(`${name}.alpha`), {
        ...{ noise, epsilon: iteration.epsilon },
        lossAt: async (mixed) => (await engine.gradients(batches.train, mixed, { statistics: 'running' })).loss,
        gradientAt: async (mixed) => (await engine.gradients(batches.train, mixed, { statistics: 'running' })).gradient,
      });
      expect(await byObjective).toEqual(run.matrices(found.mixing));
      expect(iteration.attack.kept).toBe(true);
      run.expectNear(found.mixing, `${name}.path.6`);
      run.expectNear(found.mixing, `${name}.perturbed`);
      // Losses of running statistics in float32.
      expect(found.lossBefore).toBeCloseTo(iteration.attack.lossBefore, 4);
      expect(found.lossAfter).toBeCloseTo(iteration.attack.lossAfter, 4);

      const step = await engine.weightsStep(batches.train, run.matrices(found.mixing), run.settings);
      expect(step.loss).toBeCloseTo(iteration.train.crossEntropy, 4);
      expect(step.gradientNorm / iteration.train.gradNorm).toBeCloseTo(1, 4);
    }
    await run.expectEvalLogits();
  });
});
