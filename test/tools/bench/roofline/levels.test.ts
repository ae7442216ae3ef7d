import { expect, it } from 'vitest';
import { builtKernels } from '../../../../src/engine/cpu/run/kernels.ts';
import { measureLevels } from '../../../../tools/bench/roofline/levels.ts';

it.each(builtKernels())(
  '%s kernels measure every level, from the smallest to that which holds all',
  async (kernels) => {
    const levels = await measureLevels(kernels, 2);
    expect(levels.map(({ name }) => name)).toEqual(['L1', 'L2', 'L3', 'memory']);
    expect(levels.map(({ holds }) => holds)).toEqual([2 ** 15, 2 ** 20, 2 ** 24, Number.POSITIVE_INFINITY]);
    for (const { readMs, writeMs } of levels) {
      expect(readMs).toBeGreaterThan(0);
      expect(writeMs).toBeGreaterThanOrEqual(readMs);
      expect(writeMs).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  },
);
