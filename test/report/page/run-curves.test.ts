import { describe, expect, it } from 'vitest';
import { epochSchema } from '../../../src/record/metrics-line.ts';
import { comparedCurves, runCurves } from '../../../src/report/page/run-curves.ts';

const epoch = (number: number, line: object) => epochSchema.parse({ event: 'epoch', epoch: number, ...line });

describe('the curves of a run', () => {
  it('draws only what the epochs record', () => {
    const epochs = [1, 2].map((number) => epoch(number, { weights: { loss: 2 / number }, learningRate: 0.1 }));
    expect(runCurves(epochs).map(({ heading }) => heading)).toEqual(['Losses', 'Learning rate']);
    expect(runCurves([])).toEqual([]);
  });

  it('leaves values out that a logarithmic axis cannot show', () => {
    const [noises] = runCurves([epoch(1, { noise: { offset: 0.1, effect: 0 } })]);
    expect(noises?.spec).toMatchObject({ data: { values: [{ epoch: 1, median: 0.1, name: 'offset' }] } });
  });

  it('compares groups by median and range at each epoch', () => {
    const runs = [3, 1, 2].map((loss) => [epoch(1, { weights: { loss } })]);
    const [figure, ...others] = comparedCurves([{ name: 'one', runs }]);
    expect(others).toEqual([]);
    expect(figure?.heading).toBe('Losses: train');
    expect(figure?.spec).toMatchObject({ data: { values: [{ epoch: 1, low: 1, median: 2, high: 3, name: 'one' }] } });
  });
});
