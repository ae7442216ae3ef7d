import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { decide, nextDecision, removeEach, tellRemovals } from '../../src/search/decision.ts';
import { beginProjections } from '../../src/search/projection.ts';
import { planTuning } from '../../src/search/tuning.ts';
import { type AlphaShape, alphaColumns, cellSize } from '../../src/space/alpha.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { findSpace } from '../../src/space/spaces.ts';
import { METHOD_UNITS } from '../support/method-units.ts';

const MIXED = { normal: Float32Array.of(0.2, 0.3, 0.5, 0.1, 0.2, 0.7), reduce: Float32Array.of(1, 2, 3, 4, 5, 6) };

/** Makes all decisions about a space by scores that are drawn. */
function decideAll(shape: AlphaShape) {
  const random = Random.fromSeed(0, 'decisions');
  const all = planTuning({ deriveBy: 'projection', nodes: shape.nodes, projectionEvery: 1 })?.decisions ?? 0;
  const size = cellSize(shape);
  const mixing = { normal: new Float32Array(size).fill(1), reduce: new Float32Array(size).fill(1) };
  let projections = beginProjections(shape.nodes);
  const told = Array.from({ length: all }, (_, made) => {
    const decision = nextDecision(shape, projections, made, Random.fromSeed(1, made));
    const scores = removeEach(shape, decision, mixing).map(() => random.uniform());
    projections = decide(decision, projections, scores, 'accuracy');
    return { decision, removals: tellRemovals(shape, decision, projections[decision.cell]) };
  });
  return { told, projections };
}

describe('the decisions of a tuning', () => {
  it('are the edges of both cells in turn, then their nodes, and then all is decided', () => {
    const shape = { nodes: 4, primitives: DARTS_PRIMITIVES };
    const { told, projections } = decideAll(shape);
    expect(told.map(({ decision }) => decision.cell)).toEqual(told.map((_, i) => (i % 2 === 0 ? 'normal' : 'reduce')));
    expect(told.map(({ decision }) => decision.chooses)).toEqual([
      ...Array(28).fill('operation'),
      ...Array(6).fill('edges'),
    ]);
    const normal = told.flatMap(({ decision }) =>
      decision.cell === 'normal' && decision.chooses === 'operation' ? [decision.edge] : [],
    );
    expect(normal).not.toEqual(normal.toSorted((a, b) => a - b));
    expect(new Set(normal).size).toBe(14);
    for (const { operations, dropped } of Object.values(projections)) {
      expect(operations).not.toContain(null);
      expect(dropped.filter(Boolean)).toHaveLength(6);
    }
    expect(() => nextDecision(shape, projections, 34, Random.fromSeed(0))).toThrow('all of the normal cell is decided');
  });

  it('never keep none, which takes no part', () => {
    for (const shape of [
      { nodes: 2, primitives: DARTS_PRIMITIVES },
      { nodes: 2, primitives: findSpace('s3', 2) },
    ]) {
      const { told } = decideAll(shape);
      for (const { removals } of told) expect(removals.map(({ primitive }) => primitive)).not.toContain('none');
      expect(told[0]?.removals).toHaveLength(alphaColumns(shape) - 1);
    }
  });

  it('tell what stays, of an edge and of a node', () => {
    const { told } = decideAll({ nodes: 2, primitives: findSpace('s2', 2) });
    const [first, last] = [told[0], told.at(-1)];
    expect(first?.removals.map(({ primitive }) => primitive)).toEqual(['skip_connect', 'sep_conv_3x3']);
    expect(first?.removals.filter(({ kept }) => kept)).toHaveLength(1);
    expect(last?.removals.map(({ from, to }) => [from, to])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
    expect(last?.removals.filter(({ kept }) => kept)).toHaveLength(2);
  });

  it('choose edges alone where every edge has one operation', () => {
    const { told, projections } = decideAll({ nodes: 2, primitives: ['sep_conv_3x3'] });
    expect(projections.normal.operations).toEqual([0, 0, 0, 0, 0]);
    for (const { decision, removals } of told) {
      expect(removals.filter(({ kept }) => !kept)).toHaveLength(decision.chooses === 'operation' ? 0 : 1);
    }
  });

  it('count operations by their columns, not by their places among the candidates', () => {
    const [golden] = METHOD_UNITS.projection.operations;
    const scores = golden?.accuracies ?? [];
    const columns = scores.map((_, i) => i + 1);
    const decision = { cell: 'reduce', chooses: 'operation', edge: 6, columns } as const;
    const { reduce, normal } = decide(decision, beginProjections(4), scores, 'accuracy');
    expect(reduce.operations[6]).toBe((golden?.byAccuracy ?? Number.NaN) + 1);
    expect(normal).toEqual(beginProjections(4).normal);
  });
});

describe('the mixing weights without each', () => {
  const shape = { nodes: 1, primitives: ['none', 'skip_connect'] } as const;

  it('differ in one entry of one cell, whatever columns the supernet has besides', () => {
    const decision = { cell: 'normal', chooses: 'operation', edge: 1, columns: [1] } as const;
    expect(removeEach(shape, decision, { ...MIXED, skipsZeros: true })).toEqual([
      { ...MIXED, normal: MIXED.normal.with(4, 0), skipsZeros: true },
    ]);
  });

  it('or lack an edge', () => {
    const decision = { cell: 'reduce', chooses: 'edges', edges: [0, 1] } as const;
    expect(removeEach(shape, decision, MIXED)).toEqual([
      { ...MIXED, reduce: Float32Array.of(0, 0, 0, 4, 5, 6) },
      { ...MIXED, reduce: Float32Array.of(1, 2, 3, 0, 0, 0) },
    ]);
  });
});
