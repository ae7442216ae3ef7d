import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SupernetSettings } from '../../../actors/messages.ts';
import { type SupernetProcess, startSupernet } from '../../../actors/supernet/start.ts';
import { SupernetLostError } from '../../../actors/supernet/supernet.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../src/space/primitives.ts';

const SETTINGS: SupernetSettings = {
  network: { channels: 2, layers: 3, nodes: 1, primitives: FAIR_DARTS_PRIMITIVES, image: 4 },
  engine: { backend: 'wasm' },
  batch: 2,
  seed: 0,
};
const HALF = Float32Array.from({ length: 14 }, () => 0.5);
const MIXING = { normal: HALF, reduce: HALF };

async function start(options?: { hangMs: number }): Promise<SupernetProcess> {
  const supernet = await startSupernet(options);
  onTestFinished(() => supernet.stop());
  return supernet;
}

it('answers calls over its socket, and says which mini-batch it lacks', async () => {
  const supernet = await start();
  await expect(supernet.call('save', null)).rejects.toMatchObject({ code: 'bad-request' });
  expect(await supernet.call('open', SETTINGS)).toMatchObject({ engine: 'tfjs', backend: 'wasm', usesGpu: false });
  await expect(supernet.call('mixingGradient', { miniBatchName: 'a', mixing: MIXING })).rejects.toMatchObject({
    code: 'unknown-mini-batch',
  });
  const images = Float32Array.from({ length: 2 * 4 * 4 * 3 }, (_, i) => Math.sin(i));
  await supernet.call('putMiniBatch', { name: 'a', miniBatch: { images, labels: Uint16Array.of(1, 2) } });
  const { loss, gradient } = await supernet.call('mixingGradient', { miniBatchName: 'a', mixing: MIXING });
  expect(loss).toBeGreaterThan(0);
  expect(gradient.normal).toHaveLength(14);
});

it.runIf(process.platform !== 'win32')('keeps its socket in a folder that only this user can enter', async () => {
  const { address, stop } = await start();
  expect(statSync(dirname(address)).mode & 0o777).toBe(0o700);
  await stop();
  expect(existsSync(dirname(address))).toBe(false);
});

it.runIf(process.platform !== 'win32')('is killed if it hangs, so that its callers are freed', async () => {
  const { pid, exited, ...supernet } = await start({ hangMs: 300 });
  process.kill(pid, 'SIGSTOP');
  await expect(supernet.call('health', null)).rejects.toBeInstanceOf(SupernetLostError);
  expect(await exited).toBe('it did not answer for 0.3 s and was killed (SIGKILL)');
});

it.runIf(process.platform !== 'win32')('is in a process group of its own, which Ctrl-C does not reach', async () => {
  const { pid, stop } = await start();
  expect(process.kill(-pid, 0)).toBe(true);
  await stop();
});

describe.runIf(process.platform !== 'win32')('the folder of the socket', () => {
  /** Starts a process that starts a supernet, with a folder for temporary files of its own. */
  function startParent(place: string) {
    const start = JSON.stringify(new URL('../../../actors/supernet/start.ts', import.meta.url).href);
    const program = `import(${start}).then(async ({ startSupernet }) => {
      const starting = startSupernet();
      console.log('starting');
      console.log((await starting).pid);
    });`;
    const env = { ...process.env, TMPDIR: place };
    const parent = spawn(process.execPath, ['-e', program], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    return { parent, lines: createInterface({ input: parent.stdout })[Symbol.asyncIterator]() };
  }

  /** A folder for temporary files. */
  function temporaryPlace(): string {
    const place = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
    onTestFinished(() => rmSync(place, { recursive: true, force: true }));
    return place;
  }
  const sockets = (place: string): string[] => readdirSync(place).filter((name) => name.startsWith('lesslocal-'));

  it('is removed if the parent is killed while the supernet starts', async () => {
    const place = temporaryPlace();
    const { parent, lines } = startParent(place);
    await lines.next();
    expect(sockets(place)).toHaveLength(1);
    parent.kill('SIGKILL');
    await expect.poll(() => sockets(place), { timeout: 20_000 }).toEqual([]);
  });

  it('is removed by the next start if both processes were killed at once, and no other is', async () => {
    const place = temporaryPlace();
    const { parent, lines } = startParent(place);
    await lines.next();
    const { value: pid } = await lines.next();
    const ended = once(parent, 'exit');
    process.kill(Number(pid), 'SIGSTOP'); // so that it cannot tidy up
    parent.kill('SIGKILL');
    process.kill(Number(pid), 'SIGKILL');
    await ended;
    mkdirSync(join(place, 'lesslocal-abc'));
    expect(sockets(place)).toHaveLength(2);
    const next = startParent(place);
    await next.lines.next();
    const left = sockets(place).filter((name) => name !== 'lesslocal-abc');
    expect(left).toEqual([expect.stringMatching(`^lesslocal-${next.parent.pid}-`)]);
    await next.lines.next();
  });

  it('must be there, and short enough for a socket', async () => {
    const long = join(temporaryPlace(), 'x'.repeat(110));
    mkdirSync(long);
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('TMPDIR', '/no/such/folder');
    await expect(startSupernet()).rejects.toThrow(new OptionsError('TMPDIR must be a folder, got "/no/such/folder"'));
    vi.stubEnv('TMPDIR', long);
    await expect(startSupernet()).rejects.toThrow(
      /^TMPDIR must be shorter by \d+ bytes, so that a socket’s path has at most 103/,
    );
    expect(readdirSync(long)).toEqual([]);
  });
});
