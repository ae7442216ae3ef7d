import { describe, expect, it } from 'vitest';
import { createOptimizer, METHOD_NAMES, type MethodName } from '../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../src/optimize/minimize/minimize-options.ts';
import type { Optimizer } from '../../src/optimize/optimizer.ts';
import type { Ranges } from '../../src/optimize/range/range.ts';
import { STYBLINSKI_TANG } from '../../src/optimize/test-functions/test-functions.ts';
import { CONTRACT_CASES } from './contract-cases.ts';
import { evaluatePoints } from './evaluate-points.ts';

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));

const OBJECTIVE = {
  value: STYBLINSKI_TANG.value,
  gradient: STYBLINSKI_TANG.gradient,
  perExample: (x: Float64Array) => [-1, 0, 1].map((k) => STYBLINSKI_TANG.value(x) + k * x[0]!),
};

const BOUNDS: [string, (coordinates: number) => Ranges][] = [
  ['[-5, 5]', () => [-5, 5]],
  ['[1, 3]', () => [1, 3]],
  ['ranges that are open, of integers and of categories', mixedRanges],
];

function mixedRanges(coordinates: number): Ranges {
  const kinds = [
    [-2, Infinity],
    { low: -5, high: 4, integer: true },
    { categories: 3 },
    [-Infinity, Infinity],
  ] as const;
  return Array.from({ length: coordinates }, (_, i) => kinds[i % kinds.length]!);
}

/** Takes steps, some of them with losses that are not finite. */
function advance(optimizer: Optimizer, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    const evaluations = evaluatePoints(OBJECTIVE, optimizer.ask(step / 100));
    optimizer.tell(step % 7 === 3 ? evaluations.map((one) => ({ ...one, loss: Number.NaN })) : evaluations);
  }
}

