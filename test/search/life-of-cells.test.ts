import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveCells } from '../../src/search/derive.ts';
import { fairDarts } from '../../src/search/fair-darts.ts';
import { lifeOfCells, lifeOfRecord } from '../../src/search/life-of-cells.ts';
import { countSkips } from '../../src/search/skips.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import type { GenotypeEntry } from '../../src/space/genotype.ts';

const logit = (mixing: number): number => Math.log(mixing / (1 - mixing));

/** A space of two nodes and one operation: edges 0-2, 1-2, 0-3, 1-3, 2-3. */
const shape = { nodes: 2, primitives: ['skip_connect'] as const };
const derivation = { method: fairDarts, threshold: 0.85, shape };

const EMPTY = [0.5, 0.5, 0.5, 0.5, 0.5];

function atEpoch(epoch: number, normal: readonly number[], reduce: readonly number[] = EMPTY) {
  return { epoch, normal: normal.map(logit), reduce: reduce.map(logit) };
}

const skip = (from: number, to: number): GenotypeEntry => ({ primitive: 'skip_connect', from, to });

describe('lifeOfCells', () => {
  it('tells which operations entered and left, which nodes are used, and the mean mixing weight', () => {
    const life = lifeOfCells(derivation, [
      atEpoch(0, EMPTY),
      atEpoch(1, [0.9, 0.5, 0.5, 0.5, 0.9]),
      atEpoch(2, [0.5, 0.9, 0.5, 0.5, 0.9]),
      atEpoch(3, [0.5, 0.9, 0.5, 0.5, 0.9]),
      atEpoch(4, [0.1, 0.1, 0.1, 0.1, 0.9]),
    ]);
    const told = life.map(({ epoch, cells: { normal } }) => [
      epoch,
      normal.entered,
      normal.left,
      normal.connectedNodes,
    ]);
    expect(told).toEqual([
      [0, [], [], []],
      [1, [skip(0, 2), skip(2, 3)], [], [2, 3]],
      [2, [skip(1, 2)], [skip(0, 2)], [2, 3]],
      [3, [], [], [2, 3]],
      [4, [], [skip(1, 2)], []], // what is left starts at a node without input
    ]);
    expect(life[4]?.cells.normal.meanMixing).toBeCloseTo(0.26, 12);
    expect(life.every(({ cells: { reduce } }) => !reduce.valid && reduce.entered.length === 0)).toBe(true);
  });

  it('lets all operations of the first epoch given enter', () => {
    const [first] = lifeOfCells(derivation, [atEpoch(7, EMPTY, [0.9, 0.5, 0.5, 0.5, 0.5])]);
    expect(first?.cells.reduce).toMatchObject({ entered: [skip(0, 2)], left: [], connectedNodes: [2] });
    expect(lifeOfCells(derivation, [])).toEqual([]);
  });

  it('holds at every epoch the cells of that epoch’s alpha, and the changes lead from one to the next', () => {
    const matrix = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 5, maxLength: 5 });
    const alphas = fc.array(fc.record({ epoch: fc.nat(), normal: matrix, reduce: matrix }), { maxLength: 6 });
    fc.assert(
      fc.property(alphas, (given) => {
        const life = lifeOfCells(derivation, given);
        const kept = { normal: new Set<string>(), reduce: new Set<string>() };
        for (const [i, { genotype, cells }] of life.entries()) {
          const { normal = [], reduce = [] } = given[i] ?? {};
          const position = Float64Array.from([...normal, ...reduce]);
          expect(genotype).toEqual(deriveCells(fairDarts, 0.85, shape, position).genotype);
          for (const kind of CELL_KINDS) {
            for (const entry of cells[kind].left) expect(kept[kind].delete(JSON.stringify(entry))).toBe(true);
            for (const entry of cells[kind].entered) kept[kind].add(JSON.stringify(entry));
            expect(kept[kind]).toEqual(new Set(genotype[kind].map((entry) => JSON.stringify(entry))));
          }
        }
      }),
    );
  });

  it('refuses an alpha of another space', () => {
    expect(() => lifeOfCells(derivation, [atEpoch(0, [0.5])])).toThrow('alpha must have 10 coordinates');
  });
});

describe('lifeOfRecord', () => {
  const recorded = { method: 'fair-darts', nodes: 2, threshold: 0.85 };
  const alphas = [0, 1].map((epoch) => ({ epoch, normal: Array(35).fill(epoch), reduce: Array(35).fill(2) }));

  it('derives by the options of the record', () => {
    const { life, nodes } = lifeOfRecord(recorded, alphas) ?? {};
    expect(nodes).toBe(2);
    expect(life?.map(({ genotype }) => [genotype.normal.length, genotype.reduce.length])).toEqual([
      [0, 4],
      [0, 4],
    ]);
  });

  it('derives by the limit of the record', () => {
    const skips = Array.from({ length: 40 }, (_, i) => (i % 8 === 3 ? 1 : 0));
    const options = { method: 'darts', nodes: 2, threshold: null, maxSkips: 1 };
    const { life } = lifeOfRecord(options, [{ epoch: 0, normal: skips, reduce: skips }]) ?? {};
    const counts = (['normal', 'reduce'] as const).map((kind) => countSkips(life?.[0]?.genotype[kind] ?? []));
    expect(counts).toEqual([1, 4]);
  });

  it('is null if nothing can be told', () => {
    expect(lifeOfRecord(recorded, [])).toBeNull();
    expect(lifeOfRecord({}, alphas)).toBeNull();
    expect(lifeOfRecord({ ...recorded, method: 'own' }, alphas)).toBeNull();
    expect(lifeOfRecord({ ...recorded, nodes: 3 }, alphas)).toBeNull();
  });
});
