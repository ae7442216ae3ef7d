import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlphaFile, readAlphaBefore } from '../../src/record/alpha-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  path = join(folder, 'alpha-steps.f64');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('AlphaFile', () => {
  it('gives back every bit of alpha before each step, from whichever step on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((size) => {
          const value = fc.double({ noNaN: true });
          return fc.array(fc.array(value, { minLength: size, maxLength: size }), { minLength: 1, maxLength: 6 });
        }),
        fc.nat(100_000),
        (alphas, first) => {
          rmSync(path, { force: true });
          const size = alphas[0]?.length ?? 0;
          const file = new AlphaFile(path, size);
          for (const [i, alpha] of alphas.entries()) file.append(first + i, Float64Array.from(alpha));
          file.close();
          for (const [i, alpha] of alphas.entries()) {
            expect(readAlphaBefore(path, size, first + i)).toEqual(Float64Array.from(alpha));
          }
          expect(readAlphaBefore(path, size, first - 1)).toBe(null);
          expect(readAlphaBefore(path, size, first + alphas.length)).toBe(null);
        },
      ),
    );
  });

  it('finds a record among iterations with gaps, and nothing in a gap', () => {
    const iterations = fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(iterations, (unordered) => {
        rmSync(path, { force: true });
        const file = new AlphaFile(path, 2);
        const noted = new Set(unordered.toSorted((a, b) => a - b));
        for (const iteration of noted) file.append(iteration, Float64Array.of(iteration, -iteration));
        file.close();
        for (let iteration = 0; iteration <= 61; iteration++) {
          const expected = noted.has(iteration) ? Float64Array.of(iteration, -iteration) : null;
          expect(readAlphaBefore(path, 2, iteration)).toEqual(expected);
        }
      }),
    );
  });

  it('keeps a copy: what becomes of alpha after it was handed over is of no matter', () => {
    const file = new AlphaFile(path, 2);
    const alpha = Float64Array.of(1, 2);
    file.append(0, alpha);
    alpha.fill(9);
    file.flush();
    expect(readAlphaBefore(path, 2, 0)).toEqual(Float64Array.of(1, 2));
    file.close();
  });

  it('takes back what came after a checkpoint, and what a crash left of a last record', () => {
    const file = new AlphaFile(path, 1);
    file.append(0, Float64Array.of(0.5));
    const length = file.sync();
    file.append(1, Float64Array.of(7));
    file.close();
    appendFileSync(path, Buffer.alloc(5));

    const again = new AlphaFile(path, 1);
    expect(again.rewind(length + 100)).toBe(100 - 16); // the whole records stay
    expect(statSync(path).size).toBe(32);
    again.rewind(length);
    again.append(1, Float64Array.of(-1));
    again.close();
    expect(readAlphaBefore(path, 1, 0)).toEqual(Float64Array.of(0.5));
    expect(readAlphaBefore(path, 1, 1)).toEqual(Float64Array.of(-1));
  });

  it('tells nothing where there is no file, an empty one, or only a part of the record', () => {
    expect(readAlphaBefore(path, 1, 0)).toBe(null);
    const file = new AlphaFile(path, 1);
    expect(readAlphaBefore(path, 1, 0)).toBe(null);
    file.append(0, Float64Array.of(1));
    file.close();
    appendFileSync(path, Buffer.from(Float64Array.of(1).buffer));
    expect(readAlphaBefore(path, 1, 1)).toBe(null);
  });
});
