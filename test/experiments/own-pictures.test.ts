import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runSearch } from '../../experiments/cifar10.ts';
import { runRetraining } from '../../experiments/retrain.ts';
import { runFiles } from '../../src/record/run-folder.ts';
import { runExport } from '../../tools/export.ts';
import { runPredict } from '../../tools/predict.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { writePictures } from '../support/write-pictures.ts';

const FIXTURE = new URL('../data/fixtures/mnist', import.meta.url).pathname;

let folder: string;
let pictures: string;
let run: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'own-pictures-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  pictures = join(folder, 'pictures');
  run = join(folder, 'run');
  // Three classes of gray, which any network can tell apart.
  const shades = { black: 0, gray: 110, white: 220 };
  const files = Object.entries(shades).flatMap(([name, shade]) =>
    Array.from({ length: 16 }, (_, i) => [`${name}/${i}.png`, shade + 2 * i] as const),
  );
  await writePictures(
    pictures,
    Object.fromEntries(files.map(([path, value]) => [path, { color: [value, value, value], width: 20, height: 12 }])),
  );
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const retrain = (...args: string[]) => runInProcess(runRetraining, args);
const NEW = ['--preset', 'smoke', '--genotype', 'DARTS_V2', '--train-size', '24', '--epochs', '2'];

const configOf = (path: string) => JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));

describe('a retraining on a folder of pictures', () => {
  it('takes channels and classes from them, and records how they were read', async () => {
    const args = [...NEW, '--data', pictures, '--test-share', '0.25', '--skip-broken', '--image', '8', '--out', run];
    const { code, stdout, stderr } = await retrain(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'data       the 12 test pictures are drawn from the folder: a share of 0.25 of each class, by seed 0\n',
    );
    expect(stdout).toMatch(/^test accuracy [\d.]+ % on 12 pictures/m);
    const { data, reading, options } = configOf(run);
    expect(data).toMatchObject({ format: 'folder', side: 8, channels: 1, classes: ['black', 'gray', 'white'] });
    expect(data.source).toBe(pictures);
    expect(reading).toEqual({ image: 8, testShare: 0.25, skipBroken: true });
    expect(options).toMatchObject({ pictureChannels: 1, classes: 3 });
  });

  it('predicts pictures, from the run and from its ONNX file', async () => {
    const file = join(folder, 'network.onnx');
    const { code, stdout } = await runInProcess(runExport, [run, '--to', 'onnx', '--out', file]);
    expect(code).toBe(0);
    expect(stdout).toContain('is written and checked: on 12 test pictures');
    const [fromRun, fromFile] = await Promise.all(
      [run, file].map((network) => runInProcess(runPredict, [network, join(pictures, 'gray'), '--json'])),
    );
    const tops = [fromRun, fromFile].map((ending) => {
      const lines = (ending as { stdout: string }).stdout.trimEnd().split('\n');
      return lines.map((line) => JSON.parse(line).top as { class: string; probability: number }[]);
    });
    expect(tops[0]).toHaveLength(16);
    for (const [i, top] of (tops[0] ?? []).entries()) {
      expect(top.map((one) => one.class).toSorted()).toEqual(['black', 'gray', 'white']);
      // Two engines of float32 round differently.
      expect(tops[1]?.[i]?.[0]?.probability).toBeCloseTo(top[0]?.probability as number, 4);
    }
    const refused = await runInProcess(runPredict, [run, 'cifar10:0']);
    expect(refused.stderr).toBe(`error: cifar10:0 is a picture of CIFAR-10, and ${pictures} is of the format folder\n`);
  });

  it('is resumed with the same pictures, wherever they are now, and with no others', async () => {
    expect((await retrain('--resume', run)).code).toBe(0);
    const fixed = await retrain('--resume', run, '--test-share', '0.5', '--coarse');
    expect(fixed.stderr).toBe('error: coarse, testShare: fixed when the run began, not allowed with --resume\n');
    const moved = join(folder, 'moved');
    renameSync(pictures, moved);
    const gone = await retrain('--resume', run);
    expect(gone).toMatchObject({ code: 2, stdout: '' });
    expect(gone.stderr).toBe(
      `error: ${pictures}, which the run learned from, is gone: name its new place with --data\n`,
    );
    expect((await retrain('--resume', run, '--data', moved)).code).toBe(0);
    rmSync(join(moved, 'gray', '3.png'));
    const changed = await retrain('--resume', run, '--data', moved);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toMatch(/^error: the run in .* began with other pictures: .*\n$/);
    renameSync(moved, pictures);
  });

  it('takes the channels that are asked for', async () => {
    const out = join(folder, 'color');
    const args = ['--data', pictures, '--picture-channels', '3', '--image', '8', '--epochs', '1'];
    expect(await retrain(...NEW, ...args, '--out', out)).toMatchObject({ code: 0 });
    expect(configOf(out)).toMatchObject({
      data: { channels: 3 },
      reading: { image: 8, channels: 3 },
      options: { pictureChannels: 3 },
    });
  });
});

describe('a search on a folder of pictures', () => {
  it('decodes them to the size of the retraining that follows, and tells it how', async () => {
    const out = join(folder, 'search');
    const sizes = ['--train-size', '24', '--epochs', '1', '--retrain-train-size', '24', '--retrain-epochs', '1'];
    const args = ['--preset', 'smoke', '--method', 'darts', '--retrain', '--image', '8', '--retrain-image', '16'];
    const { code, stderr } = await runInProcess(runSearch, [
      ...args,
      ...sizes,
      '--data',
      pictures,
      '--out',
      out,
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(configOf(out)).toMatchObject({ data: { side: 16 }, options: { image: 8 }, reading: { image: 16 } });
    expect(configOf(runFiles(out).following)).toMatchObject({ options: { image: 16 }, reading: { image: 16 } });
    expect((await runInProcess(runSearch, ['--resume', out, '--json'])).code).toBe(0);
  });
});

describe('a retraining on MNIST', () => {
  it('takes the size of its pictures, and mirrors no digits', async () => {
    const out = join(folder, 'digits');
    const { code, stdout } = await retrain(...NEW, '--epochs', '1', '--data', FIXTURE, '--image', '28', '--out', out);
    expect(code).toBe(0);
    expect(stdout).not.toContain('data ');
    expect(configOf(out)).toMatchObject({
      data: { format: 'idx', side: 28, channels: 1, flip: false },
      options: { flip: false, pictureChannels: 1, classes: 10 },
    });
  });
});

it.each([
  [['--data', FIXTURE, '--coarse'], 'labels coarse belongs to CIFAR-100'],
  [['--data', FIXTURE, '--skip-broken'], 'skipBroken belongs to folders of pictures'],
  [['--data', FIXTURE, '--test-share', '0.1'], 'testShare belongs to folders of pictures'],
  [['--test-share', '1'], 'testShare must be above 0 and below 1, got "1"'],
  [['--test-share', ''], 'testShare must be above 0 and below 1, got ""'],
  [['--data', ''], 'data must name a folder, got an empty name'],
])('refuses %j in one sentence', async (args, said) => {
  const { code, stderr } = await retrain(...NEW, ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(`error: ${said}`);
});
