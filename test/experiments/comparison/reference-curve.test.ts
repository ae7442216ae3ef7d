import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectAccuracy, readReferences } from '../../../experiments/comparison/reference-curve.ts';
import { Random } from '../../../src/math/random.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';

const random = (): Random => Random.fromSeed(0, 'test');

describe('the accuracy to expect of a random cell', () => {
  it('is on the line of accuracy over the logarithm of the parameters', () => {
    const references = [1, 10, 100, 1000].map((parameters, i) => ({ parameters, accuracy: 0.5 + 0.1 * i }));
    const expected = expectAccuracy(references, 10 ** 1.5, random());
    expect(expected).toEqual({
      mean: expect.closeTo(0.65, 12),
      low: expect.closeTo(0.65, 12),
      high: expect.closeTo(0.65, 12),
      sd: expect.closeTo(0, 12),
      inside: true,
    });
    expect(expectAccuracy(references, 10_000, random())).toMatchObject({
      mean: expect.closeTo(0.9, 12),
      inside: false,
    });
    expect(expectAccuracy(references, 1000, random())?.inside).toBe(true);
  });

  it('is the least-squares line, by hand', () => {
    // In x = 0, 1, 2 and y = 1, 2, 6: slope 5/2, mean 3; residuals 1/2, -1, 1/2 with the divisor 1.
    const references = [1, 2, 6].map((accuracy, i) => ({ parameters: Math.exp(i), accuracy }));
    const expected = expectAccuracy(references, Math.exp(2), random());
    expect(expected).toMatchObject({ mean: expect.closeTo(5.5, 12), sd: expect.closeTo(Math.sqrt(1.5), 12) });
  });

  it('has an interval that narrows with more cells, and is the same for the same generator', () => {
    const noise = Random.fromSeed(1, 'noise');
    const cells = Array.from({ length: 160 }, () => {
      const parameters = 1e5 * 10 ** noise.uniform();
      return { parameters, accuracy: 0.6 + 0.05 * Math.log10(parameters / 1e5) + 0.02 * noise.normal() };
    });
    const widthOf = (count: number): number => {
      const expected = expectAccuracy(cells.slice(0, count), 3e5, random());
      if (expected === null) throw new Error('there must be a line');
      expect(expected.low).toBeLessThanOrEqual(expected.mean);
      expect(expected.high).toBeGreaterThanOrEqual(expected.mean);
      return expected.high - expected.low;
    };
    expect(widthOf(160)).toBeLessThan(widthOf(10));
    expect(widthOf(10)).toBe(widthOf(10));
    // The noise of single cells was 0.02: its estimate from 160 has a standard error of 6%.
    expect(expectAccuracy(cells, 3e5, random())?.sd).toBeCloseTo(0.02, 2);
  });

  it('is null without three sizes', () => {
    const two = [1, 1, 2].map((parameters) => ({ parameters, accuracy: 0.5 }));
    expect(expectAccuracy(two, 1, random())).toBeNull();
    expect(expectAccuracy([], 1, random())).toBeNull();
  });
});

describe('references.json', () => {
  it('is refused where it is missing or damaged', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lesslocal-references-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'references.json');
    expect(() => readReferences(path)).toThrow(RunFolderError);
    writeFileSync(path, '{"training": "short", "references": [{"cell": "c", "parameters": 0, "accuracy": 1}]}');
    expect(() => readReferences(path)).toThrow(`${path} holds no references`);
    const whole = { training: 'short', references: [{ cell: 'c', parameters: 5, accuracy: 1 }] };
    writeFileSync(path, JSON.stringify(whole));
    expect(readReferences(path)).toEqual(whole);
  });
});
