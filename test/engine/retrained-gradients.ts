import { describe, expect, it, onTestFinished } from 'vitest';
import { classify } from '../../src/engine/cross-entropy.ts';
import type { Engine, MiniBatch } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import type { BlockGraph, MixedEdge, NodeBlock, PoolOperation } from '../../src/network/block-graph.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { cellEdges } from '../../src/space/cell.ts';
import type { GenotypeEntry } from '../../src/space/genotype.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import type { CreateEngine } from './contract.ts';
import { expectSlope } from './contract-gradients.ts';
import { mixingOf, randomMiniBatch } from './fixtures.ts';
import type { RetrainedSize } from './retrained-contract.ts';
import { NO_MIXING, NOISY, PARTIAL, retrainedState, SPARSE, smallRetrained, withDrops } from './retrained-fixtures.ts';

const AUXILIARY_WEIGHT = 0.4;

/** Gradients against central differences of the loss, and against the supernet's. */
export function describeRetrainedGradients(name: string, create: CreateEngine, { weightStride }: RetrainedSize): void {
  const start = async (graph: BlockGraph): Promise<Engine> => {
    const engine = await create(graph);
    onTestFinished(() => engine.dispose());
    return engine;
  };

  describe(`${name}: weightGradients of a retrained network`, () => {
    it.each([
      ['every primitive at both strides, with drops', smallRetrained()],
      ['nodes that do not exist, with drops', smallRetrained({ genotype: SPARSE, channels: 4, layers: 5 })],
      ['some nodes concatenated, with drops', smallRetrained({ genotype: PARTIAL })],
      ['noise, with drops', smallRetrained({ genotype: NOISY })],
    ])('is the slope of the loss: %s', async (_, graph) => {
      const miniBatch = withDrops(graph, randomMiniBatch(graph, 8, 1));
      await compareSlopes(await start(graph), graph, miniBatch, 0, weightStride);
    });

    it('is the slope of the loss with the auxiliary head’s', async () => {
      const graph = smallRetrained({ genotype: SPARSE, image: 32, auxiliary: true });
      const miniBatch = withDrops(graph, randomMiniBatch(graph, 8, 1));
      await compareSlopes(await start(graph), graph, miniBatch, AUXILIARY_WEIGHT, weightStride);
    });

    it('is 0 for the projection of an input that nothing reads', async () => {
      const graph = smallRetrained({ genotype: SPARSE });
      const engine = await start(graph);
      await engine.restore(retrainedState(graph));
      const gradients = await engine.weightGradients(randomMiniBatch(graph, 3, 1), NO_MIXING);
      const unread = Object.entries(gradients).filter(([weight]) =>
        /cells\.0\.preprocess0|cells\.[12]\.preprocess1/.test(weight),
      );
      expect(unread.map(([, values]) => [...new Set(values.map(Math.abs))])).toEqual(unread.map(() => [0]));
      expect(unread.length).toBe(9);
      expect(gradients['cells.0.preprocess1.conv.weight']?.some((value) => value !== 0)).toBe(true);
    });
  });

  describe(`${name}: the limit case of a supernet`, () => {
    it('whose mixing weights are 1 for what the genotype keeps and 0 for the rest', async () => {
      await compareWithSupernet(start);
    });
  });
}

/** A slope for one weight of every kind, of normal cells and of reduction cells. */
function sampleWeights({ weights }: BlockGraph, stride: number): readonly string[] {
  const kinds = new Map<string, string>();
  for (const { name } of weights) {
    const place = /^cells\.(\d+)\./.exec(name)?.[1];
    const kind = name.replace(/^cells\.\d+\.(entries\.\d+\.)?/, '');
    kinds.set(place === undefined ? kind : `${place === '0' ? 'normal' : 'reduce'} ${kind}`, name);
  }
  return [...kinds.values()].filter((_, i) => i % stride === 0);
}

async function compareSlopes(
  engine: Engine,
  graph: BlockGraph,
  miniBatch: MiniBatch,
  auxiliaryWeight: number,
  stride: number,
): Promise<void> {
  const state = retrainedState(graph);
  await engine.restore(state);
  const gradients = await engine.weightGradients(miniBatch, NO_MIXING, { auxiliaryWeight });
  expect(Object.keys(gradients)).toEqual(graph.weights.map((weight) => weight.name));
  const loudest = Math.max(...Object.values(gradients).map(normOf));
  const random = Random.fromSeed(1, 'directions');
  for (const name of sampleWeights(graph, stride)) {
    const gradient = gradients[name] as Float32Array;
    const direction = directionOf(gradient, random);
    const lossAt = async (distance: number): Promise<number> => {
      const there = (state.weights[name] as Float32Array).map((w, i) => w + distance * (direction[i] as number));
      await engine.restore({ ...state, weights: { ...state.weights, [name]: there } });
      return await wholeLoss(engine, miniBatch, auxiliaryWeight);
    };
    const actual = gradient.reduce((sum, g, i) => sum + g * (direction[i] as number), 0);
    // Faint ones drown in rounding.
    const scale = Math.max(normOf(gradient), 0.05 * loudest);
    await expectSlope(name, lossAt, actual, { scale, tolerance: 0.05 });
  }
}

