import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createNetwork } from '../../actors/retraining/load-network.ts';
import { readRetrainedRun } from '../../actors/retraining/retrained-run.ts';
import { WEB_RUNTIME_VERSION, webPage } from '../../src/export/templates.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { networkOf } from '../../src/retrain/setup.ts';
import { writeNetwork } from '../../tools/export/write-network.ts';
import { EVERY_PRIMITIVE, randomState } from '../export/random-network.ts';
import { launchBrowser } from '../support/browser.ts';
import { makePng } from '../support/make-png.ts';
import { writeRetrainedRun } from '../support/retrained-run.ts';

const OPTIONS = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE }, 'smoke');
const SIDE = OPTIONS.image;

/** Files of the runtime, as they are in its package. */
const RUNTIME = join(import.meta.dirname, '../../node_modules/onnxruntime-web/dist');

/** A picture of the network's own size, red, green, blue, row by row. */
const PIXELS = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * 53) % 256);

let folder: string;
let page: string;
/** What the page must show of the picture. */
let answer: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-'));
  const state = randomState(buildRetrainedNetwork(networkOf(OPTIONS)), 1);
  writeRetrainedRun(join(folder, 'run'), { options: OPTIONS, state, epoch: 3, data: 'none' });
  const run = readRetrainedRun(join(folder, 'run'));
  page = writeNetwork(run, 'web', join(folder, 'net work.onnx'), {}).beside as string;
  const network = await createNetwork(run, { threads: 1 });
  const row = [...(await network.predict(PIXELS))];
  network.dispose();
  const best = row.map((p, i) => [p, run.preprocessing.classes[i]] as const).toSorted(([a], [b]) => b - a);
  answer = best
    .slice(0, 5)
    .map(([p, name]) => `${(100 * p).toFixed(1).padStart(5)} %  ${name}`)
    .join('\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the page beside an ONNX file', () => {
  it('is short, and loads the version of the runtime that is tested here', () => {
    const { version } = JSON.parse(readFileSync(join(RUNTIME, '../package.json'), 'utf8'));
    expect(WEB_RUNTIME_VERSION).toBe(version);
    const text = readFileSync(page, 'utf8');
    expect(text).toContain(`onnxruntime-web@${version}/dist/ort.wasm.bundle.min.mjs`);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(42);
  });

  it('cannot be broken by the names of classes', () => {
    const classes = ['</script><b>', "a 'quoted' $& name", '猫'];
    const text = webPage({ file: 'n.onnx', image: 8, channels: 3, mean: [0, 0, 0], deviation: [1, 1, 1], classes });
    expect(text.match(/<\/script>/g)).toHaveLength(1);
    const [, facts = ''] = /const \{.*\} = (\{.*\});\n/.exec(text) ?? [];
    expect(JSON.parse(facts).classes).toEqual(classes);
  });

  it('prepares pictures and tells the classes, by its own script', async () => {
    const drawn: unknown[][] = [];
    const context = {
      fillRect: () => undefined,
      drawImage: (...args: unknown[]) => drawn.push(args),
      getImageData: () => ({
        data: Uint8ClampedArray.from({ length: 4 * SIDE * SIDE }, (_, i) =>
          i % 4 === 3 ? 255 : (PIXELS[3 * (i >> 2) + (i % 4)] as number),
        ),
      }),
    };
    const status = { textContent: '' };
    const input = new EventTarget();
    vi.stubGlobal('document', { querySelector: (name: string) => (name === 'input' ? input : status) });
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = () => context;
      },
    );
    const bitmap = { width: 30, height: 20 };
    vi.stubGlobal('createImageBitmap', () => Promise.resolve(bitmap));
    onTestFinished(() => void vi.unstubAllGlobals());

    const [, script = ''] = /<script type="module">(.*)<\/script>/s.exec(readFileSync(page, 'utf8')) ?? [];
    const module = join(folder, 'page.mjs');
    const inNode = script
      .replace(/'https:[^']*'/, JSON.stringify(import.meta.resolve('onnxruntime-web')))
      .replace('"net%20work.onnx"', JSON.stringify(join(folder, 'net work.onnx')));
    writeFileSync(module, inNode);
    await import(/* @vite-ignore */ pathToFileURL(module).href);
    expect(status.textContent).toBe('choose a picture');

    Object.assign(input, { files: [{}] });
    input.dispatchEvent(new Event('change'));
    await vi.waitFor(() => expect(status.textContent).toBe(answer));
    // The square in the middle of 30x20, onto the whole canvas.
    expect(drawn).toEqual([[bitmap, 5, 0, 20, 20, 0, 0, SIDE, SIDE]]);
  });
});

describe('the page in a browser', () => {
  let browser: Browser | null = null;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => await browser?.close());

  it('tells the classes of a picture that is chosen', async () => {
    if (browser === null) return;
    const tab = await browser.newPage();
    const complaints: string[] = [];
    tab.on('pageerror', (error) => complaints.push(error.message));
    // The page, its network, and in place of the public server the runtime's own package.
    await tab.route('**/*', async (route) => {
      const { hostname, pathname } = new URL(route.request().url());
      const name = decodeURIComponent(basename(pathname));
      if (name === 'favicon.ico') return await route.fulfill({ status: 404 });
      return await route.fulfill({ path: join(hostname === 'page.test' ? folder : RUNTIME, name) });
    });
    await tab.goto(`https://page.test/${encodeURIComponent(basename(page))}`);
    const status = tab.locator('pre');
    await vi.waitFor(async () => expect(await status.textContent()).toBe('choose a picture'), { timeout: 60_000 });
    const rows = Array.from({ length: SIDE }, (_, y) => [...PIXELS.subarray(3 * SIDE * y, 3 * SIDE * (y + 1))]);
    const buffer = Buffer.from(makePng({ width: SIDE, depth: 8, type: 2, rows }));
    await tab.locator('input').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer });
    await vi.waitFor(async () => expect(await status.textContent()).toBe(answer), { timeout: 60_000 });
    expect(complaints).toEqual([]);
  });
});
