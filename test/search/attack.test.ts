import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import { attack } from '../../src/search/attack.ts';
import { clampToUnit, clipToSimplex, drawNoise } from '../../src/search/perturbation.ts';
import { flat, METHOD_UNITS } from '../support/method-units.ts';

/** The loss sum(slope * M), which records where it is asked. */
function linearObjective(slope: Float64Array) {
  const gradients: Float64Array[] = [];
  const losses: Float64Array[] = [];
  return {
    gradients,
    losses,
    gradient: async (mixing: Float64Array) => {
      gradients.push(mixing.slice());
      return slope;
    },
    loss: async (mixing: Float64Array) => {
      losses.push(mixing.slice());
      return mixing.reduce((sum, entry, i) => sum + entry * slope[i]!, 0);
    },
  };
}

describe.each(METHOD_UNITS.signAscent)('the golden attack with epsilon $epsilon', (golden) => {
  it('takes the same path, and keeps its end', async () => {
    const objective = linearObjective(flat(golden.slope));
    const options = { epsilon: golden.epsilon, columns: golden.mixing[0]!.length, clip: clipToSimplex };
    const result = await attack(flat(golden.mixing), flat(golden.start), objective, options);
    // Each move ends where the next one asks for its gradient; the last, where the loss is taken.
    const path = [...objective.gradients.slice(1), objective.losses.at(-1)!];
    expect(path).toHaveLength(golden.path.length);
    for (const [move, expected] of golden.path.entries()) {
      for (const [i, entry] of flat(expected).entries()) expect(path[move]![i]).toBeCloseTo(entry, 14);
    }
    expect(result.lossBefore).toBeCloseTo(golden.lossBefore, 14);
    expect(result.lossAfter).toBeCloseTo(golden.lossAfter, 14);
    expect(golden.kept).toBe(true);
    expect(result.mixing).toEqual(path.at(-1));
  });
});

describe('attack', () => {
  const mixing = softmaxRows([0.3, -1, 2, 0.1, 0, 0.7], 3);
  const options = { epsilon: 0.1, columns: 3, clip: clipToSimplex };
  const noise = drawNoise(Random.fromSeed(0, 'noise'), 6, 0.1);
  const slope = Float64Array.of(1, -2, 0.5, 3, 0.1, -1);

  it('never lowers the loss', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const start = drawNoise(Random.fromSeed(seed, 'noise'), 6, 0.1);
      const objective = linearObjective(slope);
      const result = await attack(mixing, start, objective, options);
      expect(await objective.loss(result.mixing)).toBeGreaterThanOrEqual(result.lossBefore!);
    }
  });

  it('gives back the mixing weights where it lowers the loss, or the loss is not a number', async () => {
    const downhill = { ...linearObjective(slope), gradient: async () => slope.map((entry) => -entry) };
    const taken = await attack(mixing, noise, downhill, options);
    expect(taken.lossAfter!).toBeLessThan(taken.lossBefore!);
    expect(taken.mixing).toEqual(mixing);
    const broken = { ...linearObjective(slope), loss: async (m: Float64Array) => (m === mixing ? 1 : Number.NaN) };
    expect((await attack(mixing, noise, broken, options)).mixing).toEqual(mixing);
  });

  it('asks for nothing where epsilon is 0', async () => {
    const objective = linearObjective(slope);
    const result = await attack(mixing, new Float64Array(6), objective, { ...options, epsilon: 0 });
    expect(result).toEqual({ mixing, lossBefore: null, lossAfter: null });
    expect([...objective.gradients, ...objective.losses]).toEqual([]);
  });

  it('leaves an entry without gradient to the clip alone', async () => {
    const objective = linearObjective(Float64Array.of(0, 1, 1, 0, 1, 1));
    const free = { epsilon: 0.1, columns: 3, clip: clampToUnit, moves: 3 };
    const result = await attack(mixing, new Float64Array(6), objective, free);
    expect(objective.gradients).toHaveLength(3);
    for (const i of [0, 3]) expect(result.mixing[i]).toBeCloseTo(mixing[i]!, 15);
    for (const i of [1, 2, 4, 5]) expect(result.mixing[i]).toBeCloseTo(Math.min(1, mixing[i]! + 0.1), 15);
  });

  it('stays in the box of epsilon where sigmoids are clamped', async () => {
    const sigmoids = Float64Array.of(0.02, 0.5, 0.97);
    const free = { epsilon: 0.05, columns: 3, clip: clampToUnit };
    const { mixing: found } = await attack(
      sigmoids,
      drawNoise(Random.fromSeed(1), 3, 0.05),
      linearObjective(Float64Array.of(-1, 1, 1)),
      free,
    );
    expect([...found].map((entry) => Number(entry.toFixed(12)))).toEqual([0, 0.55, 1]);
  });
});
