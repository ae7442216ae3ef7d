import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGenotype } from '../../src/command/find-genotype.ts';
import { countSkips } from '../../src/search/skips.ts';
import { runDerive } from '../../tools/derive.ts';
import { type FakeRun, testFolder, writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';
import { runInProcess } from '../support/run-in-process.ts';

const derive = (...args: string[]) => runInProcess(runDerive, args);

/** The folder of a search of 3 epochs: alphas rise in the normal cell and fall in the reduction cell. */
const search = (given: FakeRun = {}) => writeFakeSearch(join(testFolder(), 'run'), given);

describe('derive', () => {
  it('prints the cells of the last epoch by the threshold of the run, with their margins', async () => {
    const run = search({ ended: false });
    const { code, stdout, stderr } = await derive(run);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [genotype, blank, ...rest] = stdout.split('\n');
    expect(genotype).toMatch(/^Genotype\(normal=\[\('dil_conv_5x5', 3, 2\), \('dil_conv_5x5', 3, 1\)\], /);
    expect([blank, rest[0]]).toEqual(['', `epoch 3 of ${run}, threshold 0.85`]);
    expect(stdout).toMatch(/^normal cell +2 operations +1 of 2 nodes used +mean mixing weight 0\.\d{3} +valid$/m);
    expect(stdout).toMatch(/^reduce cell +0 operations +0 of 2 nodes used .* invalid: no operation reaches .* 0\.85/m);
    expect(stdout).toMatch(
      /\n\ntry --acceptance paired, or derive from .*: npx node tools\/derive\.ts .* --epoch all\n$/,
    );
    // The last of 35 entries has alpha 3 * 34 / 35, whose sigmoid is 0.9485; the one before it 3 * 33 / 35, 0.9442.
    expect(stdout).toMatch(/^normal +dil_conv_5x5 +dil_conv_3x3 2→3 +2 +3 +0\.9485 +0\.0043$/m);
  });

  it('refuses a search whose cells come from projections', async () => {
    const run = search({ options: { method: 'darts-pt' } });
    const sentence = `error: the cells of ${run} come from projections, which no alpha tells: genotype.json has them once the run is done\n`;
    for (const args of [[], ['--epoch', '1'], ['--epoch', 'all', '--json']]) {
      expect(await derive(run, ...args)).toMatchObject({ code: 2, stdout: '', stderr: sentence });
    }
  });

  it('takes another epoch and another threshold', async () => {
    const run = search();
    expect((await derive(run, '--epoch', '1')).stdout).toMatch(/^normal cell +0 operations .* invalid: /m);
    const { code, stdout } = await derive(run, '--epoch', '1', '--threshold', '0.65');
    expect(code).toBe(0);
    expect(stdout).toContain(`epoch 1 of ${run}, threshold 0.65\n`);
    expect(stdout).toMatch(/^normal cell +2 operations .* valid$/m);
    const sound = await derive(run, '--epoch', '0', '--threshold', '0.5');
    expect(sound.stdout).toMatch(/^reduce cell +4 operations/m);
    expect(sound.stdout).not.toContain('try');
  });

  it('derives the same cells as the search by a rule without a threshold', async () => {
    const run = search({ options: { method: 'darts' } });
    writeFileSync(join(run, 'alpha.jsonl'), `${JSON.stringify({ epoch: 0, normal: zeros(40), reduce: zeros(40) })}\n`);
    const { stdout } = await derive(run);
    expect(stdout).toMatch(/^Genotype\(normal=\[\('max_pool_3x3', 0\), \('max_pool_3x3', 1\), /);
    expect(stdout).toContain(`epoch 0 of ${run}\n`);
    const { code, stderr } = await derive(run, '--threshold', '0.5');
    expect([code, stderr]).toEqual([2, 'error: darts derives its cells without a threshold, got 0.5\n']);
  });

  it('limits skip connections as the run did, or as it is told', async () => {
    const run = search({ options: { method: 'darts', maxSkips: 2 } });
    const skips = Array.from({ length: 40 }, (_, i) => (i % 8 === 3 ? 1 : 0));
    writeFileSync(join(run, 'alpha.jsonl'), `${JSON.stringify({ epoch: 3, normal: skips, reduce: skips })}\n`);
    const countBy = async (...flags: string[]) => {
      const { genotype, maxSkips } = JSON.parse((await derive(run, '--json', ...flags)).stdout);
      return [maxSkips, countSkips(genotype.normal), countSkips(genotype.reduce)];
    };
    expect(await countBy()).toEqual([2, 2, 4]);
    expect(await countBy('--max-skips', '0')).toEqual([0, 0, 4]);
    const { stdout } = await derive(run, '--max-skips', '1');
    expect(stdout).toContain(`epoch 3 of ${run}, at most 1 skip connection in the normal cell\n`);
    const { epochs, maxSkips } = JSON.parse((await derive(run, '--epoch', 'all', '--json')).stdout);
    expect([maxSkips, countSkips(epochs[0].genotype.normal)]).toEqual([2, 2]);
  });

  it('writes a file that a retraining takes', async () => {
    const run = search();
    const [json, text] = [join(run, 'cells.json'), join(run, 'cells.txt')];
    const { stdout } = await derive(run, '--epoch', '2', '--threshold', '0.6', '--out', json);
    expect(stdout).toContain(`${json} is written; train it with: npx node experiments/retrain.ts --genotype ${json}\n`);
    await derive(run, '--epoch', '2', '--threshold', '0.6', '--out', text);
    const written = JSON.parse(readFileSync(json, 'utf8'));
    expect(written).toMatchObject({
      run,
      epoch: 2,
      threshold: 0.6,
      valid: { normal: true, reduce: false },
      degenerate: { normal: false, reduce: false },
      reasons: { normal: null, reduce: expect.stringMatching(/^no operation reaches the threshold 0\.6: /) },
      cells: { normal: { connectedNodes: [2, 3] } },
    });
    expect(findGenotype(json)).toEqual(written.genotype);
    expect(findGenotype(text)).toEqual(written.genotype);
    const printed = await derive(run, '--epoch', '2', '--threshold', '0.6', '--json');
    expect(JSON.parse(printed.stdout)).toEqual(written);
  });

  it('shows the cells of every epoch as a table, or as JSON', async () => {
    const run = search();
    const { code, stdout } = await derive(run, '--epoch', 'all');
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^epoch +validation +normal cell +operations +nodes +mean mixing +reduce cell /);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatch(/^0 +invalid +0 +0 +0\.500 +invalid +0 +0 +0\.500$/);
    expect(rows[3]).toMatch(/^3 +45\.0 % +valid +2 +1 +0\.\d{3} +invalid +0 +0 +0\.\d{3}$/);
    const { epochs } = JSON.parse((await derive(run, '--epoch', 'all', '--json')).stdout);
    expect(epochs).toMatchObject([
      { epoch: 0, validationAccuracy: null },
      { epoch: 1, validationAccuracy: 0.15 },
      { epoch: 2, validationAccuracy: 0.3 },
      { epoch: 3, cells: { normal: { valid: true, left: [] } } },
    ]);
  });

  it('says below the table that a cell collapses', async () => {
    const run = search({ epochs: 6 });
    const lines = [0, 1, 2, 3, 4, 5, 6].map((epoch) =>
      JSON.stringify({ epoch, normal: zeros(35).fill(-epoch), reduce: zeros(35) }),
    );
    writeFileSync(join(run, 'alpha.jsonl'), lines.join('\n'));
    const { stdout } = await derive(run, '--epoch', 'all');
    expect(stdout).toMatch(/\n\nthe normal cell’s weights fall: collapse likely \(mean mixing weight 0\.500 /);
  });

  it('warns of lines that cannot be read, and goes on', async () => {
    const run = search();
    appendFileSync(join(run, 'alpha.jsonl'), 'nonsense\n{}\n');
    const { code, stderr } = await derive(run);
    expect([code, stderr]).toEqual([0, 'warning: 2 lines of alpha.jsonl cannot be read\n']);
  });

  it.each([
    [['--epoch', '4'], '--epoch must be one that the run has recorded, 0 to 3, got 4'],
    [['--epoch', '-1'], "option '--epoch <n>' argument '-1' is invalid. It must be the number of an epoch, or all."],
    [['--threshold', '1'], 'the threshold of fair-darts+dscd must be a number above 0 and below 1, got 1'],
    [['--threshold', 'low'], "option '--threshold <x>' argument 'low' is invalid. It must be a number."],
    [
      ['--max-skips', '2'],
      'fair-darts+dscd derives its cells by a threshold, without a limit of skip connections, got 2',
    ],
    [['--out', 'cells.onnx'], '--out must end in .json or .txt, got "cells.onnx"'],
    [['--out', 'none/cells.json'], '--out must be a file in a folder that exists, got none/cells.json (ENOENT)'],
    [['--epoch', 'all', '--out', 'cells.json'], '--out takes the cells of one epoch, got --epoch all'],
  ])('refuses %j in one sentence', async (flags, sentence) => {
    expect(await derive(search(), ...flags)).toEqual({ code: 2, stdout: '', stderr: `error: ${sentence}\n` });
  });

  it('refuses folders that hold no alphas of a search', async () => {
    const folder = testFolder();
    const retraining = writeFakeRetraining(join(folder, 'retraining'));
    expect(await derive(retraining)).toMatchObject({
      code: 2,
      stderr: `error: ${retraining} holds a retraining, not a search\n`,
    });
    expect(await derive(join(folder, 'none'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/holds no run/),
    });
    const run = search();
    rmSync(join(run, 'alpha.jsonl'));
    expect(await derive(run)).toMatchObject({
      code: 2,
      stderr: `error: ${run} holds no alpha yet: alpha.jsonl is missing\n`,
    });
    writeFileSync(join(run, 'alpha.jsonl'), `${JSON.stringify({ epoch: 0, normal: zeros(7), reduce: zeros(7) })}\n`);
    for (const flags of [[], ['--epoch', 'all']]) {
      const { code, stderr } = await derive(run, ...flags);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/does not fit the run’s options: alpha must have 70 /)]);
    }
    expect(existsSync(join(run, 'cells.json'))).toBe(false);
  });
});

const zeros = (length: number): number[] => Array.from({ length }, () => 0);
