import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CountFileError, countFileNetworks } from '../../tools/count/count-file.ts';
import { runCount } from '../../tools/count.ts';
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

  it.each([
    ['DARTS_V2', { parameters: 3_349_342, macs: 528_359_040 }],
    [
      "Genotype(normal=[[('sep_conv_3x3', 0), ('dil_conv_3x3', 1)]], reduce=[[('max_pool_3x3', 0), ('skip_connect', 1)]])",
      {},
    ],
  ])('counts the network of a genotype: %s', async (meant, counts) => {
    const { status, lines } = await run(meant, '--json');
    const [{ genotype, ...counted } = expect.fail()] = lines;
    expect([status, lines.length]).toEqual([0, 1]);
    expect(counted).toMatchObject({ channels: 36, layers: 20, auxiliary: false, ...counts });
    // What is printed can be counted again.
    expect((await run(genotype as string, '--json')).lines).toEqual(lines);
  });

  it('counts the auxiliary head if asked, and other sizes', async () => {
    const { lines } = await run('FairDARTS_a', '--auxiliary', '--json');
    const { networks } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
    const { paramsWithAuxiliary: parameters, macsWithAuxiliary: macs } = networks.FairDARTS_a;
    expect(lines[0]).toMatchObject({ auxiliary: true, parameters, macs });
    const small = await run('FairDARTS_a', '--channels', '4', '--layers', '3', '--json');
    expect(small.lines[0]).toMatchObject({ channels: 4, layers: 3 });
    expect(small.lines[0]?.parameters).toBeLessThan(10_000);
  });

  it('prints a table', async () => {
    const { stdout } = await runInProcess(runCount, ['DARTS_V2', '--auxiliary']);
    expect(stdout).toMatch(/^Genotype\(normal=.*\)\n20 cells, 36 channels\n\n/);
    expect(stdout.split('\n').slice(3)).toEqual([
      '                parameters  multiply-adds',
      'network          3,349,342    528,359,040',
      'auxiliary head     476,426        695,808',
      'together         3,825,768    529,054,848',
      '',
    ]);
  });

  it.each([
    [[], /^error: missing required argument 'genotype'\n$/],
    [['no-such-file'], /^error: "no-such-file" is neither a published genotype nor /],
    [['Genotype(normal=[], reduce=[])'], /^error: the normal cell must pass an activation on, .*\n$/],
    [["Genotype(normal=[('noisy', 0), ('none', 1)], reduce=[])"], /^error: there is no operation noisy, .*\n$/],
    [['DARTS_V2', '--channels', '35'], /^error: channels must be even .*\n$/],
    [['DARTS_V2', '--channels', '513'], /^error: channels must be an integer from 2 to 512, got "513"\n$/],
    [['DARTS_V2', '--layers', '1001'], /^error: layers must be an integer from 1 to 1000, got "1001"\n$/],
  ])('exits with 2 and one sentence: %j', async (args, said) => {
    const { status, lines, stderr } = await run(...args);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(said);
  });

  it('exits with 2 and one sentence where a file of networks is damaged', async () => {
    const { status, stderr } = await run(written('{"format": "network-counts/1", '));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*counts\.json: not JSON: .*\n$/);
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
      'DARTS_V2: there is no operation sep_conv_7x7, got ',
      ({ networks }) => networks.DARTS_V2.genotype.normal.splice(0, 1, ['sep_conv_7x7', 0]),
    ],
    [
      'DARTS_V2: normal_concat must be among the cell’s nodes, range(2, 6), got [4, 6]',
      ({ networks }) => Object.assign(networks.DARTS_V2.genotype, { normalConcat: [4, 6] }),
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
