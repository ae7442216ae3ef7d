import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runSearch } from '../../experiments/cifar10.ts';
import { runFiles } from '../../src/record/run-folder.ts';
import { runExport } from '../../tools/export.ts';
import { runPredict } from '../../tools/predict.ts';
import { makePictures, SHAPES } from '../support/made-pictures.ts';
import { runInProcess } from '../support/run-in-process.ts';

/** Pictures of each shape. */
const COUNT = 100;

let folder: string;
let pictures: string;
let run: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'your-own-pictures-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  pictures = join(folder, 'pictures');
  run = join(folder, 'run');
  await makePictures(pictures, COUNT, true);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A search of seconds, and a retraining that is long enough to tell shapes apart. */
const SIZES = [
  ...['--preset', 'smoke', '--method', 'darts', '--image', '16', '--epochs', '1', '--retrain', '--retrain-image', '16'],
  ...['--retrain-channels', '8', '--retrain-train-size', '240', '--retrain-epochs', '15'],
];

const search = (...args: string[]) => runInProcess(runSearch, ['--data', pictures, '--out', run, ...SIZES, ...args]);

describe('the three commands for pictures of one’s own', () => {
  it('refuse a broken picture by its name, before anything is made', async () => {
    const { code, stderr } = await search();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*broken\.png must be .*--skip-broken\n$/);
    expect(existsSync(run)).toBe(false);
  });

  it('search and train a network that tells shapes apart', async () => {
    const { code, stdout } = await search('--skip-broken');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^data {7}broken pictures were skipped, 1 in all: .*broken\.png/m);
    expect(stdout).toContain('accuracy');
    const { test } = JSON.parse(readFileSync(runFiles(runFiles(run).following).result, 'utf8'));
    expect(test.accuracy).toBeGreaterThan(0.9);
  });

  it('export the network with its classes', async () => {
    const { code, stdout } = await runInProcess(runExport, [run, '--to', 'web']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/network\.onnx is written and checked: on \d+ test pictures/);
    expect(readFileSync(join(run, 'retrain', 'network.html'), 'utf8')).toContain('"triangle"');
  });

  it('predict pictures of all sizes and formats', async () => {
    rmSync(join(pictures, SHAPES[0], 'broken.png'));
    const folders = SHAPES.map((shape) => join(pictures, shape));
    const { code, stdout } = await runInProcess(runPredict, [run, '--json', ...folders]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    const right = lines.filter((line) => {
      const { picture, top } = JSON.parse(line);
      return picture.includes(`${top[0].class}-`);
    });
    expect(lines.length).toBe(SHAPES.length * COUNT);
    expect(right.length / lines.length).toBeGreaterThan(0.9);
  });
});
