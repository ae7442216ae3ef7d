import { describe, expect, it } from 'vitest';
import type { Engine, MixingWeights } from '../../src/engine/engine.ts';
import { BATCH_NORM, type BlockGraph } from '../../src/network/block-graph.ts';
import { DARTS_PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { initialState, mixingOf, randomMiniBatch, randomMixing, smallSupernet } from './fixtures.ts';
import { convolveStem, type Maps, maximaOf, meansOf, momentsOf, normalized, project } from './naive.ts';

const BATCH = 4;

/** What a node and a batch norm compute, against naive loops and limit cases. */
export function describeNetwork(name: string, create: CreateEngine, { image }: ContractSize): void {
  const graph = smallSupernet({ primitives: DARTS_PRIMITIVES, image });
  const miniBatch = randomMiniBatch(graph, BATCH, 1);
  const state = initialState(graph);
  const weight = (weightName: string): Float32Array => state.weights[weightName] as Float32Array;
  const start = async (): Promise<Engine> => {
    const engine = await create(graph);
    await engine.restore(state);
    return engine;
  };

  describe(`${name}: running statistics`, () => {
    it('move by a tenth of the mini-batch’s mean and unbiased variance', async () => {
      const engine = await start();
      const mixing = randomMixing(graph, 1);
      await engine.mixingGradient(miniBatch, mixing);
      const { statistics } = await engine.save();
      const activations = ['stem', 'cells.1.states.0', 'cells.1.states.1'];
      const forward = await engine.forward(miniBatch, mixing, { statistics: 'batch', activations });
      const maps = (value: string): Maps => toMaps(graph, value, forward.activations[value] as Float32Array);
      const pictures = { values: miniBatch.images, height: image, width: image, channels: 3 };
      const normed: Record<string, Maps> = {
        'stem.bn': convolveStem(pictures, weight('stem.conv.weight')),
        'cells.0.preprocess1.bn': project(maps('stem'), weight('cells.0.preprocess1.conv.weight')),
        'cells.1.edges.0.avg_pool_3x3.bn': meansOf(maps('cells.1.states.0'), 2),
        'cells.1.edges.1.max_pool_3x3.bn': maximaOf(maps('cells.1.states.1'), 2),
        'cells.1.edges.3.max_pool_3x3.bn': maximaOf(maps('cells.1.states.1'), 2),
      };
      for (const [norm, values] of Object.entries(normed)) {
        const { mean, variance, count } = momentsOf(values);
        const [means, variances] = [statistics[`${norm}.mean`], statistics[`${norm}.variance`]];
        for (let c = 0; c < values.channels; c++) {
          // float32 sums of some hundred values
          expect(means?.[c]).toBeCloseTo(BATCH_NORM.momentum * (mean[c] as number), 5);
          const unbiased = ((variance[c] as number) * count) / (count - 1);
          expect(variances?.[c]).toBeCloseTo(1 - BATCH_NORM.momentum + BATCH_NORM.momentum * unbiased, 4);
        }
      }
      engine.dispose();
    });

    it('keep nine tenths of what they were, by either kind of step', async () => {
      const engine = await start();
      const mixing = randomMixing(graph, 1);
      const frozen = { learningRate: 1e-30, momentum: 0, weightDecay: 0, clipNorm: 1 };
      await engine.mixingGradient(miniBatch, mixing);
      const one = (await engine.save()).statistics;
      await engine.weightsStep(miniBatch, mixing, frozen);
      const two = (await engine.save()).statistics;
      for (const { name: norm, channels } of graph.norms) {
        for (let c = 0; c < channels; c++) {
          for (const [part, before] of [
            ['mean', 0],
            ['variance', 1],
          ] as const) {
            const [first, second] = [one, two].map((all) => all[`${norm}.${part}`]?.[c] as number) as [number, number];
            // From 0 or 1 towards the same mini-batch: what is left to go shrinks by 0.9. float32 state.
            expect(Math.abs(second - first - 0.9 * (first - before))).toBeLessThan(1e-6 * (1 + Math.abs(first)));
          }
        }
      }
      engine.dispose();
    });

    it('are each batch norm’s own in evaluation mode, and play no part in training mode', async () => {
      const engine = await start();
      const mixing = randomMixing(graph, 1);
      await engine.mixingGradient(miniBatch, mixing);
      const saved = await engine.save();
      const logitsBy = async (statistics: 'running' | 'batch', norm: string | null): Promise<Float32Array> => {
        const own = saved.statistics[`${norm}.mean`] ?? new Float32Array();
        const moved = norm === null ? {} : { [`${norm}.mean`]: own.map((mean) => mean + 1) };
        await engine.restore({ ...saved, statistics: { ...saved.statistics, ...moved } });
        return (await engine.forward(miniBatch, mixing, { statistics })).logits;
      };
      const evaluated = await logitsBy('running', null);
      for (const norm of graph.norms) expect(await logitsBy('running', norm.name), norm.name).not.toEqual(evaluated);
      expect(await logitsBy('batch', 'stem.bn')).toEqual(await logitsBy('batch', null));
      engine.dispose();
    });
  });

  describe(`${name}: mixing weights`, () => {
    const only = (primitive: Primitive): MixingWeights => {
      return mixingOf(graph, (column) => (DARTS_PRIMITIVES[column] === primitive ? 1 : 0));
    };
    const nodes = ['cells.0.states.0', 'cells.0.states.1', 'cells.0.states.2', 'cells.0.states.3'];
    const statesOf = async (engine: Engine, mixing: MixingWeights): Promise<Maps[]> => {
      const { activations } = await engine.forward(miniBatch, mixing, { statistics: 'batch', activations: nodes });
      return nodes.map((node) => toMaps(graph, node, activations[node] as Float32Array));
    };

    it('that are all 0 leave the classifier’s bias', async () => {
      const engine = await start();
      const { logits } = await engine.forward(
        miniBatch,
        mixingOf(graph, () => 0),
        { statistics: 'batch' },
      );
      const bias = weight('classifier.bias');
      for (const [i, logit] of logits.entries()) expect(logit).toBe(bias[i % bias.length]);
      const { gradient, loss } = await engine.mixingGradient(
        miniBatch,
        mixingOf(graph, () => 0),
      );
      expect(Number.isFinite(loss)).toBe(true);
      expect([...gradient.normal, ...gradient.reduce].every(Number.isFinite)).toBe(true);
      engine.dispose();
    });

    it('of `none` count as 0', async () => {
      const engine = await start();
      const mixing = randomMixing(graph, 1);
      const columns = DARTS_PRIMITIVES.length;
      const without = (matrix: Float32Array): Float32Array => matrix.map((m, i) => (i % columns === 0 ? 0 : m));
      const closed = { normal: without(mixing.normal), reduce: without(mixing.reduce) };
      const [one, other] = await engine.losses(miniBatch, [mixing, closed], { perExample: true });
      expect(one).toEqual(other);
      engine.dispose();
    });

    it('that choose the skip make a node the sum of those before it', async () => {
      const engine = await start();
      const [a, b, c, d] = (await statesOf(engine, only('skip_connect'))) as [Maps, Maps, Maps, Maps];
      const sum = (...maps: Maps[]): Float32Array => {
        return a.values.map((_, i) => maps.reduce((total, { values }) => total + (values[i] as number), 0));
      };
      expectClose(c.values, sum(a, b));
      expectClose(d.values, sum(a, b, c));
      engine.dispose();
    });

    it.each([
      ['max_pool_3x3', maximaOf],
      ['avg_pool_3x3', meansOf],
    ] as const)('that choose %s make a node the sum of normalized pools', async (primitive, pool) => {
      const engine = await start();
      const [a, b, c] = (await statesOf(engine, only(primitive))) as [Maps, Maps, Maps, Maps];
      const [one, other] = [a, b].map((input) => normalized(pool(input, 1))) as [Maps, Maps];
      expectClose(
        c.values,
        one.values.map((value, i) => value + (other.values[i] as number)),
      );
      engine.dispose();
    });

    it('twice as large make the first node twice as large, and those of the other kind of cell leave it', async () => {
      const engine = await start();
      const mixing = randomMixing(graph, 1);
      const doubled = { normal: mixing.normal.map((m) => 2 * m), reduce: randomMixing(graph, 2).reduce };
      const [before, after] = [await statesOf(engine, mixing), await statesOf(engine, doubled)];
      expect(after[0]).toEqual(before[0]);
      // A power of two: no rounding changes.
      expect(after[2]?.values).toEqual(before[2]?.values.map((value) => 2 * value));
      engine.dispose();
    });
  });
}

/** float32 sums of a few terms, on values of about 1 to 10 */
function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...expected.map((_, i) => Math.abs((actual[i] as number) - (expected[i] as number))));
  expect(largest).toBeLessThan(2e-5);
}

function toMaps(graph: BlockGraph, name: string, values: Float32Array): Maps {
  const block = graph.blocks.find(({ output }) => output.name === name);
  if (block === undefined) throw new Error(`the network makes no ${name}`);
  return { ...block.output, values };
}
