import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type NoiseLevel, NoisyWells } from '../../experiments/noise/noise-objective.ts';
import { COORDINATES, LEVELS, type RuleName, runNoise } from '../../experiments/noise/noise-run.ts';
import { runNoiseComparison } from '../../experiments/noise.ts';
import { Random } from '../../src/math/random.ts';
import { mean, standardDeviation } from '../../src/math/statistics.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { parseLines, readResults, temporaryFolder } from './run-comparison.ts';

const SIZE = 20;
const NOISE: NoiseLevel = { offset: 5, paired: 0.5 };

function randomPosition(size: number, seed: number): Float64Array {
  const random = Random.fromSeed(seed, 'position');
  return Float64Array.from({ length: size }, () => -5 + 10 * random.uniform());
}

/** All coordinates in one well. */
function inWell(size: number): Float64Array {
  return new Float64Array(size).fill(Math.sqrt(8));
}

describe('the noisy objective', () => {
  it('is a pure function of position, step and seed', () => {
    const x = randomPosition(SIZE, 0);
    const [f, g] = [new NoisyWells(SIZE, NOISE, 1), new NoisyWells(SIZE, NOISE, 1)];
    const forwards = [0, 1, 2].map((step) => [f.value(x, step), f.gradient(x, step), f.perExample(x, step)]);
    const backwards = [2, 1, 0].map((step) => [g.value(x, step), g.gradient(x, step), g.perExample(x, step)]);
    expect(backwards.reverse()).toEqual(forwards);
    expect(new NoisyWells(SIZE, NOISE, 2).value(x, 0)).not.toBe(f.value(x, 0));
    expect(f.value(x, 1)).not.toBe(f.value(x, 0));
  });

  it('has the gradient of what it shows', () => {
    const f = new NoisyWells(SIZE, NOISE, 1);
    const x = randomPosition(SIZE, 1);
    const gradient = f.gradient(x, 7);
    const h = 1e-5;
    for (let i = 0; i < SIZE; i++) {
      const slope =
        (f.value(x.with(i, (x[i] as number) + h), 7) - f.value(x.with(i, (x[i] as number) - h), 7)) / (2 * h);
      expect(gradient[i]).toBeCloseTo(slope, 6); // central differences: errors of h^2 and of rounding / h
    }
  });

  it('shows the mean of its examples', () => {
    const f = new NoisyWells(SIZE, NOISE, 1);
    const x = randomPosition(SIZE, 2);
    for (const step of [0, 1]) expect(mean(f.perExample(x, step))).toBeCloseTo(f.value(x, step), 9);
  });

  it('has its noise: of a loss, and of a difference on one mini-batch', () => {
    const f = new NoisyWells(SIZE, NOISE, 1);
    const here = inWell(SIZE);
    const steps = Array.from({ length: 4000 }, (_, step) => step);
    const losses = steps.map((step) => f.value(here, step));
    const moves = [0, 5, 9].map((i) => here.with(i, -(here[i] as number)));
    const deviations = moves.map((there) =>
      standardDeviation(steps.map((step) => f.value(there, step) - f.value(here, step))),
    );
    // 512 examples are drawn once a seed: the deviation that they have is off by 3 % (one standard error).
    expect(Math.abs(standardDeviation(losses) / NOISE.offset - 1)).toBeLessThan(0.15);
    for (const deviation of deviations) expect(Math.abs(deviation / NOISE.paired - 1)).toBeLessThan(0.15);
    expect(Math.abs(mean(losses) - f.trueLoss(here))).toBeLessThan((4 * NOISE.offset) / Math.sqrt(steps.length));
  });

  it('has a true loss of 0 at its best, and the mean gain of a coordinate for its unit', () => {
    const f = new NoisyWells(SIZE, NOISE, 1);
    const descend = (start: number): Float64Array => {
      const quiet = new NoisyWells(SIZE, { offset: 0, paired: 0 }, 1);
      const x = new Float64Array(SIZE).fill(start);
      for (let step = 0; step < 2000; step++) {
        const gradient = quiet.gradient(x, 0);
        for (let i = 0; i < SIZE; i++) x[i] = (x[i] as number) - 0.1 * (gradient[i] as number);
      }
      return x;
    };
    const [low, high] = [descend(-3), descend(3)];
    const better = low.map((x, i) =>
      f.trueLoss(low) > f.trueLoss(low.with(i, high[i] as number)) ? (high[i] as number) : x,
    );
    const worse = low.map((x, i) => (better[i] === x ? (high[i] as number) : x));
    expect(f.trueLoss(better)).toBeCloseTo(0, 9);
    expect(f.trueLoss(worse)).toBeCloseTo(SIZE, 9);
  });

  it('refuses an offset smaller than its waves make', () => {
    expect(() => new NoisyWells(SIZE, { offset: 0.1, paired: 1 }, 0)).toThrow(/^offset must be at least .*, got 0.1$/);
    for (const level of Object.values(LEVELS)) expect(() => new NoisyWells(COORDINATES, level, 0)).not.toThrow();
  });
});

describe('acceptance under noise, as the table of the algorithm has it', () => {
  const finalLoss = async (level: 'B' | 'D', rule: RuleName): Promise<number> =>
    (await runNoise({ level, rule, seed: 0, steps: 15_000 })).finalLoss;

  it('at B the window undoes what Adam does, and paired acceptance finds most of the wells', async () => {
    const adam = await finalLoss('B', 'adam');
    expect(await finalLoss('B', 'window-return')).toBeGreaterThan(1.2 * adam);
    expect(await finalLoss('B', 'paired-p4')).toBeLessThan(0.3 * adam);
    expect(await finalLoss('B', 'joint-p4')).toBeLessThan(0.3 * adam);
  });

  it('at D pairing no longer helps, and a margin limits the damage', async () => {
    const [adam, paired, margin] = [
      await finalLoss('D', 'adam'),
      await finalLoss('D', 'paired-p4'),
      await finalLoss('D', 'paired-p4-margin'),
    ];
    expect(paired).toBeGreaterThan(1.2 * adam);
    expect(margin).toBeLessThan(0.8 * paired);
  });
});

describe('node experiments/noise.ts', () => {
  it('prints one object a line, rule and level, and leaves results and figures', async () => {
    const folder = temporaryFolder();
    const args = '--levels A,D --rules adam,paired-p4-margin,joint-p4 --steps 300 --seeds 2 --json --out'.split(' ');
    const { code, stdout } = await runInProcess(runNoiseComparison, [...args, folder]);
    expect(code).toBe(0);
    const lines = parseLines(stdout);
    expect(lines).toHaveLength(6);
    const spread = { median: expect.any(Number), min: expect.any(Number), max: expect.any(Number) };
    const first = { level: 'A', offset: 1.7, paired: 0.2, rule: 'adam', seeds: 2, evaluations: 300, gradients: 299 };
    expect(lines[0]).toEqual({ ...first, finalLoss: spread, acceptance: null });
    expect(lines[5]).toMatchObject({ level: 'D', rule: 'joint-p4', finalLoss: spread, acceptance: expect.any(Number) });
    expect(readResults(folder)).toHaveLength(12);
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'noise.html', 'noise.svg', 'results.jsonl']);
  });
});
