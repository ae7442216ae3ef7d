import { describe, expect, it } from 'vitest';
import {
  alternationRules,
  checkStepOptions,
  type DscdOptions,
  defaultStepOptions,
  dscdRules,
  idleStepOptions,
  resolveAlternation,
  resolveDscdOptions,
} from '../../../src/optimize/dscd/dscd-options.ts';

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
      discreteFrom: 1,
    });
  });

  it('stays after rejections if acceptance is paired', () => {
    expect(resolveDscdOptions({ acceptance: 'paired' }).onReject).toBe('stay');
    expect(resolveDscdOptions({ acceptance: 'paired', onReject: 'stay', margin: 1 }).margin).toBe(1);
  });

  it('takes what it returned', () => {
    const resolved = resolveDscdOptions({ acceptance: 'paired', proposals: 4 });
    expect(resolveDscdOptions(resolved)).toEqual(resolved);
  });

  it.each([
    [{ acceptance: 'paired', onReject: 'return' }, 'onReject must be stay if acceptance is paired, got return'],
    [{ margin: 0.5 }, 'margin must be 0 if acceptance is window, got 0.5'],
    [{ acceptance: 'never', margin: 1 }, 'margin must be 0 if acceptance is never, got 1'],
    [{ acceptance: 'paired', margin: -1 }, 'margin must be finite and at least 0, got -1'],
    [{ domain: [1, 1] }, 'domain must be two finite numbers, the lower first, got [1, 1]'],
    [{ domain: [0, Infinity] }, 'domain must be two finite numbers, the lower first, got [0, Infinity]'],
    [{ proposals: 0 }, 'proposals must be an integer from 1 to 10000, got 0'],
    [{ window: 0.5 }, 'window must be a positive integer, got 0.5'],
    [{ discreteFrom: 2 }, 'discreteFrom must be from 0 to 1, got 2'],
    [{ selection: 'last' as 'first' }, 'selection must be best or first, got last'],
    [{ acceptance: 'always' as 'window' }, 'acceptance must be window, paired or never, got always'],
  ] as [DscdOptions, string][])('refuses %j', (options, message) => {
    expect(() => resolveDscdOptions(options)).toThrow(new RangeError(message));
  });
});

describe('defaultStepOptions', () => {
  it('has every option of the two tables, and depends on mode and acceptance', () => {
    const names = Object.keys({ ...alternationRules, ...dscdRules }).toSorted();
    expect(Object.keys(defaultStepOptions()).toSorted()).toEqual(names);
    expect(defaultStepOptions()).toMatchObject({ mode: 'alternating', acceptance: 'window', onReject: 'return' });
    expect(defaultStepOptions({ mode: 'joint' })).toMatchObject({ acceptance: 'paired', onReject: 'stay' });
    expect(defaultStepOptions({ acceptance: 'paired' }).onReject).toBe('stay');
    expect(defaultStepOptions({ acceptance: 'never' }).onReject).toBe('return');
  });
});

describe('resolveAlternation', () => {
  it('is Algorithm 1 of the paper without options', () => {
    expect(resolveAlternation({})).toEqual({ mode: 'alternating', minSteps: 10, switch: 'stalled' });
    expect(resolveAlternation({ mode: 'joint', alternation: { minSteps: 3 } })).toMatchObject({ minSteps: 3 });
  });

  it('refuses what breaks a rule', () => {
    const refused = () => resolveAlternation({ alternation: { minSteps: 0.5 } });
    expect(refused).toThrow(new RangeError('minSteps must be a positive integer, got 0.5'));
  });
});

describe('checkStepOptions', () => {
  it.each([
    [{ mode: 'joint', onReject: 'stay' }, 'acceptance must be paired if mode is joint, got window'],
    [{ mode: 'joint', acceptance: 'never' }, 'acceptance must be paired if mode is joint, got never'],
    [{ acceptance: 'never', window: 20 }, 'window must be greater than 2 * minSteps = 20, got 20'],
    [{ window: 20 }, 'window must be greater than 2 * minSteps = 20, got 20'],
    [{ margin: 1 }, 'margin must be 0 if acceptance is window, got 1'],
  ] as const)('refuses %j', (change, message) => {
    expect(() => checkStepOptions({ ...defaultStepOptions(), ...change })).toThrow(new RangeError(message));
  });

  it('lets the defaults of either mode be', () => {
    for (const given of [{}, { mode: 'joint' }, { acceptance: 'paired' }, { acceptance: 'never' }] as const) {
      expect(() => checkStepOptions({ ...defaultStepOptions(given), ...given })).not.toThrow();
    }
  });
});

describe('idleStepOptions', () => {
  it('gives the reason of each', () => {
    expect([...idleStepOptions({ alphaMoves: 'local+global', mode: 'joint', acceptance: 'paired' })]).toEqual([
      ['window', 'acceptance is paired'],
      ['minSteps', 'mode is joint'],
      ['switch', 'mode is joint'],
    ]);
    expect([...idleStepOptions({ alphaMoves: 'local+global', acceptance: 'never' })]).toEqual([
      ['selection', 'acceptance is never'],
    ]);
    expect(idleStepOptions({ method: 'darts', alphaMoves: 'local' }).get('domain')).toBe('darts has no DSCD');
    expect(idleStepOptions({ method: 'random', alphaMoves: 'none' }).has('domain')).toBe(false);
    expect(idleStepOptions({}).size).toBe(0);
  });
});
