import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CountFileError, countFileNetworks, runCount } from '../../tools/count.ts';
import { runInProcess } from '../support/run-in-process.ts';

const GOLDEN = fileURLToPath(new URL('../golden/network-counts.json', import.meta.url));
const TOOL = fileURLToPath(new URL('../../tools/count.ts', import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), 'lesslocal-count-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

interface Network extends Record<string, unknown> {
  genotype: { normal: unknown[]; normalConcat?: number[]; reduce: unknown[] };
}
interface Golden {
  network: Record<string, unknown>;
  networks: { DARTS_V2: Network; FairDARTS_a: Network; FairDARTS_b: Network; PC_DARTS_cifar: Network };
}

/** A copy of the golden file, changed. */
function changed(change: (golden: Golden) => void): string {
  const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
  change(golden);
  return written(JSON.stringify(golden));
}

function written(text: string): string {
  const path = join(FOLDER, 'counts.json');
  writeFileSync(path, text);
  return path;
}

async function run(...args: string[]): Promise<{ status: number; lines: Record<string, unknown>[]; stderr: string }> {
  const { code: status, stdout, stderr } = await runInProcess(runCount, args);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, lines: lines.map((line) => JSON.parse(line)), stderr };
}

describe('tools/count.ts', () => {
  it('counts the golden networks exactly: parameters, multiply-adds, and operations by the published rule', async () => {
    const { networks } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
    const { status, lines, stderr } = await run(GOLDEN);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(lines.map(({ network }) => network)).toEqual(Object.keys(networks));
    for (const { network, counted, file, differences } of lines) {
      expect(networks[network as 'DARTS_V2']).toMatchObject(counted as object);
      expect([Object.keys(file as object).length, differences]).toEqual([10, []]);
    }
  });

  it('prints what differs beside what the file says, and exits with 1', async () => {
    const path = changed(({ networks }) => {
      networks.FairDARTS_a.macsAuxiliary = 1;
      networks.FairDARTS_a.opsByPublishedRule = 2;
    });
    const { status, lines } = await run(path);
    expect(status).toBe(1);
    expect(lines.map(({ differences }) => differences)).toEqual([[], ['macsAuxiliary', 'opsByPublishedRule'], [], []]);
    expect(lines[1]).toMatchObject({
      counted: { macsAuxiliary: 695_808, opsByPublishedRule: 371_819_366 },
      file: { macsAuxiliary: 1, opsByPublishedRule: 2 },
    });
  });

  it('exits with 2 and one sentence where the file is none, or not named', async () => {
    const { status, lines, stderr } = await run(written('{'));
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/^error: .*counts\.json: not JSON: .*\n$/);
    expect(await run()).toMatchObject({ status: 2, lines: [] });
  });

  it('ends without a word where nobody reads', async () => {
    const child = spawn(process.execPath, [TOOL, GOLDEN]);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
  });
});

describe('countFileNetworks', () => {
  it('compares only what the file says', () => {
    const path = changed(({ networks: { DARTS_V2 } }) => {
      delete DARTS_V2.macsConv;
      delete DARTS_V2.opsByPublishedRuleWithBn;
    });
    const [{ file, counted, differences } = expect.fail()] = countFileNetworks(path);
    expect(differences).toEqual([]);
    expect(file).not.toHaveProperty('macsConv');
    expect(counted.macsConv).toBe(528_353_280);
  });

  it('counts other sizes', () => {
    const path = changed(({ network, networks }) => {
      Object.assign(network, { initChannels: 4, layers: 3, classes: 5, reductionCells: [1, 2] });
      // The rest is of another size.
      networks.DARTS_V2.params = 3;
    });
    const [{ counted, differences } = expect.fail()] = countFileNetworks(path);
    expect(differences).toContain('params');
    // 5 classes, and 4 nodes of 16 channels: 4, doubled twice.
    expect(counted.macsLinear).toBe(5 * 4 * 16);
  });

  it.each<[string, (golden: Golden) => void]>([
    ['networks.DARTS_V2.params: ', ({ networks }) => delete networks.DARTS_V2.params],
    ['networks.DARTS_V2.macs: ', ({ networks }) => Object.assign(networks.DARTS_V2, { macs: 1.5 })],
    ['network.layers: ', ({ network }) => Object.assign(network, { layers: 'many' })],
    ['network.layers: ', ({ network }) => Object.assign(network, { layers: 1001 })],
    [
      'DARTS_V2: the network is too large to be counted exactly',
      ({ network }) => Object.assign(network, { initChannels: 1e9 }),
    ],
    ['pictures must be square, got 32x16', ({ network }) => Object.assign(network, { input: [3, 32, 16] })],
    [
      'of 20 cells those at 6, 13 are reduction cells, got 5, 13',
      ({ network }) => Object.assign(network, { reductionCells: [5, 13] }),
    ],
    [
      'DARTS_V2: sep_conv_7x7 is no known operation in ',
      ({ networks }) => networks.DARTS_V2.genotype.normal.splice(0, 1, ['sep_conv_7x7', 0]),
    ],
    [
      'DARTS_V2: normal_concat must be all nodes, range(2, 6), got [4, 5]',
      ({ networks }) => Object.assign(networks.DARTS_V2.genotype, { normalConcat: [4, 5] }),
    ],
    [
      'FairDARTS_b: the reduce cell must pass an activation on',
      ({ networks }) => Object.assign(networks.FairDARTS_b.genotype, { reduce: [] }),
    ],
    ['DARTS_V2: the auxiliary head must read 8x8', ({ network }) => Object.assign(network, { input: [3, 64, 64] })],
  ])('refuses a file with the sentence: %s', (sentence, change) => {
    const path = changed(change);
    expect(() => countFileNetworks(path)).toThrow(CountFileError);
    expect(() => countFileNetworks(path)).toThrow(`${path}: ${sentence}`);
  });
});
