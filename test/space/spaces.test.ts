import { describe, expect, it } from 'vitest';
import { CELL_KINDS, edgeCount } from '../../src/space/cell.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { countColumns, findSpace, repeatColumns, SPACE_NAMES } from '../../src/space/spaces.ts';
import { METHOD_UNITS } from '../support/method-units.ts';

describe('findSpace', () => {
  it.each(SPACE_NAMES)('gives %s as RobustDARTS lists it', (name) => {
    const { normal, reduce } = METHOD_UNITS.spaces[name];
    expect(findSpace(name, 4)).toEqual({ nodes: 4, normal, reduce });
  });

  it('gives an edge no candidate twice, and every edge equally many', () => {
    for (const name of SPACE_NAMES) {
      const space = findSpace(name, 4);
      for (const kind of CELL_KINDS) {
        for (const candidates of space[kind]) expect(new Set(candidates).size).toBe(candidates.length);
      }
      expect(countColumns(space)).toBe({ s1: 2, s2: 2, s3: 3, s4: 2, s5: 8 }[name]);
    }
  });

  it('gives spaces other than s1 for cells of every size', () => {
    expect(findSpace('s5', 2)).toEqual(repeatColumns(2, DARTS_PRIMITIVES));
    for (const nodes of [1, 3, 7]) expect(findSpace('s2', nodes).reduce).toHaveLength(edgeCount(nodes));
    expect(() => findSpace('s1', 3)).toThrow('the space s1 has cells of 4 nodes, got 3');
  });
});

it('refuses to count the columns of edges that differ in their number', () => {
  const ragged = { nodes: 1, normal: [['none'], ['none', 'skip_connect']], reduce: [['none'], ['none']] } as const;
  expect(() => countColumns(ragged)).toThrow('all edges must have equally many candidate operations, got 1 and 2');
});
