import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTfjsEngine } from '../../src/engine/tfjs/tfjs-engine.ts';
import { GoldenCase } from '../../tools/golden/golden-case.ts';
import { checkDiscretize, checkGolden, type MaxErrors } from '../../tools/golden/golden-check.ts';
import { checkMethod } from '../../tools/golden/method-check.ts';
import { METHOD_CASES } from '../support/method-cases.ts';

const FOLDER = 'test/golden';

async function check(name: string): Promise<MaxErrors> {
  const golden = new GoldenCase(join(FOLDER, name));
  const engine = await createTfjsEngine(golden.graph(), { backend: 'wasm' });
  const errors = await checkGolden(golden, engine);
  engine.dispose();
  return errors;
}

describe('PyTorch’s values', () => {
  it.each(['case-a', 'case-b', 'case-c'])('of %s: every tensor within 1e-4 of its largest magnitude', async (name) => {
    const errors = await check(name);
    expect(Object.keys(errors).toSorted()).toEqual(['activations', 'alphaGrads', 'logits', 'losses', 'weightGrads']);
    // What float32 is good for in one pass; typical mistakes are off by 1e-3 to 1.
    for (const error of Object.values(errors)) expect(error).toBeLessThan(1e-4);
  });

  it('of trace-a: three iterations within 1e-5', async () => {
    const errors = await check('trace-a');
    expect(Object.keys(errors).toSorted()).toEqual(['alphaGrads', 'logits', 'losses', 'trace']);
    // Leaving out the weights' decay, for instance, is off by 4e-5.
    for (const error of Object.values(errors)) expect(error).toBeLessThan(1e-5);
  });

  it.each(METHOD_CASES)('of methods/%s: each tensor as it allows', async (name) => {
    const golden = new GoldenCase(join(FOLDER, 'methods', name));
    const engine = await createTfjsEngine(golden.graph(), { backend: 'wasm' });
    const errors = Object.entries(await checkMethod(golden, engine));
    engine.dispose();
    expect(errors.length).toBeGreaterThanOrEqual(name === 'curvature-a' ? 7 : 20);
    for (const [tensor, error] of errors) expect(error, tensor).toBeLessThan(golden.tolerance(tensor));
  });

  it('of discretize.json: the same cells', () => {
    const { cases, differences } = checkDiscretize(join(FOLDER, 'discretize.json'));
    expect(cases).toBe(19);
    expect(differences).toEqual([]);
  });

  it('are not reached with one weight moved by 1e-2', async () => {
    class Moved extends GoldenCase {
      override weights(file?: string): Record<string, Float32Array> {
        const weights = super.weights(file);
        const scales = weights['stem.bn.weight'] as Float32Array;
        if (file === undefined) scales[0] = (scales[0] as number) + 1e-2;
        return weights;
      }
    }
    const golden = new Moved(join(FOLDER, 'case-a'));
    const engine = await createTfjsEngine(golden.graph(), { backend: 'wasm' });
    const errors = await checkGolden(golden, engine);
    engine.dispose();
    for (const error of Object.values(errors)) expect(error).toBeGreaterThan(1e-4);
  });
});

describe('tools/golden.ts', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, ['tools/golden.ts', ...args], { encoding: 'utf8' });

  it('prints a JSON line for each case, and exits with 0', () => {
    const { status, stdout, stderr } = run(FOLDER);
    expect(stderr).toBe('');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const cases = ['case-a', 'case-b', 'case-c', 'trace-a'];
    const discretize = join(FOLDER, 'discretize.json');
    expect(lines.map((line) => line.case)).toEqual([...cases.slice(0, 3), discretize, ...METHOD_CASES, 'trace-a']);
    for (const line of lines.filter(({ case: name }) => name !== discretize)) {
      expect(line).toEqual({ case: line.case, engine: 'tfjs', backend: 'wasm', maxError: expect.any(Object) });
      for (const [tensor, error] of Object.entries(line.maxError)) {
        // Derivatives by differences of gradients are off by more, in float64 too.
        expect(error, tensor).toBeLessThan(/Exact|Eigenvalue/.test(tensor) ? 1e-3 : 1e-4);
      }
    }
    expect(lines[3]).toEqual({ case: discretize, cases: 19, differences: [] });
    expect(status).toBe(0);
  });

  it('exits with 1 where an error is above the tolerance', () => {
    const { status, stdout } = run(join(FOLDER, 'case-a'), '--tolerance', '1e-12');
    expect(JSON.parse(stdout).case).toBe('case-a');
    expect(status).toBe(1);
  });

  it('exits with 2 where a folder has no golden files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'golden-'));
    const { status, stdout, stderr } = run(folder);
    rmSync(folder, { recursive: true });
    expect(stdout).toBe('');
    expect(stderr).toContain(`no manifest.json or discretize.json below ${folder}`);
    expect(status).toBe(2);
  });
});
