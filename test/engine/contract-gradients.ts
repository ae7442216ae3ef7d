import { describe, expect, it } from 'vitest';
import type { Engine, MiniBatch, MixingWeights } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import {
  initialState,
  mixingOf,
  moved,
  operationAt,
  randomMiniBatch,
  randomMixing,
  smallSupernet,
  UNEVEN,
} from './fixtures.ts';
import { withDrops } from './retrained-fixtures.ts';

const SUPERNETS = [
  { nodes: 2, channels: 4, primitives: UNEVEN, auxiliarySkip: true, edgeDrops: true },
  { nodes: 2, channels: 8, primitives: UNEVEN, auxiliarySkip: true, partialChannels: 4 },
  { nodes: 2, channels: 2, primitives: FAIR_DARTS_PRIMITIVES },
  { nodes: 2, channels: 4, primitives: DARTS_PRIMITIVES },
  { nodes: 1, channels: 4, primitives: FAIR_DARTS_PRIMITIVES },
  { nodes: 3, channels: 2, primitives: DARTS_PRIMITIVES },
  { nodes: 2, channels: 4, primitives: DARTS_PRIMITIVES, partialChannels: 2 },
];

/** Gradients against central differences of `losses`. */
export function describeGradients(name: string, create: CreateEngine, size: ContractSize): void {
  const supernets = size.oneSupernet ? SUPERNETS.slice(0, 3) : SUPERNETS;
  const cases = supernets.flatMap((supernet) => {
    const images = size.image === 8 && supernet.nodes === 1 ? [8, 4] : [size.image];
    return images.map((image) => {
      const options = { ...supernet, image };
      return { partialChannels: 1, ...options, columns: smallSupernet(options).mixing.columns };
    });
  });

  describe.each(cases)(
    `${name}: $nodes nodes, $channels channels, K = $partialChannels, $columns columns, $image pixels`,
    (options) => {
      const graph = smallSupernet(options);
      const plain = randomMiniBatch(graph, 8, 1);
      const miniBatch = graph.mixing.edgeDrops ? withDrops(graph, plain) : plain;

      it('mixingGradient is the slope of losses in the mixing weights', async () => {
        const engine = await create(graph);
        await engine.restore(initialState(graph));
        await compareMixing(engine, graph, miniBatch, randomMixing(graph, 1));
        engine.dispose();
      });

      it('mixingGradient is the slope of losses where one operation an edge is chosen', async () => {
        const engine = await create(graph);
        await engine.restore(initialState(graph));
        // A column that moves with the edges, so that all operations occur.
        let edge = 0;
        const columns = options.columns - Number(options.partialChannels > 1);
        const chosen = mixingOf(graph, (column) => {
          const one = column === (3 * edge + 1) % columns ? 1 : 0;
          if (column === options.columns - 1) edge++;
          // What passes by is always there: channels that nothing is added to are at the kink of a ReLU.
          return column === columns ? 0.5 : one;
        });
        // Without drops: a node that they leave at 0 is at the kink of a ReLU.
        await compareMixing(engine, graph, plain, chosen);
        engine.dispose();
      });

      it('weightGradients is the slope of losses in the weights', async () => {
        const engine = await create(graph);
        await compareWeights(engine, graph, miniBatch, randomMixing(graph, 1), size.weightStride);
        engine.dispose();
      });
    },
  );
}

/**
 * Changes of the loss that a step to either side is to make, in nats: the long ones meet kinks of ReLU and max pool,
 * whose slopes jump, the short ones the rounding of float32.
 */
const CHANGES = [1e-3, 3e-4, 1e-4, 3e-5];

/** Checks a gradient against central differences, of which one has to agree. */
export async function expectSlope(
  what: string,
  lossAt: (distance: number) => Promise<number>,
  expected: number,
  { scale, tolerance }: { readonly scale: number; readonly tolerance: number },
): Promise<void> {
  const slopes: number[] = [];
  for (const change of CHANGES) {
    const step = change / scale;
    slopes.push(((await lossAt(step)) - (await lossAt(-step))) / (2 * step));
    if (Math.abs((slopes.at(-1) as number) - expected) <= tolerance * scale) return;
  }
  expect.fail(`${what}: gradient ${expected}, slopes ${slopes.join(', ')}`);
}

async function compareMixing(
  engine: Engine,
  graph: BlockGraph,
  miniBatch: MiniBatch,
  mixing: MixingWeights,
): Promise<void> {
  const { gradient } = await engine.mixingGradient(miniBatch, mixing);
  const scale = Math.max(...gradient.normal.map(Math.abs), ...gradient.reduce.map(Math.abs));
  for (const kind of ['normal', 'reduce'] as const) {
    expect(gradient[kind].length).toBe(mixing[kind].length);
    // Every third entry goes through all columns, since their number is no multiple of 3.
    for (let position = 0; position < mixing[kind].length; position += 3) {
      const lossAt = async (change: number): Promise<number> => {
        const [answer] = await engine.losses(miniBatch, [moved(mixing, kind, position, change)], { perExample: false });
        return answer?.loss as number;
      };
      const actual = gradient[kind][position] as number;
      if (operationAt(graph, kind, position).kind === 'none') expect(actual).toBe(0);
      // The worst of some 300 entries is off by 0.3 % of the largest.
      await expectSlope(`${kind} ${position}`, lossAt, actual, { scale, tolerance: 0.01 });
    }
  }
}

/** Checks gradients of weights against slopes: of stem and classifier, and of every so many of the others. */
export async function compareWeights(
  engine: Engine,
  graph: BlockGraph,
  miniBatch: MiniBatch,
  mixing: MixingWeights,
  stride: number,
): Promise<void> {
  const state = initialState(graph);
  await engine.restore(state);
  const gradients = await engine.weightGradients(miniBatch, mixing);
  expect(Object.keys(gradients)).toEqual(graph.weights.map((weight) => weight.name));
  const loudest = Math.max(...Object.values(gradients).map((gradient) => Math.hypot(...gradient)));
  const random = Random.fromSeed(1, 'directions');
  // Stem and classifier, and of the cells a selection in which all operations occur.
  const chosen = graph.weights.filter(({ name }, i) => !name.startsWith('cells.') || i % stride === 0);
  for (const { name } of chosen) {
    const weights = state.weights[name] as Float32Array;
    const gradient = gradients[name] as Float32Array;
    const direction = weights.map(() => (random.uniform() < 0.5 ? -1 : 1));
    const lossAt = async (distance: number): Promise<number> => {
      const there = weights.map((w, i) => w + distance * (direction[i] as number));
      await engine.restore({ ...state, weights: { ...state.weights, [name]: there } });
      const [answer] = await engine.losses(miniBatch, [mixing], { perExample: false });
      return answer?.loss as number;
    };
    const actual = gradient.reduce((sum, g, i) => sum + g * (direction[i] as number), 0);
    // In a random direction a gradient's slope is about as large as its norm; faint ones drown in rounding.
    const scale = Math.max(Math.hypot(...gradient), 0.05 * loudest);
    // The worst of some 200 tensors is off by 2.8 %.
    await expectSlope(name, lossAt, actual, { scale, tolerance: 0.05 });
  }
}
