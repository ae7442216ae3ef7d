import { describe, expect, it } from 'vitest';
import { ENGINES, MethodRun } from '../support/method-run.ts';

/** What the case has of an iteration: operations by cell, edge and column. */
interface Iteration {
  readonly search: { readonly crossEntropy: number };
  readonly train: { readonly crossEntropy: number; readonly gradNorm: number };
  readonly frozen: readonly (readonly [number, number, number])[];
}

describe.each(ENGINES)('OLES by PyTorch, engine %s', (kind) => {
  it('cosines of the two gradients at one w by operation, and steps on w in which operations rest', async () => {
    const run = await MethodRun.start('oles-a', kind);
    const { engine, batches, golden } = run;
    const iterations = golden.manifest.iterations as unknown as readonly Iteration[];
    const { ops = [] } = golden.manifest.config;
    const nameOf = (cell: number, edge: number, column: number): string => `cells.${cell}.edges.${edge}.${ops[column]}`;
    let resting: string[] = [];
    for (const [i, iteration] of iterations.entries()) {
      const name = `iterations.${i}`;
      const before = run.alphaBefore(i);
      const search = { weightsInto: 'search', moves: true } as const;
      const { loss, gradient } = await engine.gradients(batches.search, run.mixing(before), search);
      expect(loss).toBeCloseTo(iteration.search.crossEntropy, 4);
      run.expectNear(run.alphaGradient(before, gradient), `${name}.alphaGrads`);

      const mixing = run.mixing(golden.alpha(`${name}.alpha`));
      await engine.gradients(batches.train, mixing, { weightsInto: 'train' });
      const cosines = await engine.operationCosines('train', 'search');
      const expected = golden.tensor(`${name}.cosines`);
      for (const [j, cosine] of expected.entries()) {
        const [edge, column] = [Math.floor(j / ops.length), j % ops.length];
        const operation = nameOf(Math.floor(edge / 14), edge % 14, column);
        // What has no weights, or a halving of what is not to be frozen, has 0 in the case.
        if (ops[column] === 'sep_conv_3x3' || ops[column] === 'dil_conv_3x3') {
          expect(Math.abs(cosines[operation]! - cosine), operation).toBeLessThan(golden.tolerance(`${name}.cosines`));
        }
      }
      const step = await engine.weightsStep(batches.train, mixing, { ...run.settings, resting });
      expect(step.loss).toBeCloseTo(iteration.train.crossEntropy, 4);
      expect(step.gradientNorm / iteration.train.gradNorm).toBeCloseTo(1, 4);
      resting = iteration.frozen.map((operation) => nameOf(...operation));
    }
    expect(resting.length).toBe(67);
    await run.expectEvalLogits();
  });
});
