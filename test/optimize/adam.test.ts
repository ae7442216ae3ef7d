import { describe, expect, it } from 'vitest';
import { Adam } from '../../src/optimize/adam.ts';

const near = (values: readonly number[], digits: number) => values.map((value) => expect.closeTo(value, digits));

describe('Adam', () => {
  it('moves by the learning rate against the gradient in its first step', () => {
    const position = Float64Array.of(1, -2, 0);
    new Adam(3, { learningRate: 0.1 }).step(position, Float64Array.of(1e-3, -50, 0));
    // Bias correction makes the first step lr * g / (|g| + epsilon).
    expect([...position]).toEqual(near([1 - (0.1 * 1e-3) / (1e-3 + 1e-8), -1.9, 0], 10));
  });

  it('follows three steps of PyTorch with coupled weight decay', () => {
    // Four of the 98 alphas of a normal cell in a trace of three FairDARTS search iterations, computed in float64 by
    // PyTorch's Adam (lr 3e-3, betas 0.9 and 0.999, weight decay 1e-3) and stored as float32.
    const start = [-0.2014799416065216, -0.9149811863899231, 0.06396845728158951, 0.1312093585729599];
    const gradients = [
      [0.03426297754049301, -0.017211491242051125, 0.09729459881782532, -0.0009635065216571093],
      [-0.07462862879037857, -0.07763867825269699, 0.043523695319890976, 0.012212403118610382],
      [-0.07036423683166504, -0.0207068994641304, 0.04525403678417206, 0.03972502052783966],
    ];
    const after = [
      [-0.20447994768619537, -0.9119811654090881, 0.06096845865249634, 0.13420931994915009],
      [-0.20328034460544586, -0.9093540906906128, 0.05822135880589485, 0.13211709260940552],
      [-0.20132829248905182, -0.90689617395401, 0.0555172823369503, 0.12980742752552032],
    ];
    const position = Float64Array.from(start);
    const adam = new Adam(4, { learningRate: 3e-3, weightDecay: 1e-3 });
    for (const [i, gradient] of gradients.entries()) {
      adam.step(position, Float64Array.from(gradient));
      // The data is rounded to float32: 6e-8 at a magnitude of 1.
      for (const [j, x] of after[i]!.entries()) expect(Math.abs(position[j]! - x)).toBeLessThan(1e-7);
    }
  });

  it('follows the textbook with any betas, epsilon and learning rate of the step', () => {
    const [beta1, beta2, epsilon, weightDecay] = [0.5, 0.9, 0.01, 0.1];
    const adam = new Adam(1, { learningRate: 1, beta1, beta2, epsilon, weightDecay });
    const position = Float64Array.of(2);
    let [x, m, v] = [2, 0, 0];
    for (let t = 1; t <= 20; t++) {
      const gradient = Math.sin(t);
      const learningRate = 1 / t;
      adam.step(position, Float64Array.of(gradient), learningRate);
      const g = gradient + weightDecay * x;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g ** 2;
      x -= (learningRate * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      expect(position[0]).toBeCloseTo(x, 13);
    }
  });

  it('continues exactly after save and restore, and leaves the saved state unchanged', () => {
    const run = (adam: Adam, position: Float64Array, from: number): Float64Array => {
      for (let t = from; t < from + 10; t++)
        adam.step(
          position,
          position.map((x, i) => Math.sin(x + t + i)),
        );
      return position;
    };
    const adam = new Adam(3, { learningRate: 0.1, weightDecay: 0.01 });
    const position = run(adam, Float64Array.of(1, 2, 3), 0);
    const state = adam.save();
    const kept = structuredClone(state);
    const restored = new Adam(3, { learningRate: 0.1, weightDecay: 0.01 });
    restored.restore(kept);
    expect(run(restored, position.slice(), 10)).toEqual(run(adam, position.slice(), 10));
    expect(restored.save()).toEqual(adam.save());
    expect(kept).toEqual(state);
  });

  it('refuses options out of range, and other numbers of coordinates', () => {
    expect(() => new Adam(1, { learningRate: -1 })).toThrow('learningRate must be finite and at least 0, got -1');
    expect(() => new Adam(1, { learningRate: 1, beta2: 1 })).toThrow('beta2 must be at least 0 and below 1, got 1');
    const adam = new Adam(2, { learningRate: 1 });
    expect(() => adam.step(new Float64Array(2), new Float64Array(3))).toThrow(
      'position and gradient must have 2 coordinates, got 2 and 3',
    );
    expect(() => adam.restore(new Adam(3, { learningRate: 1 }).save())).toThrow(
      'saved moments must have 2 coordinates, got 3 and 3',
    );
  });
});
