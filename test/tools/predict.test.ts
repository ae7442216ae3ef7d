import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNetwork } from '../../actors/retraining/load-network.ts';
import { loadCifar10 } from '../../src/data/cifar10.ts';
import { CLASS_NAMES, IMAGE_BYTES } from '../../src/data/cifar10-format.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { networkOf } from '../../src/retrain/setup.ts';
import { runPredict } from '../../tools/predict.ts';
import { EVERY_PRIMITIVE, randomState } from '../export/random-network.ts';
import { makePng } from '../support/make-png.ts';
import { writeRetrainedRun } from '../support/retrained-run.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';

/** Takes CIFAR-10's pictures as they are. */
const OPTIONS = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE, image: 32, auxiliaryWeight: 0 }, 'smoke');
const STATE = randomState(buildRetrainedNetwork(networkOf(OPTIONS)), 1);

let folder: string;
let data: string;
let run: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'predict-'));
  data = join(folder, 'data');
  run = join(folder, 'run');
  writeTinyCifar(data, { train: 5, test: 12 });
  writeRetrainedRun(run, { options: OPTIONS, state: STATE, epoch: OPTIONS.epochs, data });
});
afterAll(() => rmSync(folder, { recursive: true }));

const predict = (...args: string[]) => runInProcess(runPredict, [...args, '--threads', '1']);

/** Probabilities of a test picture, by class. */
async function expectedOf(index: number): Promise<Record<string, number>> {
  const { test } = await loadCifar10({ data });
  const network = await loadNetwork(run, { threads: 1 });
  const row = await network.predict(
    Uint8Array.from(test.images.bytes.subarray(index * IMAGE_BYTES).subarray(0, IMAGE_BYTES)),
  );
  network.dispose();
  return Object.fromEntries(CLASS_NAMES.map((name, i) => [name, row[i] as number]));
}

/** Writes a test picture as PNG. */
async function writePicture(name: string, index: number): Promise<string> {
  const { test } = await loadCifar10({ data });
  const pixels = [...test.images.bytes.subarray(index * IMAGE_BYTES, (index + 1) * IMAGE_BYTES)];
  const rows = Array.from({ length: 32 }, (_, y) => pixels.slice(y * 96, (y + 1) * 96));
  const path = join(folder, name);
  writeFileSync(path, makePng({ width: 32, depth: 8, type: 2, rows }));
  return path;
}

describe('predict', () => {
  it('prints a line of JSON for each picture, the likeliest class first', async () => {
    const { code, stdout, stderr } = await predict(run, 'cifar10:0', 'cifar10:11', '--json', '--top', '10');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ picture, label }) => [picture, label])).toEqual([
      ['cifar10:0', 'airplane'],
      ['cifar10:11', 'automobile'],
    ]);
    for (const [i, index] of [0, 11].entries()) {
      const expected = await expectedOf(index);
      const top: { class: string; probability: number }[] = lines[i].top;
      expect(Object.fromEntries(top.map((one) => [one.class, one.probability]))).toEqual(expected);
      const falling = Object.values(expected).toSorted((a, b) => b - a);
      expect(top.map(({ probability }) => probability)).toEqual(falling);
    }
  });

  it('predicts of a PNG file what it predicts of the same pixels', async () => {
    const path = await writePicture('same.png', 3);
    const { stdout } = await predict(run, path, 'cifar10:3', '--json');
    const [file, listed] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(file.picture).toBe(path);
    expect(file.label).toBeUndefined();
    expect(file.top).toHaveLength(5);
    expect(file.top).toEqual(listed.top);
  });

  it('takes a picture of any size and kind', async () => {
    const path = join(folder, 'tall.png');
    const rows = Array.from({ length: 50 }, (_, y) => Array.from({ length: 7 }, (_, x) => (y * 5 + x) % 256));
    writeFileSync(path, makePng({ width: 7, depth: 8, type: 0, rows }));
    const { code, stdout } = await predict(run, path);
    expect(code).toBe(0);
    const [name, ...classes] = stdout.trimEnd().split('\n');
    expect(name).toBe(path);
    expect(classes).toHaveLength(5);
    for (const line of classes) expect(line).toMatch(/^ {2}[a-z]+ +\d+\.\d %$/);
  });

  it('prints a table, with the label of a test picture', async () => {
    const { stdout } = await predict(run, 'cifar10:2', '--top', '1');
    expect(stdout).toMatch(/^cifar10:2 \(bird\)\n {2}[a-z]+ +\d+\.\d %\n$/);
  });

  it('says that the training has not ended', async () => {
    const early = join(folder, 'early');
    writeRetrainedRun(early, { options: OPTIONS, state: STATE, epoch: 1, data });
    const { code, stderr } = await predict(early, 'cifar10:0');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'warning: the retraining has not ended: this is its network after 1 of 3 epochs\n',
    });
  });

  it('ends with one sentence and exit code 2 for bad input, before any prediction', async () => {
    const jpeg = join(folder, 'a.jpg');
    writeFileSync(jpeg, Uint8Array.of(0xff, 0xd8, 0xff));
    const onnx = join(folder, 'network.onnx');
    writeFileSync(onnx, '');
    for (const [args, said] of [
      [[run], "missing required argument 'pictures'"],
      [[run, 'cifar10:0', jpeg], `${jpeg} must be a PNG, the only format that is read so far`],
      [[run, join(folder, 'none.png')], `${join(folder, 'none.png')} cannot be read (ENOENT)`],
      [[run, folder], `${folder} cannot be read (EISDIR)`],
      [[run, 'cifar10:12'], 'cifar10:12 must be below 12, the number of test pictures'],
      [[onnx, 'cifar10:0'], `run must be the folder of a retraining, got the file ${onnx}`],
      [[folder, 'cifar10:0'], 'holds no run'],
      [[run, 'cifar10:0', '--top', '0'], 'top must be an integer from 1 to 1000, got "0"'],
    ] as const) {
      const { code, stdout, stderr } = await predict(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: .*\n$/);
      expect(stderr).toContain(said);
    }
  });
});
