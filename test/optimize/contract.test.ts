import { describe, expect, it } from 'vitest';
import { METHOD_NAMES } from '../../src/optimize/minimize/create-optimizer.ts';
import { keepsTheContract } from './contract.ts';
import { CONTRACT_CASES } from './contract-cases.ts';

describe('the contract of all optimizers', () => {
  it('is kept by every method', () => {
    expect(new Set(CONTRACT_CASES.map(([, { method }]) => method))).toEqual(new Set(METHOD_NAMES));
  });

  describe.each(CONTRACT_CASES)('%s', (_, contractCase) => keepsTheContract(contractCase));
});
