import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRetrainedRun } from '../../actors/retraining/retrained-run.ts';
import { readSafetensors, writeSafetensors } from '../../src/export/safetensors.ts';
import { writeOnnx } from '../../src/export/write-onnx.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { networkOf } from '../../src/retrain/setup.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { checkTorch } from '../../tools/export/export-check.ts';
import { torchLogits } from '../../tools/export/torch-check.ts';
import { writeNetwork } from '../../tools/export/write-network.ts';
import { EVERY_PRIMITIVE, randomImages, randomState } from '../export/random-network.ts';
import { writeRetrainedRun } from '../support/retrained-run.ts';
import { pythonWithTorch } from '../support/torch.ts';

/** Allows float32 rounding in two orders; a wrong padding is off by 1e-2. */
const TOLERANCE = 1e-5;

const python = pythonWithTorch();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'torch-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a network of a genotype for PyTorch. */
function write(
  name: string,
  options: Parameters<typeof resolveRetrainingOptions>[0],
  dialect?: 'pairs' | 'triples',
  facts = {},
) {
  const resolved = resolveRetrainingOptions(options, 'smoke');
  const state = randomState(buildRetrainedNetwork(networkOf(resolved)), 1);
  writeRetrainedRun(join(folder, name), { options: resolved, state, epoch: 3, data: 'none', facts });
  const run = readRetrainedRun(join(folder, name));
  const file = join(folder, `${name}.safetensors`);
  const { beside } = writeNetwork(run, 'torch', file, dialect === undefined ? {} : { dialect });
  return { run, file, program: beside as string };
}

/** Logits of an ONNX file of the network. */
async function onnxLogits({ graph, state }: ReturnType<typeof write>['run'], images: Float32Array) {
  const session = await InferenceSession.create(writeOnnx(graph, state, { version: '1' }));
  const { image, pictureChannels: channels } = graph;
  const dims = [images.length / (channels * image * image), channels, image, image];
  const { logits } = await session.run({ images: new Tensor('float32', images, dims) });
  await session.release();
  return logits?.data as Float32Array;
}

describe('a network in PyTorch', () => {
  const genotype = publishedGenotype('DARTS_V2');
  it.each([
    ['in pairs, with the auxiliary head', { genotype, image: 32 }, undefined],
    [
      'in pairs, with some nodes concatenated',
      { genotype: { ...genotype, normalConcat: [5, 3], reduceConcat: [4] } },
      undefined,
    ],
    ['in triples that pairs could say', { genotype }, 'triples'],
    ['in triples, with an absent node and another stem', { genotype: EVERY_PRIMITIVE, stemMultiplier: 2 }, undefined],
  ] as const)('takes every name, and has the logits of the ONNX file: %s', async (name, options, dialect) => {
    const { run, file, program } = write(name.replaceAll(' ', '_'), options, dialect);
    const images = randomImages(3, run.options.image, 1);
    const expected = await onnxLogits(run, images);
    expect(expected).toHaveLength(30);
    if (python === null) return;
    const found = torchLogits(python, program, file, images);
    expect(found).toHaveLength(30);
    const largest = Math.max(...expected.map(Math.abs));
    const differences = expected.map((logit, i) => Math.abs(logit - (found[i] as number)));
    expect(Math.max(...differences) / largest).toBeLessThan(TOLERANCE);
  });

  it('takes gray pictures, of other classes and another size', async () => {
    const options = { genotype, image: 12, pictureChannels: 1, classes: 3 } as const;
    const facts = { side: 24, channels: 1, classes: ['a', 'b', 'c'], mean: [0.4], deviation: [0.3] };
    const { run, file, program } = write('gray', options, undefined, facts);
    const { metadata } = readSafetensors(readFileSync(file));
    expect(metadata.get('pictureChannels')).toBe('1');
    expect(metadata.get('classes')).toBe('["a","b","c"]');
    const images = randomImages(3, 12, 1, 1);
    const expected = await onnxLogits(run, images);
    expect(expected).toHaveLength(9);
    if (python === null) return;
    const found = torchLogits(python, program, file, images);
    const largest = Math.max(...expected.map(Math.abs));
    const differences = expected.map((logit, i) => Math.abs(logit - (found[i] as number)));
    expect(Math.max(...differences) / largest).toBeLessThan(TOLERANCE);
  });

  it('predicts from bytes in a shell', () => {
    const { run, file, program } = write('shell', { genotype });
    const { image } = run.options;
    const pixels = join(folder, 'pixels.raw');
    writeFileSync(
      pixels,
      Uint8Array.from({ length: 2 * image * image * 3 }, (_, i) => (i * 37) % 256),
    );
    if (python === null) return;
    const { status, stdout } = spawnSync(python, ['-B', program, file, pixels], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^([a-z]+ \d+\.\d%(, |\n)){10}$/);
  });

  it('is refused where a name is missing', () => {
    const { file, program } = write('whole', { genotype });
    const { tensors, metadata } = readSafetensors(readFileSync(file));
    const kept = new Map([...tensors].filter(([tensor]) => tensor !== 'stem.1.running_mean'));
    expect(kept.size).toBe(tensors.size - 1);
    writeFileSync(file, writeSafetensors({ tensors: kept, metadata }));
    if (python === null) return;
    const logits = () => torchLogits(python, program, file, randomImages(1, 8, 1));
    expect(logits).toThrow(/PyTorch does not take .*Missing key\(s\) in state_dict: "stem\.1\.running_mean"/s);
  });

  it('is not checked where there is no PyTorch', async () => {
    const { run, file, program } = write('unchecked', { genotype });
    expect(await checkTorch({ file, program }, run.graph, run.state, [], null)).toBeNull();
  });
});
