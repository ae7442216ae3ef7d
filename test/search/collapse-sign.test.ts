import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collapseSign, describeCollapse } from '../../src/search/collapse-sign.ts';
import { fairDarts } from '../../src/search/fair-darts.ts';
import { lifeOfCells } from '../../src/search/life-of-cells.ts';

/** Mean mixing weights by epoch, as searches by FairDARTS and with DSCD had them; straight lines between them. */
const COLLAPSING = { 0: 0.5, 1: 0.343, 10: 0.191, 30: 0.134, 60: 0.044 };
const LIVING = { 0: 0.5, 1: 0.475, 10: 0.438, 30: 0.389, 60: 0.37 };
const BETWEEN = { 0: 0.5, 1: 0.416, 10: 0.415, 30: 0.438, 60: 0.267 };

/** A cell at the start and after every epoch, with the means of a table. */
function cellsOf(means: Readonly<Record<number, number>>, epochs: number, connectedNodes: readonly number[] = [2]) {
  const points = Object.entries(means).map(([epoch, mean]) => [Number(epoch), mean] as const);
  return Array.from({ length: epochs + 1 }, (_, epoch) => {
    const next = Math.max(
      1,
      points.findIndex(([at]) => at >= epoch),
    );
    const [[from, low], [to, high]] = points.slice(next - 1, next + 1) as [(typeof points)[0], (typeof points)[0]];
    return { meanMixing: low + ((high - low) * (epoch - from)) / (to - from), connectedNodes };
  });
}

describe('collapseSign', () => {
  it.each([10, 30, 60])('is seen after %i epochs of a search that collapses', (epochs) => {
    expect(collapseSign(cellsOf(COLLAPSING, epochs), 4)).not.toBeNull();
  });

  it.each([5, 10, 30, 60])('is not seen after %i epochs of searches that live', (epochs) => {
    expect(collapseSign(cellsOf(LIVING, epochs), 4)).toBeNull();
    expect(collapseSign(cellsOf(BETWEEN, epochs), 4)).toBeNull();
  });

  it('compares the last mean with the largest and with that at the beginning of the last third', () => {
    const sign = collapseSign(cellsOf(COLLAPSING, 60), 4);
    expect(sign?.largest).toBe(0.5);
    expect(sign?.before).toBeCloseTo(0.134 - 0.09 / 3, 12); // epoch 40
    expect(sign?.last).toBeCloseTo(0.044, 12);
  });

  it('needs 5 epochs, a mean below half of the largest, a fall by a tenth, and an unused node', () => {
    const cells = (means: readonly number[], connectedNodes = [2, 3, 4]) =>
      means.map((meanMixing) => ({ meanMixing, connectedNodes }));
    const falling = [0.5, 0.4, 0.3, 0.25, 0.24, 0.2];
    expect(collapseSign(cells(falling), 4)).toEqual({ largest: 0.5, before: 0.25, last: 0.2 });
    expect(collapseSign(cells(falling.slice(1)), 4)).toBeNull(); // 4 epochs
    expect(collapseSign(cells([...falling.slice(0, 5), 0.25]), 4)).toBeNull(); // half
    expect(collapseSign(cells([0.5, 0.4, 0.3, 0.22, 0.21, 0.2]), 4)).toBeNull(); // less than a tenth
    expect(collapseSign(cells(falling, [2, 3, 4, 5]), 4)).toBeNull();
    expect(collapseSign([], 4)).toBeNull();
  });

  it('is never seen if the mean does not fall', () => {
    const means = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 30 });
    fc.assert(
      fc.property(means, (drawn) => {
        const rising = drawn.toSorted((a, b) => a - b).map((meanMixing) => ({ meanMixing, connectedNodes: [] }));
        expect(collapseSign(rising, 4)).toBeNull();
      }),
    );
  });
});

describe('describeCollapse', () => {
  it('names each cell that shows the sign, with its means', () => {
    const shape = { nodes: 1, primitives: ['skip_connect'] as const };
    const logit = (mixing: number): number => Math.log(mixing / (1 - mixing));
    const alphas = [0.5, 0.4, 0.3, 0.25, 0.15, 0.1].map((mixing, epoch) => ({
      epoch,
      normal: [logit(mixing), logit(mixing)],
      reduce: [0, 0],
    }));
    const life = lifeOfCells({ method: fairDarts, threshold: 0.85, shape }, alphas);
    expect(describeCollapse(life, 1)).toEqual([
      'the normal cell’s weights fall: collapse likely ' +
        '(mean mixing weight 0.500 at its largest, 0.250 a third of the epochs ago, 0.100 now)',
    ]);
    expect(describeCollapse(life.slice(0, 5), 1)).toEqual([]);
  });
});
