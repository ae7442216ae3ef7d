import { describe, expect, it } from 'vitest';
import { type DscdOptions, resolveDscdOptions } from '../../../src/optimize/dscd/dscd-options.ts';

describe('resolveDscdOptions', () => {
  it('is the paper without options', () => {
    expect(resolveDscdOptions()).toEqual({
      domain: [-5, 5],
      acceptance: 'window',
      window: 1000,
      onReject: 'return',
      margin: 0,
      proposals: 1,
      selection: 'best',
    });
  });

  it('stays after rejections where acceptance is paired', () => {
    expect(resolveDscdOptions({ acceptance: 'paired' }).onReject).toBe('stay');
    expect(resolveDscdOptions({ acceptance: 'paired', onReject: 'stay', margin: 1 }).margin).toBe(1);
  });

  it('takes what it returned', () => {
    const resolved = resolveDscdOptions({ acceptance: 'paired', proposals: 4 });
    expect(resolveDscdOptions(resolved)).toEqual(resolved);
  });

  it.each([
    [{ acceptance: 'paired', onReject: 'return' }, 'onReject must be stay where acceptance is paired, got return'],
    [{ margin: 0.5 }, 'margin must be 0 where acceptance is window, got 0.5'],
    [{ acceptance: 'paired', margin: -1 }, 'margin must be finite and at least 0, got -1'],
    [{ domain: [1, 1] }, 'domain must be two finite numbers, the lower first, got [1, 1]'],
    [{ domain: [0, Infinity] }, 'domain must be two finite numbers, the lower first, got [0, Infinity]'],
    [{ proposals: 0 }, 'proposals must be a positive integer, got 0'],
    [{ window: 0.5 }, 'window must be a positive integer, got 0.5'],
    [{ selection: 'last' as 'first' }, 'selection must be best or first, got last'],
    [{ acceptance: 'always' as 'window' }, 'acceptance must be window or paired, got always'],
  ] as [DscdOptions, string][])('refuses %j', (options, message) => {
    expect(() => resolveDscdOptions(options)).toThrow(new RangeError(message));
  });
});