/**
 * Of length 1, roughly along the gradient: in one of random signs the head's 400,000 weights move its few values a
 * batch norm together too far for a slope.
 */
function directionOf(gradient: Float32Array, random: Random): Float32Array {
  const still = normOf(gradient) === 0;
  const direction = gradient.map((value) => (still ? random.normal() : value * (0.5 + random.uniform())));
  const length = normOf(direction);
  return direction.map((value) => value / length);
}

function normOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** Main and auxiliary, in float64. */
async function wholeLoss(engine: Engine, miniBatch: MiniBatch, auxiliaryWeight: number): Promise<number> {
  const activations = auxiliaryWeight > 0 ? ['auxiliary.logits'] : [];
  const forward = await engine.forward(miniBatch, NO_MIXING, { statistics: 'batch', activations });
  const auxiliary = forward.activations['auxiliary.logits'];
  return forward.loss + (auxiliary ? auxiliaryWeight * classify(auxiliary, miniBatch.labels).loss : 0);
}

/** An operation on every edge, so that all nodes exist: the concatenations are as wide. */
const CHOSEN: readonly GenotypeEntry[] = cellEdges(3).map(({ from, to }, i) => ({
  primitive: FAIR_DARTS_PRIMITIVES[(3 * i + 1) % FAIR_DARTS_PRIMITIVES.length] as GenotypeEntry['primitive'],
  from,
  to,
}));

/**
 * The retrained network has no batch norm after pools and the supernet has, so pools get one here, in a graph of the
 * test's own; with scales of 1 and shifts of 0 the two then compute the same.
 */
async function compareWithSupernet(start: (graph: BlockGraph) => Promise<Engine>): Promise<void> {
  const sizes = { channels: 4, layers: 3, image: 8, classes: 5 };
  const supernet = buildSupernet({ ...sizes, nodes: 3, primitives: FAIR_DARTS_PRIMITIVES });
  const retrained = withPoolNorms(smallRetrained({ ...sizes, genotype: { normal: CHOSEN, reduce: CHOSEN } }));
  const { weights } = retrainedState(supernet);
  const entries = cellEdges(3);
  /** `cells.I.entries.K.` stands on edge K. */
  const named = (name: string): string => name.replace('.entries.', '.edges.');
  const ones = (name: string, length: number): Float32Array =>
    new Float32Array(length).fill(name.endsWith('.weight') ? 1 : 0);
  const own = Object.fromEntries(
    retrained.weights.map(({ name, shape }) => [name, weights[named(name)] ?? ones(name, shape[0] as number)]),
  );
  let edge = 0;
  const mixing = mixingOf(supernet, (column) => {
    const chosen = FAIR_DARTS_PRIMITIVES[column] === CHOSEN[edge % entries.length]?.primitive ? 1 : 0;
    if (column === FAIR_DARTS_PRIMITIVES.length - 1) edge++;
    return chosen;
  });

  const miniBatch = randomMiniBatch(supernet, 6, 1);
  const [one, other] = [await start(supernet), await start(retrained)];
  await one.restore({ weights, velocity: {}, statistics: {} });
  await other.restore({ weights: own, velocity: {}, statistics: {} });
  const expected = await one.forward(miniBatch, mixing, { statistics: 'batch' });
  const actual = await other.forward(miniBatch, NO_MIXING, { statistics: 'batch' });
  // float32, of sums in another order
  expectNear(actual.logits, expected.logits, 1e-5);
  const gradients = await one.weightGradients(miniBatch, mixing);
  const ownGradients = await other.weightGradients(miniBatch, NO_MIXING);
  const largest = Math.max(...Object.values(gradients).flatMap((values) => [...values].map(Math.abs)));
  for (const [name, gradient] of Object.entries(ownGradients)) {
    const same = gradients[named(name)];
    if (same) expectNear(gradient, same, 1e-4, 0.01 * largest);
  }
}

/** Within a share of the largest expected magnitude. */
function expectNear(actual: Float32Array, expected: Float32Array, share: number, least = 0): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(least, ...expected.map(Math.abs));
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number))));
  expect(worst / largest).toBeLessThan(share);
}

function withPoolNorms(graph: BlockGraph): BlockGraph {
  const norms = [...graph.norms];
  const pool = (operation: PoolOperation, channels: number): PoolOperation => {
    const norm = { name: `pools.${norms.length}`, channels, affine: null };
    norms.push(norm);
    return { ...operation, norm };
  };
  const blocks = graph.blocks.map((block) => {
    if (block.kind !== 'node') return block;
    const edges = block.edges.map(
      (edge): MixedEdge => ({
        ...edge,
        operations: edge.operations.map((operation) => {
          const { kind } = operation;
          return kind === 'max-pool' || kind === 'average-pool' ? pool(operation, block.output.channels) : operation;
        }),
      }),
    );
    return { ...block, edges } satisfies NodeBlock;
  });
  return { ...graph, blocks, norms };
}
