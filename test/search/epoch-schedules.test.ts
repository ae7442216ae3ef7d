import { describe, expect, it } from 'vitest';
import {
  auxiliarySkipWeight,
  dropProbability,
  perturbationSize,
  temperature,
} from '../../src/search/epoch-schedules.ts';
import { METHOD_UNITS } from '../support/method-units.ts';

const { auxiliarySkip, perturbation, temperature: tau, dropPath } = METHOD_UNITS.schedules;

describe.each([
  ['beta, linear', auxiliarySkip.linear, (epoch: number) => auxiliarySkipWeight(epoch, 50)],
  ['beta, cosine', auxiliarySkip.cosine, (epoch: number) => auxiliarySkipWeight(epoch, 50, 'cosine')],
  ['epsilon', perturbation, (epoch: number) => perturbationSize(epoch, 50)],
  ['tau', tau.values, (epoch: number) => temperature(epoch, tau.epochs)],
  ['drop probability', dropPath.values, (epoch: number) => dropProbability(epoch, 50, dropPath.largest)],
] as const)('%s', (_, values, schedule) => {
  it('has the value of every epoch that the authors’ code has', () => {
    expect(values.length).toBeGreaterThanOrEqual(50);
    for (const [epoch, value] of values.entries()) expect(schedule(epoch)).toBeCloseTo(value, 13);
  });
});

it('starts every schedule of a single epoch at its first value', () => {
  expect([auxiliarySkipWeight(0, 1), auxiliarySkipWeight(0, 1, 'cosine')]).toEqual([1, 1]);
  expect([perturbationSize(0, 1), temperature(0, 1), dropProbability(0, 1, 0.5)]).toEqual([0.03, 10, 0]);
});
