import { expect, it } from 'vitest';
import { checkFinite, DivergedError, warnOfLoss } from '../../../actors/run/diverged-error.ts';

it('its name is stable', () => {
  expect(new DivergedError('NaN').name).toBe('DivergedError');
});

it('finite values pass, and there may be none', () => {
  expect(() => checkFinite('the loss', [0, -1, Number.MAX_VALUE], 3)).not.toThrow();
  expect(() => checkFinite('the loss', [], 3)).not.toThrow();
});

it.each([Number.NaN, Infinity, -Infinity])('%d is refused with its iteration and a hint', (value) => {
  const check = () => checkFinite('the loss', Float64Array.of(1, value), 3, ': try less');
  expect(check).toThrow(DivergedError);
  expect(check).toThrow(`the loss became ${value} in iteration 3: try less`);
});

it('only a loss that is not finite is warned of', () => {
  expect(warnOfLoss('test loss', 2, 1)).toEqual([]);
  const message = 'the test loss after epoch 2 is NaN, null in the record';
  expect(warnOfLoss('test loss', 2, Number.NaN)).toEqual([{ event: 'warning', message }]);
});