describe('a saved state', () => {
  describe.each(CONTRACT_CASES)('of %s', (_, { method, options = {} }) => {
    const create = (coordinates: number, seed: number, bounds: Ranges): Optimizer =>
      createOptimizer(method, { ...options, start: new Float64Array(coordinates).fill(2), seed, bounds });

    it.each(BOUNDS)('survives JSON to the bit, before and between ask and tell, on %s', (_, boundsOf) => {
      for (const [coordinates, steps] of [
        [1, 0],
        [1, 9],
        [4, 25],
      ] as const) {
        const optimizer = create(coordinates, 0, boundsOf(coordinates));
        advance(optimizer, 0, steps);
        for (const pending of [false, true]) {
          if (pending) optimizer.ask(steps / 100);
          const other = create(coordinates, 1, boundsOf(coordinates));
          other.restore(throughJson(optimizer.save()));
          expect(other.save()).toEqual(optimizer.save());
          if (!pending) continue;
          advance(optimizer, steps, steps + 10);
          advance(other, steps, steps + 10);
          expect(other.save()).toEqual(optimizer.save());
          expect(other.position).toEqual(optimizer.position);
        }
      }
    });
  });

  it.each(METHOD_NAMES)('of %s names version and method, and is refused by every other', (method) => {
    const create = (name: MethodName) => createOptimizer(name, { start: [1, 2] });
    const state = create(method).save();
    const { version, method: named } = state;
    expect([version, named]).toEqual([1, method]);
    for (const other of METHOD_NAMES) {
      if (other === method) continue;
      const message = `the saved method must be ${other}, got ${method}`;
      expect(() => create(other).restore(state)).toThrow(new RangeError(message));
    }
    const refuse = (changed: object): unknown => {
      try {
        create(method).restore(changed);
      } catch (error) {
        return error;
      }
      return expect.unreachable();
    };
    for (const version of [2, 0, '1', undefined]) {
      expect(refuse({ ...state, version })).toEqual(
        new RangeError(`the saved state must be of version 1, got ${version}`),
      );
    }
    for (const none of [null, {}, [], 'state']) {
      expect(refuse(none as object)).toEqual(new RangeError('the saved state must be of version 1, got undefined'));
    }
    for (const damaged of [undefined, null, {}]) {
      const error = refuse({ ...state, state: damaged }) as Error;
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(/^the saved /);
    }
  });

  describe.each(METHOD_NAMES)('of %s', (method) => {
    it.each([1, 1000])(
      'with %i coordinates survives JSON in a run, whose points stay in the bounds',
      async (coordinates) => {
        const seen = { least: Infinity, most: -Infinity };
        const objective = {
          ...OBJECTIVE,
          value(x: Float64Array): number {
            for (const one of x) {
              seen.least = Math.min(seen.least, one);
              seen.most = Math.max(seen.most, one);
            }
            return OBJECTIVE.value(x);
          },
        };
        const bounds = [-1, 2] as const;
        const common: MinimizeOptions = { evaluations: 60, method, coordinates, bounds };
        const whole = await minimize(objective, common);
        const controller = new AbortController();
        const onProgress = ({ evaluations }: { evaluations: number }): void => {
          if (evaluations >= 20) controller.abort();
        };
        const half = await minimize(objective, { ...common, signal: controller.signal, onProgress });
        expect(half.stopped).toBe('aborted');
        expect(await minimize(objective, { ...common, resume: throughJson(half.state) })).toEqual(whole);
        expect(whole.bestLoss).toBeLessThan(Infinity);
        expect(seen.least).toBeGreaterThanOrEqual(-1);
        expect(seen.most).toBeLessThanOrEqual(2);
      },
    );
  });

  it('of a run names version and method, and is refused if they are others', async () => {
    const { state } = await minimize(OBJECTIVE, { start: [1, 2], evaluations: 20, method: 'dscd' });
    expect(state).toMatchObject({ version: 1, method: 'dscd', optimizer: { version: 1, method: 'dscd' } });
    const resume = (changed: object) =>
      minimize(OBJECTIVE, { start: [1, 2], evaluations: 20, method: 'dscd', resume: { ...state, ...changed } });
    await expect(resume({ version: 2 })).rejects.toThrow('the saved state must be of version 1, got 2');
    await expect(resume({ method: 'uniform' })).rejects.toThrow('the saved method must be dscd, got uniform');
    const none = { start: [1, 2], evaluations: 20, method: 'dscd', resume: null as never } as const;
    await expect(minimize(OBJECTIVE, none)).rejects.toThrow('the saved state must be of version 1, got undefined');
  });

  it('of an optimizer of your own is packed in the state of a run, and unpacked to resume', async () => {
    const restored: object[] = [];
    class Walk implements Optimizer {
      readonly position = Float64Array.of(-0, Number.MIN_VALUE);
      ask = () => [{ position: this.position, gradient: false, perExample: false }];
      tell = () => this.position.set(this.position.map((x) => x + 1));
      save = () => ({ position: this.position.slice(), list: [Number.NaN, -0], $number: 1 });
      restore(state: { position: Float64Array }): void {
        restored.push(state);
        this.position.set(state.position);
      }
    }
    const objective = (x: Float64Array): number => x[0]!;
    const { state } = await minimize(objective, { evaluations: 5, method: new Walk() });
    const options = { evaluations: 8, bounds: [-9, 9], method: new Walk(), resume: throughJson(state) } as const;
    const resumed = await minimize(objective, options);
    expect(restored).toEqual([{ position: Float64Array.of(4, 4), list: [Number.NaN, -0], $number: 1 }]);
    expect(resumed).toMatchObject({ evaluations: 8, finalPosition: Float64Array.of(6, 6) });
    class Mapped extends Walk {
      override save = () => new Map() as never;
    }
    await expect(minimize(objective, { evaluations: 5, method: new Mapped() })).rejects.toThrow(
      'a saved state must be plain data and typed arrays, got an object of class Map as the state',
    );
  });
});
