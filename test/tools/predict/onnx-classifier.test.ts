import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOnnxMetadata } from '../../../src/export/read-onnx-metadata.ts';
import { buildRetrainedNetwork } from '../../../src/network/retrained-network.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { ProtobufMessage } from '../../../src/protobuf/protobuf-message.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { networkOf } from '../../../src/retrain/setup.ts';
import { runExport } from '../../../tools/export.ts';
import { loadOnnxClassifier } from '../../../tools/predict/onnx-classifier.ts';
import { runPredict } from '../../../tools/predict.ts';
import { EVERY_PRIMITIVE, randomState } from '../../export/random-network.ts';
import { writeRetrainedRun } from '../../support/retrained-run.ts';
import { runInProcess } from '../../support/run-in-process.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';
import { writePictures } from '../../support/write-pictures.ts';

const OPTIONS = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE, image: 16, auxiliaryWeight: 0 }, 'smoke');

let folder: string;
let data: string;
let run: string;
let onnx: string;
let album: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-'));
  data = join(folder, 'data');
  run = join(folder, 'run');
  onnx = join(folder, 'network.onnx');
  album = join(folder, 'album');
  writeTinyCifar(data, { train: 5, test: 12 });
  const state = randomState(buildRetrainedNetwork(networkOf(OPTIONS)), 1);
  writeRetrainedRun(run, { options: OPTIONS, state, epoch: OPTIONS.epochs, data });
  await writePictures(album, {
    'a.png': { color: [200, 9, 9], width: 90, height: 40 },
    'b.webp': { color: [9, 9, 200] },
    'c.jpg': { color: [9, 200, 9] },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (...args: string[]) => {
  return runInProcess(runExport, [run, '--to', 'onnx', '--out', onnx, '--pictures', '1', ...args]);
};

/** Predictions of all pictures, by class. */
async function predict(network: string): Promise<Record<string, number>[]> {
  const { code, stdout, stderr } = await runInProcess(runPredict, [network, album, '--json', '--top', '10']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => {
    const { top } = JSON.parse(line) as { top: { class: string; probability: number }[] };
    return Object.fromEntries(top.map((one) => [one.class, one.probability]));
  });
}

describe('predict by an ONNX file', () => {
  it.each([[[]], [['--softmax']], [['--batch', '2']]])('tells what the run tells, exported with %j', async (args) => {
    expect(await write(...args)).toMatchObject({ code: 0 });
    const [fromFile, fromRun] = [await predict(onnx), await predict(run)];
    expect(fromFile).toHaveLength(3);
    for (const [i, expected] of fromRun.entries()) {
      // Two engines of float32 round differently.
      for (const [name, value] of Object.entries(expected)) expect(fromFile[i]?.[name]).toBeCloseTo(value, 4);
    }
  });

  it('takes test pictures of CIFAR-10', async () => {
    await write();
    const { stdout } = await runInProcess(runPredict, [onnx, 'cifar10:3', '--data', data, '--top', '1']);
    expect(stdout).toMatch(/^cifar10:3 \(cat\)\n {2}[a-z]+ +\d+\.\d %\n$/);
    const { code, stderr } = await runInProcess(runPredict, [onnx, 'cifar10:3', '--threads', '1']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: threads: without effect because the network is an ONNX file\n',
    });
  });

  it('says which package runs the file', async () => {
    await write();
    const missing = () => Promise.reject(Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' }));
    const said = `${onnx} is run by the package onnxruntime-web, which is missing: npm install onnxruntime-web`;
    await expect(loadOnnxClassifier(onnx, missing)).rejects.toThrow(said);
    await expect(loadOnnxClassifier(onnx, missing)).rejects.toBeInstanceOf(OptionsError);
  });

  it('refuses a file that does not say how pictures are prepared', async () => {
    const path = join(folder, 'other.onnx');
    const entry = (key: string, value: string) => new ProtobufMessage().text(1, key).text(2, value);
    const facts = { image: '16', pictureChannels: '3', mean: '[0,0,0]', deviation: '[1,1,1]', classes: '["a","b"]' };
    for (const [changed, said] of [
      [{ classes: '["a"]' }, 'does not say how pictures are prepared (classes): only files that export wrote'],
      [{ mean: 'no json' }, 'does not say how pictures are prepared (mean)'],
      [{ mean: '[0]' }, 'does not say how pictures are prepared (mean and deviation)'],
      [{}, 'cannot be run ('],
    ] as const) {
      const message = new ProtobufMessage().integer(1, 8);
      for (const [key, value] of Object.entries({ ...facts, ...changed })) message.message(14, entry(key, value));
      writeFileSync(path, message.finish());
      await expect(loadOnnxClassifier(path)).rejects.toThrow(`${path} ${said}`);
      await expect(loadOnnxClassifier(path)).rejects.toBeInstanceOf(OptionsError);
    }
  });
});

describe('readOnnxMetadata', () => {
  it('reads the texts of a whole file, and nothing of a cut one', async () => {
    await write();
    const file = readFileSync(onnx);
    const metadata = readOnnxMetadata(file);
    expect(JSON.parse(metadata?.get('classes') ?? '')).toContain('airplane');
    expect(JSON.parse(metadata?.get('side') ?? '')).toBe(32);
    expect(readOnnxMetadata(file.subarray(0, file.length - 1))).toBeNull();
    expect(readOnnxMetadata(Buffer.from('no message'))).toBeNull();
  });
});
