import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { DoneEvent, PausedEvent, SearchEvent } from '../../../actors/index.ts';
import { optionsDigest } from '../../../actors/run/run-state.ts';
import { resumeSearch, startSearch } from '../../../actors/search/search.ts';
import { loadCifar10 } from '../../../src/data/cifar10.ts';
import { bindToData } from '../../../src/options/bind-to-data.ts';
import { LATER_OPTIONS } from '../../../src/options/later-options.ts';
import { readRecordedOptions, resolveSearchOptions } from '../../../src/search/options.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';

/** Digests that were computed before there were later options. */
it.each([
  [{}, 'smoke', '7ccfd76ab9aba4418e26ae5529fe0647cdeb14109836fcfcdb0e390a22f20330'],
  [{}, 'paper', '7b6b7193b0e1b42414c0c12986455d66dfe82addebc473503d87b29208b5f49b'],
  [
    { mode: 'joint', proposals: 1, zeroOneRise: 0 },
    'quick',
    'c92c0150c7b079db9518c5ba11ea8e8eb2b3d8f48ced5020bbf48dbd3b1591c3',
  ],
  [{ method: 'darts' }, 'paper', '0fc197265f8a40ad334d4fdb401c29714c2c4ba20a4e7ac4da612162ee0d83b1'],
] as const)('the digest of %j at the size %s is what it was', (given, preset, digest) => {
  expect(optionsDigest(resolveSearchOptions(given, preset))).toBe(digest);
});

it('a search whose record lacks the later options goes on to the same end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeTinyCifar(join(folder, 'data'), { train: 96, test: 32 });
  const data = await loadCifar10({ data: join(folder, 'data') });
  const options = resolveSearchOptions({ engine: 'cpu', workers: 1, threads: 1, epochs: 2 }, 'smoke');
  const undisturbed = done(await startSearch(options, join(folder, 'undisturbed'), { data }));

  const path = join(folder, 'older');
  const pause = new AbortController();
  const onEvent = ({ event }: SearchEvent): void => {
    if (event === 'epoch') pause.abort();
  };
  expect((await startSearch(options, path, { data, onEvent, signal: pause.signal })).event).toBe('paused');
  const file = join(path, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  for (const name of Object.keys(LATER_OPTIONS)) {
    expect(config.options).toHaveProperty(name);
    delete config.options[name];
  }
  writeFileSync(file, JSON.stringify(config));
  expect(readRecordedOptions(config.options)).toEqual(bindToData(options, data));
  expect(done(await resumeSearch(path, {}, { data })).alphaDigest).toBe(undisturbed.alphaDigest);
});

function done(ended: DoneEvent | PausedEvent): DoneEvent {
  if (ended.event !== 'done') throw new Error(`the search ended with ${ended.event}`);
  return ended;
}
