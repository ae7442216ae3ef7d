import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlphaShape,
  alphaColumns,
  alphaSize,
  cellSize,
  describeCoordinate,
  spaceOf,
  splitAlpha,
} from '../../src/space/alpha.ts';
import { cellEdges, edgeCount } from '../../src/space/cell.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, isPrimitive } from '../../src/space/primitives.ts';
import { findSpace } from '../../src/space/spaces.ts';

const FAIR: AlphaShape = { nodes: 4, primitives: FAIR_DARTS_PRIMITIVES };

describe('cellEdges', () => {
  it('of the papers’ four nodes are 14, by target, then source', () => {
    expect(cellEdges(4).map(({ from, to }) => `${from}-${to}`)).toEqual(
      '0-2 1-2 0-3 1-3 2-3 0-4 1-4 2-4 3-4 0-5 1-5 2-5 3-5 4-5'.split(' '),
    );
  });

  it('are as many as edgeCount says, for any number of nodes', () => {
    for (let nodes = 0; nodes <= 12; nodes++) expect(cellEdges(nodes)).toHaveLength(edgeCount(nodes));
  });
});

describe('alpha', () => {
  it('has the papers’ sizes', () => {
    expect([cellSize(FAIR), alphaSize(FAIR)]).toEqual([98, 196]);
    expect(alphaSize({ nodes: 4, primitives: DARTS_PRIMITIVES })).toBe(224);
  });

  it('is split into views: normal first, then reduce', () => {
    const flat = new Float64Array(196);
    const { normal, reduce } = splitAlpha(FAIR, flat);
    normal[97] = 1;
    reduce[0] = 2;
    expect([flat[97], flat[98], normal.length, reduce.length]).toEqual([1, 2, 98, 98]);
  });

  it('refuses to split what has another size', () => {
    expect(() => splitAlpha(FAIR, new Float64Array(195))).toThrow(
      'alpha must have 196 coordinates for this space, got 195',
    );
  });
});

describe('describeCoordinate', () => {
  it('names corners of the matrices', () => {
    expect(describeCoordinate(FAIR, 0)).toEqual({
      cell: 'normal',
      edge: { from: 0, to: 2 },
      primitive: 'max_pool_3x3',
    });
    expect(describeCoordinate(FAIR, 97)).toEqual({
      cell: 'normal',
      edge: { from: 4, to: 5 },
      primitive: 'dil_conv_5x5',
    });
    expect(describeCoordinate(FAIR, 98 + 7)).toEqual({
      cell: 'reduce',
      edge: { from: 1, to: 2 },
      primitive: 'max_pool_3x3',
    });
  });

  it('names every coordinate differently', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.subarray([...DARTS_PRIMITIVES], { minLength: 1 }),
        (nodes, primitives) => {
          const shape = { nodes, primitives };
          const names = Array.from({ length: alphaSize(shape) }, (_, i) =>
            JSON.stringify(describeCoordinate(shape, i)),
          );
          expect(new Set(names).size).toBe(names.length);
        },
      ),
    );
  });

  it.each([-1, 196, 0.5, Number.NaN])('refuses %d', (coordinate) => {
    expect(() => describeCoordinate(FAIR, coordinate)).toThrow(
      `coordinate must be an integer from 0 to 195, got ${coordinate}`,
    );
  });
});

describe('primitives', () => {
  it('of FairDARTS are those of DARTS without none', () => {
    expect(FAIR_DARTS_PRIMITIVES).toEqual(DARTS_PRIMITIVES.slice(1));
  });

  it('are told from other names', () => {
    expect(['none', 'sep_conv_5x5', 'sep_conv_7x7', 'toString', ''].map(isPrimitive)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a space whose edges differ', () => {
  const { nodes, ...primitives } = findSpace('s1', 4);
  const shape: AlphaShape = { nodes, primitives };

  it('has as many columns as each of its edges', () => {
    expect([alphaColumns(shape), cellSize(shape), alphaSize(shape)]).toEqual([2, 28, 56]);
    expect(spaceOf(shape)).toEqual(findSpace('s1', 4));
  });

  it('names coordinates by their edge and cell', () => {
    const at = [0, 1, 28 + 3].map((coordinate) => describeCoordinate(shape, coordinate));
    expect(at).toEqual([
      { cell: 'normal', edge: { from: 0, to: 2 }, primitive: 'skip_connect' },
      { cell: 'normal', edge: { from: 0, to: 2 }, primitive: 'dil_conv_3x3' },
      { cell: 'reduce', edge: { from: 1, to: 2 }, primitive: 'dil_conv_3x3' },
    ]);
  });

  it('must have equally many candidates on every edge', () => {
    const uneven = { normal: [['none'], ['none', 'skip_connect']], reduce: [['none'], ['none']] } as const;
    expect(() => alphaSize({ nodes: 1, primitives: uneven })).toThrow('equally many candidate operations, got 1 and 2');
  });
});
