import { describe, expect, it } from 'vitest';
import { counted, describeDuration, describeSize, percent } from '../../src/command/format.ts';

describe('a duration', () => {
  it.each([
    [12.4, '12 s'],
    [89, '89 s'],
    [0.06, '60 ms'],
    [1.24, '1.2 s'],
    [90, '1.5 min'],
    [2400, '40 min'],
    [5400, '1.5 h'],
    [36 * 3600, '36 h'],
    [10 * 86_400, '10 days'],
    [3.25 * 365 * 86_400, '3.3 years'],
  ])('of %d seconds reads %s', (seconds, text) => {
    expect(describeDuration(seconds)).toBe(text);
  });
});

describe('numbers in words', () => {
  it('are sizes in thousands or millions, with three digits or more', () => {
    expect(describeSize(3214, 105e6)).toBe('3.21 k weights, 105.0 M multiply-adds a picture');
  });

  it('are counts of things, of which one has no plural', () => {
    expect([0, 1, 1500].map((count) => counted(count, 'epoch'))).toEqual(['0 epochs', '1 epoch', '1,500 epochs']);
  });

  it('are percentages', () => {
    expect(percent(0.8125)).toBe('81.3 %');
  });
});
