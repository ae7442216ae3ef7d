import { totalmem } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCpuEngine } from '../../../../src/engine/cpu/cpu-engine.ts';
import { builtKernels } from '../../../../src/engine/cpu/run/kernels.ts';
import { OutOfMemoryError } from '../../../../src/engine/engine.ts';
import { initialWeights } from '../../../../src/network/initial-weights.ts';
import { buildSupernet } from '../../../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../../src/space/primitives.ts';
import { GoldenCase } from '../../../../tools/golden/golden-case.ts';
import { checkGolden } from '../../../../tools/golden/golden-check.ts';
import { checkMethod } from '../../../../tools/golden/method-check.ts';
import { METHOD_CASES } from '../../../support/method-cases.ts';
import { randomMiniBatch, randomMixing, unevenSupernet } from '../../fixtures.ts';
import { withDrops } from '../../retrained-fixtures.ts';

const THREADS = [1, 2, 3];

describe.each(builtKernels())('%s kernels', (kernels) => {
  it.each(['case-a', 'case-b', 'case-c', 'trace-a'])(
    'agree with PyTorch on %s, to the same bit for 1, 2 and 3 threads',
    async (name) => {
      const golden = new GoldenCase(`test/golden/${name}`);
      const seen = new Set<string>();
      for (const threads of THREADS) {
        const engine = await createCpuEngine(golden.graph(), { kernels, threads });
        const errors = await checkGolden(golden, engine);
        engine.dispose();
        // What float32 is good for; a trace is held to what leaving out the weights' decay would exceed.
        for (const error of Object.values(errors)) expect(error).toBeLessThan(name === 'trace-a' ? 1e-5 : 1e-4);
        seen.add(JSON.stringify(errors));
      }
      expect(seen.size).toBe(1);
    },
  );

  it.each(METHOD_CASES)(
    'agree with PyTorch on the method’s case %s, to the same bit for 1, 2 and 3 threads',
    async (name) => {
      const golden = new GoldenCase(`test/golden/methods/${name}`);
      const seen = new Set<string>();
      for (const threads of THREADS) {
        const engine = await createCpuEngine(golden.graph(), { kernels, threads });
        const errors = await checkMethod(golden, engine);
        engine.dispose();
        for (const [tensor, error] of Object.entries(errors)) expect(error).toBeLessThan(golden.tolerance(tensor));
        seen.add(JSON.stringify(errors));
      }
      expect(seen.size).toBe(1);
    },
  );

  it('a mini-batch beyond the memory of the machine is refused in one sentence, and smaller ones go on', async () => {
    const primitives = FAIR_DARTS_PRIMITIVES;
    const graph = buildSupernet({ channels: 4, layers: 3, nodes: 1, primitives, image: 32 });
    const engine = await createCpuEngine(graph, { kernels, threads: 1 });
    onTestFinished(() => engine.dispose());
    await engine.prepare(8);
    const { bytes } = engine.memory();
    const tooMany = Math.ceil((1.5 * totalmem()) / (bytes / 8));
    await expect(engine.prepare(tooMany)).rejects.toThrow(/^the network needs .*: take a smaller batch[^.]*$/);
    await expect(engine.prepare(tooMany)).rejects.toThrow(OutOfMemoryError);
    expect(engine.memory()).toEqual({ bytes, tensors: 0 });
    await engine.prepare(8);
  });

  // 16 channels fill the widest vectors, 6 nothing evenly; 37 pictures make chunks of 5 with the last one short.
  it.each([
    [16, 37],
    [6, 5],
  ])('make the same steps for 1, 2 and 3 threads: %s channels, %s pictures', async (channels, pictures) => {
    const graph = buildSupernet({ channels, layers: 3, nodes: 2, primitives: FAIR_DARTS_PRIMITIVES, image: 8 });
    const images = Float32Array.from({ length: pictures * 8 * 8 * 3 }, (_, i) => Math.sin(i * i));
    const miniBatch = { images, labels: Uint16Array.from({ length: pictures }, (_, i) => i % 10) };
    const matrix = Float32Array.from({ length: 35 }, (_, i) => (i % 7) / 7);
    const mixing = { normal: matrix, reduce: matrix };
    const results: unknown[] = [];
    for (const threads of THREADS) {
      const engine = await createCpuEngine(graph, { kernels, threads });
      await engine.restore({ weights: initialWeights(graph, 1), velocity: {}, statistics: {} });
      const settings = { learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3, clipNorm: 5 };
      await engine.weightsStep(miniBatch, mixing, settings);
      const { gradient } = await engine.mixingGradient(miniBatch, mixing);
      results.push([await engine.weightsStep(miniBatch, mixing, settings), gradient, await engine.save()]);
      engine.dispose();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it.each([
    ['whole channels', 1, 6, 'first'],
    ['partial channels', 4, 8, 'first'],
    ['random channels', 2, 4, 'random'],
  ] as const)(
    'make the same steps for 1, 2 and 3 threads, all that edges may have: %s',
    async (_, partialChannels, channels, channelChoice) => {
      const graph = unevenSupernet({ channels, partialChannels, channelChoice });
      const miniBatch = withDrops(graph, randomMiniBatch(graph, 11, 1));
      const { normal, reduce } = randomMixing(graph, 1);
      const third = (matrix: Float32Array): Float32Array => matrix.map((m, i) => (i % 3 === 0 ? m : 0));
      const sparse = { normal: third(normal), reduce: third(reduce), skipsZeros: true };
      const results: unknown[] = [];
      for (const threads of THREADS) {
        const engine = await createCpuEngine(graph, { kernels, threads });
        await engine.restore({ weights: initialWeights(graph, 1), velocity: {}, statistics: {} });
        const settings = { learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3, clipNorm: 5 };
        await engine.weightsStep(miniBatch, { normal, reduce }, settings);
        await engine.weightsStep(miniBatch, sparse, settings);
        const { gradient } = await engine.mixingGradient(miniBatch, sparse);
        const { logits } = await engine.forward(miniBatch, sparse, { statistics: 'running' });
        const passes: unknown[] = [];
        for (const options of [
          { kinks: 'keep', weightsInto: 'g' },
          { kinks: 'hold', at: { weights: 1, g: -0.1 }, weightsInto: 'h' },
          { statistics: 'running', weightsInto: 'r' },
        ] as const) {
          const { weightsInto } = options;
          passes.push(
            await engine.gradients(miniBatch, { normal, reduce }, options),
            await engine.vectorNorm(weightsInto),
          );
        }
        passes.push(await engine.operationCosines('g', 'h'));
        results.push([gradient, logits, passes, await engine.save()]);
        engine.dispose();
      }
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    },
  );

  it('evaluate fewer pictures in the memory that is there, each as in a mini-batch of its own', async () => {
    const graph = buildSupernet({ channels: 4, layers: 3, nodes: 2, primitives: FAIR_DARTS_PRIMITIVES, image: 8 });
    const engine = await createCpuEngine(graph, { kernels, threads: 2 });
    await engine.restore({ weights: initialWeights(graph, 1), velocity: {}, statistics: {} });
    const images = Float32Array.from({ length: 9 * 8 * 8 * 3 }, (_, i) => Math.sin(i * i));
    const first = (pictures: number) => ({
      images: images.slice(0, pictures * 192),
      labels: new Uint16Array(pictures),
    });
    const mixing = { normal: new Float32Array(35).fill(0.5), reduce: new Float32Array(35).fill(0.5) };
    await engine.prepare(9);
    const { bytes } = engine.memory();
    const all = await engine.forward(first(9), mixing, { statistics: 'running', activations: ['stem'] });
    const few = await engine.forward(first(4), mixing, { statistics: 'running', activations: ['stem'] });
    expect(few.logits).toEqual(all.logits.slice(0, 40));
    expect(few.activations.stem).toEqual(all.activations.stem?.slice(0, (few.activations.stem as Float32Array).length));
    expect(engine.memory().bytes).toBe(bytes);
    engine.dispose();
  });
});
