import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRun } from '../../../src/record/read-run.ts';
import { nextCommands } from '../../../src/report/page/next-commands.ts';
import { testFolder, writeFakeRetraining, writeFakeSearch } from '../../support/fake-run.ts';

const commandsOf = (folder: string) =>
  nextCommands({ ...readRun(folder), path: 'runs/a b' }, 'package').map(({ command }) => command);

it('a run that has not ended is resumed', () => {
  expect(commandsOf(writeFakeSearch(testFolder(), { ended: false }))).toEqual([
    "npx lesslocal search --resume 'runs/a b'",
  ]);
});

it('valid cells are retrained; others are first derived again', () => {
  const run = { ...readRun(writeFakeSearch(testFolder())), path: 'one' };
  const commands = (normal: boolean) => {
    const [result, cells] = [run.result, run.result?.cells];
    if (!result || !cells) throw new Error('the fake run has a result');
    const valid = { ...result, cells: { ...cells, normal: { ...cells.normal, valid: normal } } };
    return nextCommands({ ...run, result: valid }, 'package').map(({ command }) => command);
  };
  expect(commands(false)).toEqual(['npx lesslocal derive one --epoch all']);
  expect(commands(true)).toEqual(['npx lesslocal retrain --genotype one', 'npx lesslocal derive one --epoch all']);
});

it('a retrained network is used, also that of a search', () => {
  const expected = ["npx lesslocal predict 'runs/a b' picture.png", "npx lesslocal export 'runs/a b' --to onnx"];
  expect(commandsOf(writeFakeRetraining(testFolder()))).toEqual(expected);
  const search = writeFakeSearch(testFolder());
  writeFakeRetraining(join(search, 'retrain'));
  expect(commandsOf(search)).toEqual(expected);
});

it('cells of projections are not derived again', () => {
  expect(commandsOf(writeFakeSearch(testFolder(), { options: { method: 'darts-pt' } }))).toEqual([
    "npx lesslocal retrain --genotype 'runs/a b'",
  ]);
});
