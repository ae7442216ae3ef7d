import { describe, expect, it } from 'vitest';
import { flagName, quote } from '../../src/options/flag-text.ts';

describe('the flag of an option', () => {
  it.each([
    ['seed', 'seed'],
    ['trainSize', 'train-size'],
    ['weightsLearningRateEnd', 'weights-learning-rate-end'],
  ])('%s is --%s', (option, flag) => {
    expect(flagName(option)).toBe(flag);
  });
});

describe.runIf(process.platform !== 'win32')('a path', () => {
  it.each([
    ['runs/2026-11-25', 'runs/2026-11-25'],
    ['a folder', "'a folder'"],
    ["it's", "'it'\\''s'"],
    ['$(x)', "'$(x)'"],
  ])('%s is given to a shell as %s', (path, quoted) => {
    expect(quote(path)).toBe(quoted);
  });
});
