import { InferenceSession, Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import type { MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import { OPSETS } from '../../src/export/onnx-messages.ts';
import { type OnnxOptions, writeOnnx } from '../../src/export/write-onnx.ts';
import { Random } from '../../src/math/random.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { cellEdges } from '../../src/space/cell.ts';
import type { Genotype, GenotypeEntry } from '../../src/space/genotype.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { bytesOf, readMessage } from '../protobuf/read-message.ts';
import { evaluateNaively } from './naive-network.ts';
import { EVERY_PRIMITIVE, randomImages, randomState } from './random-network.ts';

/** Allows float32 rounding of the runtime against float64 definitions; a wrong padding is off by 1e-2. */
const TOLERANCE = 1e-5;

const SIZES = { channels: 4, layers: 3, image: 8 };
const VERSION = { version: '1.2.3' };

/** Runs a file in the runtime. */
async function runOnnx(
  file: Uint8Array,
  images: Float32Array,
  { image, pictureChannels: channels }: Pick<BlockGraph, 'image' | 'pictureChannels'>,
): Promise<Tensor> {
  const session = await InferenceSession.create(file);
  expect([session.inputNames, session.outputNames]).toEqual([['images'], ['logits']]);
  const batch = images.length / (channels * image * image);
  const { logits } = await session.run({ images: new Tensor('float32', images, [batch, channels, image, image]) });
  await session.release();
  return logits as Tensor;
}

/** Computes the largest difference between the runtime's and the defined logits, over the largest logit. */
async function errorOf(graph: BlockGraph, state: NetworkState, batch: number, mixing?: MixingWeights): Promise<number> {
  const images = randomImages(batch, graph.image, 1, graph.pictureChannels);
  const file = writeOnnx(graph, state, mixing === undefined ? VERSION : { ...VERSION, mixing });
  const { data, dims } = await runOnnx(file, images, graph);
  expect(dims).toEqual([batch, graph.classes]);
  const expected = evaluateNaively(graph, state, images, mixing);
  const largest = expected.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0);
  const differences = expected.map((logit, i) => Math.abs(logit - (data[i] as number)));
  return Math.max(...differences) / largest;
}

/** Draws two operations into each node. */
function randomGenotype(seed: number): Genotype {
  const random = Random.fromSeed(seed, 'genotype');
  const primitives = DARTS_PRIMITIVES.filter((primitive) => primitive !== 'none');
  const cell = (): GenotypeEntry[] =>
    [2, 3, 4, 5].flatMap((to) =>
      [0, 1].map(() => ({ to, from: random.integer(to), primitive: primitives[random.integer(7)] ?? 'skip_connect' })),
    );
  return { normal: cell(), reduce: cell() };
}

describe('a network written as ONNX computes the defined logits', () => {
  it.each([1, 3])('with every primitive, both strides and an absent node, for %d pictures', async (batch) => {
    const graph = buildRetrainedNetwork({ ...SIZES, genotype: EVERY_PRIMITIVE });
    expect(await errorOf(graph, randomState(graph, 1), batch)).toBeLessThan(TOLERANCE);
  });

  it.each([1, 2, 3, 4, 5])('with random cells (%d)', async (seed) => {
    const graph = buildRetrainedNetwork({ ...SIZES, classes: 7, genotype: randomGenotype(seed) });
    expect(await errorOf(graph, randomState(graph, seed), 2)).toBeLessThan(TOLERANCE);
  });

  it('of gray pictures whose size is no power of two', async () => {
    const shape = { image: 28, pictureChannels: 1, classes: 3 } as const;
    const graph = buildRetrainedNetwork({ ...SIZES, ...shape, genotype: EVERY_PRIMITIVE });
    expect(await errorOf(graph, randomState(graph, 1), 2)).toBeLessThan(TOLERANCE);
  });

  it('with some nodes concatenated, in another order', async () => {
    const genotype = { ...EVERY_PRIMITIVE, normalConcat: [3, 2], reduceConcat: [5, 3] };
    const graph = buildRetrainedNetwork({ ...SIZES, genotype });
    expect(await errorOf(graph, randomState(graph, 1), 2)).toBeLessThan(TOLERANCE);
  });

  it('before any pass has moved the running statistics', async () => {
    const graph = buildRetrainedNetwork({ ...SIZES, genotype: EVERY_PRIMITIVE });
    expect(await errorOf(graph, { ...randomState(graph, 1), statistics: {} }, 2)).toBeLessThan(TOLERANCE);
  });

  it('of a supernet, with its mixing weights as constants', async () => {
    const graph = buildSupernet({ ...SIZES, nodes: 2, primitives: DARTS_PRIMITIVES });
    const random = Random.fromSeed(1, 'mixing');
    const matrix = (): Float32Array => {
      return Float32Array.from({ length: cellEdges(2).length * DARTS_PRIMITIVES.length }, () => random.uniform());
    };
    const mixing = { normal: matrix(), reduce: matrix() };
    expect(await errorOf(graph, randomState(graph, 1), 2, mixing)).toBeLessThan(TOLERANCE);
  });
});

describe('a network written as ONNX in another form', () => {
  const graph = buildRetrainedNetwork({ ...SIZES, genotype: EVERY_PRIMITIVE });
  const state = randomState(graph, 1);
  const images = randomImages(2, SIZES.image, 1);
  const fileOf = (options: Partial<OnnxOptions>): Uint8Array => writeOnnx(graph, state, { ...VERSION, ...options });
  const opsets = Array.from({ length: OPSETS.newest - OPSETS.oldest + 1 }, (_, i) => OPSETS.oldest + i);

  it.each(opsets)('has the same logits in operator set %d', async (opset) => {
    const file = fileOf({ opset });
    const [imported] = bytesOf(readMessage(file), 8);
    expect(readMessage(imported as Uint8Array)).toEqual([{ number: 2, value: BigInt(opset) }]);
    const expected = evaluateNaively(graph, state, images);
    const { data } = await runOnnx(file, images, graph);
    const errors = expected.map((logit, i) => Math.abs(logit - (data[i] as number)));
    expect(Math.max(...errors) / Math.max(...expected.map(Math.abs))).toBeLessThan(TOLERANCE);
  });

  it('names the IR version of the release that the operator set came with', () => {
    const irVersion = (opset: number) => readMessage(fileOf({ opset })).find(({ number }) => number === 1)?.value;
    expect(opsets.map(irVersion)).toEqual([7n, 7n, 8n, 8n, 8n, 8n, 9n, 9n, 10n, 10n, 11n]);
  });

  it('takes a fixed number of pictures alone', async () => {
    const session = await InferenceSession.create(fileOf({ batch: 2 }));
    expect(session.inputMetadata).toMatchObject([{ shape: [2, 3, 8, 8] }]);
    expect(session.outputMetadata).toMatchObject([{ shape: [2, 10] }]);
    const run = (count: number) => {
      return session.run({ images: new Tensor('float32', randomImages(count, 8, 1), [count, 3, 8, 8]) });
    };
    expect((await run(2)).logits?.dims).toEqual([2, 10]);
    await expect(run(3)).rejects.toThrow();
    await session.release();
  });

  it('gives the softmax of the logits as probabilities', async () => {
    const session = await InferenceSession.create(fileOf({ softmax: true }));
    expect(session.outputNames).toEqual(['probabilities']);
    const { probabilities } = await session.run({ images: new Tensor('float32', images, [2, 3, 8, 8]) });
    await session.release();
    const expected = softmaxRows((await runOnnx(fileOf({}), images, graph)).data as Float32Array, 10);
    const errors = expected.map((value, i) => Math.abs(value - (probabilities?.data[i] as number)));
    expect(Math.max(...errors)).toBeLessThan(1e-6);
  });

  it.each([12, 24, 13.5, Number.NaN])('is refused in operator set %d', (opset) => {
    expect(() => fileOf({ opset })).toThrow(new RangeError(`opset must be an integer from 13 to 23, got ${opset}`));
  });

  it.each([0, -1, 1.5])('is refused for %d pictures', (batch) => {
    expect(() => fileOf({ batch })).toThrow(new RangeError(`batch must be a positive integer, got ${batch}`));
  });
});

describe('writeOnnx', () => {
  const graph = buildRetrainedNetwork({ ...SIZES, genotype: EVERY_PRIMITIVE });
  const state = randomState(graph, 1);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

  it('leaves the auxiliary head out', () => {
    const [image, genotype] = [32, EVERY_PRIMITIVE];
    const [plain, withHead] = [false, true].map((auxiliary) => {
      const network = buildRetrainedNetwork({ ...SIZES, image, genotype, auxiliary });
      return writeOnnx(network, randomState(network, 1), VERSION);
    });
    // The head's batch norms shift the random state, so only the lengths are equal.
    expect(withHead?.length).toBe(plain?.length);
    expect(text(withHead as Uint8Array)).not.toContain('auxiliary');
  });

  it('names the producer and keeps the metadata', () => {
    const file = text(writeOnnx(graph, state, { version: '1.2.3', metadata: { genotype: 'Genotype(...)' } }));
    for (const part of ['lesslocal', '1.2.3', 'genotype', 'Genotype(...)']) expect(file).toContain(part);
  });

  it('refuses a state that lacks a weight or has one of another size', () => {
    const { 'classifier.bias': bias, ...others } = state.weights;
    expect(() => writeOnnx(graph, { ...state, weights: others }, VERSION)).toThrow('weight classifier.bias is missing');
    const weights = { ...others, 'classifier.bias': new Float32Array(9) };
    expect(() => writeOnnx(graph, { ...state, weights }, VERSION)).toThrow(
      'classifier.bias must have 10 values, got 9',
    );
    expect(bias).toHaveLength(10);
  });

  it('refuses noise, which a file cannot hold', () => {
    const noise = [{ primitive: 'noise', from: 0, to: 2 }] as const;
    const noisy = buildRetrainedNetwork({ ...SIZES, genotype: { normal: noise, reduce: noise } });
    expect(() => writeOnnx(noisy, randomState(noisy, 1), VERSION)).toThrow(GenotypeError);
  });

  it('refuses partial channels', () => {
    const options = { nodes: 1, primitives: ['skip_connect'], partialChannels: SIZES.channels / 2 } as const;
    const supernet = buildSupernet({ ...SIZES, ...options });
    const matrix = new Float32Array(4).fill(1);
    const mixing = { normal: matrix, reduce: matrix };
    expect(() => writeOnnx(supernet, randomState(supernet, 1), { ...VERSION, mixing })).toThrow(
      'a supernet with partial channels cannot be exported',
    );
  });

  it('refuses a supernet without mixing weights, and nodes without operations', () => {
    const supernet = buildSupernet({ ...SIZES, nodes: 1, primitives: ['skip_connect'] });
    expect(() => writeOnnx(supernet, randomState(supernet, 1), VERSION)).toThrow(
      'edge 0 of the normal cell has no mixing',
    );
    const empty = buildSupernet({ ...SIZES, nodes: 1, primitives: ['none'] });
    const mixing = { normal: new Float32Array(2), reduce: new Float32Array(2) };
    expect(() => writeOnnx(empty, randomState(empty, 1), { ...VERSION, mixing })).toThrow(
      'cells.0.states.2 must sum at least one operation',
    );
  });
});
