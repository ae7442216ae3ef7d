import { expect, it } from 'vitest';
import { fairDarts } from '../../src/search/fair-darts.ts';
import { meanMixing } from '../../src/search/mean-mixing.ts';

it('means all mixing weights before discretization, and after it those that are kept', () => {
  const shape = { nodes: 1, primitives: ['skip_connect', 'sep_conv_3x3'] } as const;
  const logit = (mixing: number): number => Math.log(mixing / (1 - mixing));
  const normal = [0.9, 0.5, 0.2, 0.4]; // two edges of two primitives; only 0.9 is above the threshold
  const reduce = [0.1, 0.2, 0.3, 0.4];
  const position = Float64Array.from([...normal, ...reduce], logit);
  const { before, after } = meanMixing(fairDarts, 0.85, shape, position);
  expect(before.normal).toBeCloseTo(0.5, 12);
  expect(before.reduce).toBeCloseTo(0.25, 12);
  expect(after.normal).toBeCloseTo(0.9 / 4, 12);
  expect(after.reduce).toBe(0);
});
