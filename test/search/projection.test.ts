import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import {
  beginProjection,
  dropWeakEdges,
  edgesOfNode,
  keepOperation,
  projectMixing,
  removeEdges,
  removeOperations,
  undecidedEdges,
  undecidedNodes,
} from '../../src/search/projection.ts';
import { discretizeColumns } from '../../src/space/discretize.ts';
import { findSpace } from '../../src/space/spaces.ts';
import { METHOD_UNITS } from '../support/method-units.ts';

const { operations, edges } = METHOD_UNITS.projection;

describe('decisions of DARTS-PT', () => {
  it.each(operations)('keep operation $byAccuracy by accuracy, $byLoss by loss', (golden) => {
    const start = beginProjection(14);
    const keep = (scores: readonly number[], criterion: 'accuracy' | 'loss') =>
      keepOperation(start, 6, scores, criterion).operations;
    expect(keep(golden.accuracies, 'accuracy')).toEqual(start.operations.with(6, golden.byAccuracy));
    expect(keep(golden.losses, 'loss')).toEqual(start.operations.with(6, golden.byLoss));
  });

  it.each(edges)('keep edges $kept of a node', ({ accuracies, kept }) => {
    const node = accuracies.length; // Node 3 has three edges, 4 four, 5 five.
    const incoming = edgesOfNode(4, node);
    expect(incoming).toHaveLength(accuracies.length);
    const { dropped } = dropWeakEdges(beginProjection(14), incoming, accuracies, 'accuracy');
    expect(incoming.flatMap((edge, place) => (dropped[edge] ? [] : [place]))).toEqual(kept);
    expect(dropped.filter(Boolean)).toHaveLength(accuracies.length - 2);
    // A loss that falls as accuracy rises decides the same.
    const losses = accuracies.map((accuracy) => 100 - accuracy);
    expect(dropWeakEdges(beginProjection(14), incoming, losses, 'loss').dropped).toEqual(dropped);
  });

  it('refuse scores that are not numbers', () => {
    expect(() => keepOperation(beginProjection(2), 0, [1, Number.NaN], 'loss')).toThrow(
      'the loss after a removal must be a number, got NaN',
    );
  });
});

describe('removals', () => {
  const mixing = softmaxRows([1, 2, 3, 4, 5, 7], 2);

  it('set one entry or one row to 0, and divide nothing by its sum', () => {
    const [first, second] = removeOperations(mixing, 1, 2);
    expect(first).toEqual(mixing.with(2, 0));
    expect(second).toEqual(mixing.with(3, 0));
    expect(removeEdges(mixing, [0, 2], 2)).toEqual([mixing.with(0, 0).with(1, 0), mixing.with(4, 0).with(5, 0)]);
  });
});

describe('a projection', () => {
  it('decides every edge and node once, and leaves a cell of two operations a node', () => {
    const random = Random.fromSeed(0, 'projection');
    const { normal } = findSpace('s2', 4);
    const mixing = softmaxRows(
      Float64Array.from({ length: 28 }, () => random.normal()),
      2,
    );
    let projection = beginProjection(14);
    expect(projectMixing(projection, mixing, 2)).toEqual(mixing);
    const kept: number[] = [];
    for (let left = 14; left > 0; left--) {
      const undecided = undecidedEdges(projection);
      expect(undecided).toHaveLength(left);
      const edge = undecided[random.integer(left)] as number;
      const accuracies = [random.uniform(), random.uniform()];
      kept[edge] = accuracies.indexOf(Math.min(...accuracies));
      projection = JSON.parse(JSON.stringify(keepOperation(projection, edge, accuracies, 'accuracy')));
      const row = projectMixing(projection, mixing, 2).subarray(2 * edge, 2 * edge + 2);
      expect([...row]).toEqual([0, 0].with(kept[edge], 1));
    }
    expect(undecidedNodes(4, projection)).toEqual([3, 4, 5]);
    for (const node of [4, 3, 5]) {
      const incoming = edgesOfNode(4, node);
      projection = dropWeakEdges(
        projection,
        incoming,
        incoming.map(() => random.uniform()),
        'accuracy',
      );
      expect(undecidedNodes(4, projection)).not.toContain(node);
    }
    expect(undecidedNodes(4, projection)).toEqual([]);
    const projected = projectMixing(projection, mixing, 2);
    expect(projected.reduce((sum, entry) => sum + entry, 0)).toBe(8);
    const { choices } = discretizeColumns(normal, projected, 'top2', null);
    expect(choices).toHaveLength(8);
    for (const { weight } of choices) expect(weight).toBe(1);
  });

  it('only drops edges where every edge has one operation', () => {
    const projection = keepOperation(beginProjection(2), 0, [0.3], 'accuracy');
    expect([...projectMixing(projection, Float64Array.of(1, 1), 1)]).toEqual([1, 1]);
    expect(dropWeakEdges(projection, edgesOfNode(1, 2), [0.1, 0.9], 'accuracy')).toEqual(projection);
  });
});
