import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { makeBmp } from '../support/make-bmp.ts';
import { makePng } from '../support/make-png.ts';
import { writeRetrainedRun } from '../support/retrained-run.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';
import { writePictures } from '../support/write-pictures.ts';

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

const predict = (...args: string[]) => runInProcess(runPredict, args);

const linesOf = ({ stdout }: { stdout: string }) => {
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
};

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

  it('averages pictures as those of the training were, for a network of smaller ones', async () => {
    const small = join(folder, 'small');
    const options = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE, image: 16, auxiliaryWeight: 0 }, 'smoke');
    const state = randomState(buildRetrainedNetwork(networkOf(options)), 2);
    writeRetrainedRun(small, { options, state, epoch: options.epochs, data });
    const path = await writePicture('small.png', 4);
    const [file, listed] = linesOf(await predict(small, path, 'cifar10:4', '--json'));
    expect(file.top).toEqual(listed.top);
  });

  it('takes pictures of any size and format, and folders of them', async () => {
    const album = join(folder, 'album');
    await writePictures(album, {
      'a.png': { color: [9, 99, 200], width: 7, height: 50 },
      'b/c.webp': { color: [9, 99, 200, 128], width: 100, height: 20 },
      'b/d.JPG': { color: [1, 2, 3], width: 1, height: 1 },
      'e.gif': { color: [0, 0, 0] },
    });
    writeFileSync(join(album, 'f.bmp'), makeBmp({ width: 2, pixels: new Uint8Array(12), depth: 24 }));
    writeFileSync(join(album, 'notes.txt'), '');
    const { code, stdout } = await predict(run, album, '--top', '2');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    const names = ['a.png', 'b/c.webp', 'b/d.JPG', 'e.gif', 'f.bmp'];
    expect(lines.filter((line) => !line.startsWith(' '))).toEqual(names.map((name) => join(album, name)));
    expect(lines).toHaveLength(15);
    for (const line of lines.filter((line) => line.startsWith(' '))) expect(line).toMatch(/^ {2}[a-z]+ +\d+\.\d %$/);
    // The same black square, from two formats.
    expect(lines.slice(10, 12)).toEqual(lines.slice(13, 15));
  });

  it('passes over broken files by option, names them, and refuses to end with no picture', async () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed);
    const broken = join(mixed, 'a.png');
    writeFileSync(broken, 'no picture');
    const refused = await predict(run, mixed, '--skip-broken');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('none of the files can be read') });
    await writePictures(mixed, { 'b.png': { color: [9, 99, 200] } });
    const { code, stdout, stderr } = await predict(run, mixed, '--skip-broken', '--json');
    expect(code).toBe(0);
    expect(stderr).toBe(`skipped: ${broken} must be a PNG, JPEG, WebP, GIF or BMP picture\n`);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).picture),
    ).toEqual([join(mixed, 'b.png')]);
  });

  it('prints a table, with the label of a test picture', async () => {
    const { stdout } = await predict(run, 'cifar10:2', '--top', '1', '--threads', '1');
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
    const svg = join(folder, 'a.svg');
    writeFileSync(svg, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const onnx = join(folder, 'none.onnx');
    writeFileSync(onnx, '');
    const text = join(folder, 'text.onnx');
    writeFileSync(text, 'no network');
    for (const [args, said] of [
      [[run], "missing required argument 'pictures'"],
      [[run, 'cifar10:0', jpeg], `${jpeg} is a damaged picture (`],
      [[run, 'cifar10:0', svg], `${svg} must be a PNG, JPEG, WebP, GIF or BMP picture`],
      [[run, join(folder, 'none.png')], `${join(folder, 'none.png')} cannot be read (ENOENT)`],
      [[run, empty], `${empty} holds no pictures`],
      [[run, 'cifar10:12'], 'cifar10:12 must be below 12, the number of test pictures'],
      [[text, 'cifar10:0'], `${text} must be an ONNX file, and is not`],
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
