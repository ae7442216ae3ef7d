import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { table1File, writeTable1 } from '../../experiments/table1/table1-report.ts';
import { readRun, readTable1 } from '../../experiments/table2/found-genotypes.ts';
import { readTable2Flags, runTable2 } from '../../experiments/table2.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { captureIo, runInProcess } from '../support/run-in-process.ts';
import { parseLines } from './run-comparison.ts';
import { madeUpCell, madeUpPlan, madeUpRun } from './table1/made-up-runs.ts';
import { filesOf } from './table1/run-table.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-table-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Leaves files as a run leaves them. */
function writeRun(path: string, config: object, results: Readonly<Record<string, object>>): void {
  mkdirSync(path, { recursive: true });
  const files = { 'config.json': { runVersion: 1, ...config }, ...results };
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(path, name), JSON.stringify(contents));
}

describe('node experiments/table2.ts', () => {
  it('shows what a table 1 and single runs found, with their accuracies', async () => {
    const folder = temporaryFolder();
    const runs = [madeUpRun({ seed: 0 }, 0.6), madeUpRun({ seed: 1 }, 0.7), madeUpRun({ seed: 2 })];
    const facts = { outcome: 'diverged', search: null, genotype: null, cells: null } as const;
    const diverged = madeUpRun({ variant: 'dscd', seed: 0, ...facts });
    const plan = madeUpPlan();
    writeTable1(folder, table1File(plan, [...runs, diverged, madeUpCell(7, 1, 0.5)]));

    const genotype = publishedGenotype('FairDARTS_b');
    const retraining = {
      job: 'retraining',
      options: resolveRetrainingOptions({ genotype, epochs: 10, trainSize: 12_800 }, 'quick'),
    };
    const test = { accuracy: 0.55, loss: 1, pictures: 10_000 };
    const done = { event: 'done', genotype, run: 'runs/made-up' };
    const trained = { ...done, test, parameters: 1, macs: 1, weightsDigest: '' };
    writeRun(join(folder, 'trained'), retraining, { 'result.json': trained });
    const search = { job: 'search', options: resolveSearchOptions({ acceptance: 'paired', epochs: 4 }, 'quick') };
    const valid = { normal: true, reduce: true };
    const found = {
      ...done,
      valid,
      degenerate: { normal: false, reduce: false },
      reasons: { normal: null, reduce: null },
      alphaDigest: '',
      searchAccuracy: { train: 0.5, validation: 0.5, test: 0.5 },
    };
    writeRun(join(folder, 'searched'), search, { 'genotype.json': found });
    writeRun(join(folder, 'searched', 'retrain'), retraining, {
      'result.json': { ...trained, test: { ...test, accuracy: 0.5 } },
    });
    const spoiled = { ...found, valid: { ...valid, normal: false } };
    writeRun(
      join(folder, 'invalid'),
      { job: 'search', options: resolveSearchOptions({ method: 'random' }, 'quick') },
      {
        'genotype.json': spoiled,
      },
    );

    const out = join(folder, 'table2');
    const given = ['trained', 'searched', 'invalid'].map((name) => join(folder, name));
    const args = ['--table1', folder, '--runs', ...given, ...given, '--out', out];
    const { code: made, stdout } = await runInProcess(runTable2, args);
    expect(made).toBe(0);
    expect(stdout).toMatch(/^DARTS_V2 +1 +0 +3\.349 +3\.826 +528\.4 +528\.4 +549\.9 +3\.3 +528 +97\.00$/m);
    const { rows, csv, markdown } = filesOf(out, 'table2') as { rows: { [name: string]: unknown }[] } & {
      [name in 'csv' | 'markdown']: string;
    };
    expect(rows.find(({ name }) => name === 'FairDARTS_b')).toMatchObject({
      accuracy: { mean: expect.closeTo(55, 9) },
      training: expect.stringMatching(/^5 cells of \d+ channels, 16x16, 10 epochs of 12800 pictures$/),
    });
    const foundRows = rows.filter(({ kind }) => kind === 'found');
    expect(foundRows.map(({ name, networks, invalid }) => [name, networks, invalid])).toEqual([
      ['fair-darts (6)', 2, 1],
      ['random', 1, 0],
      ['fair-darts+dscd, paired (4)', 1, 0],
      ['random (15)', 0, 1],
    ]);
    expect(foundRows[0]).toMatchObject({
      training: '5 cells of 12 channels, 16x16, 8 epochs of 25600 pictures',
      accuracy: { mean: expect.closeTo(65, 9), count: 2 },
      parameters: { mean: 3_349_342, sd: 0 },
    });
    expect(csv.trimEnd().split('\n')).toHaveLength(rows.length + 1);
    expect(markdown.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(rows.length + 2);

    const json = await runInProcess(runTable2, [...args, '--json']);
    expect(json.code).toBe(0);
    expect(parseLines(json.stdout)).toEqual(rows);
  });

  it('refuses what it cannot read with one sentence and exit code 2', async () => {
    const folder = temporaryFolder();
    const retraining = {
      job: 'retraining',
      options: resolveRetrainingOptions({ genotype: publishedGenotype('SNAS') }),
    };
    writeRun(join(folder, 'begun'), retraining, {});
    expect(() => readTable1(folder)).toThrow(/holds no table 1/);
    for (const text of ['null', '{"table":"table2"}', '{"table":"table1"}']) {
      writeFileSync(join(folder, 'table1.json'), text);
      expect(() => readTable1(folder)).toThrow(/table1\.json is no table 1$/);
    }
    writeFileSync(join(folder, 'table1.json'), '{"table":"table1","runs":[]}');
    expect(() => readTable1(folder)).toThrow(/table1\.json was written by an older version: make it again$/);
    for (const text of ['', '{"event"', 'null', '{}']) {
      writeRun(join(folder, 'damaged'), retraining, {});
      writeFileSync(join(folder, 'damaged', 'result.json'), text);
      expect(() => readRun(join(folder, 'damaged'))).toThrow(/result\.json is damaged: remove it and resume the run/);
    }
    expect(() => readRun(folder)).toThrow(/holds no run/);
    expect(() => readTable2Flags(['--table1', ''], captureIo())).toThrow(/must name folders/);
    for (const [args, said] of [
      [['--runs', join(folder, 'begun')], 'is not done'],
      [['--out', join(folder, 'begun', 'config.json')], 'a file is in the way'],
    ] as const) {
      const { code, stderr } = await runInProcess(runTable2, args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: .*\n$/) });
      expect(stderr).toContain(said);
    }
  });
});
