import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resumeSearch, startSearch } from '../../../actors/search/search.ts';
import { DataError } from '../../../src/data/dataset.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import { blackPictures, madeUpData } from '../../support/made-up-data.ts';

const DATA = madeUpData();

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'run');
}

describe('a search that cannot be made is refused before anything is written', () => {
  it('with too few pictures', async () => {
    const path = newPath();
    const data = { ...DATA, train: blackPictures(10) };
    await expect(startSearch(resolveSearchOptions({}, 'smoke'), path, { data })).rejects.toThrow(DataError);
    expect(existsSync(path)).toBe(false);
  });

  it('with mini-batches that no message holds', async () => {
    const path = newPath();
    const options = { ...resolveSearchOptions({}, 'smoke'), batch: 10_000_000 };
    await expect(startSearch(options, path, { data: DATA })).rejects.toThrow(OptionsError);
    expect(existsSync(path)).toBe(false);
  });
});

it('a search goes on only in the folder of a search', async () => {
  await expect(resumeSearch(newPath(), {}, { data: DATA })).rejects.toThrow(RunFolderError);
});
