import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoneEvent, PausedEvent, SearchEvent } from '../../../actors/index.ts';
import { resumeSearch, startSearch } from '../../../actors/search/search.ts';
import { type Cifar10, loadCifar10 } from '../../../src/data/cifar10.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import type { SearchMethod } from '../../../src/search/method.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';

/** A method as a user writes it, in a file of their own: the README's example. */
const [, METHOD_FILE = expect.fail('the README has an example of a method')] =
  /```js\n(\/\/ half\.js\n[^`]*)```/.exec(readFileSync('README.md', 'utf8')) ?? [];

describe('a search by a method of the caller’s own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'own-method-'));
  const settings = { engine: 'cpu', workers: 1, threads: 1, epochs: 2 } as const;
  let method: SearchMethod;
  let data: Cifar10;
  let undisturbed: DoneEvent;

  beforeAll(async () => {
    const file = join(folder, 'half.mjs');
    writeFileSync(file, METHOD_FILE);
    ({ half: method } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { half: SearchMethod });
    writeTinyCifar(join(folder, 'data'), { train: 96, test: 32 });
    data = await loadCifar10({ data: join(folder, 'data') });
    const options = resolveSearchOptions({ ...settings, method }, 'smoke');
    undisturbed = done(await startSearch(options, join(folder, 'undisturbed'), { data, method }));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  const record = (name: string) => JSON.parse(readFileSync(join(folder, name, 'config.json'), 'utf8'));

  it('finds cells of the method’s own primitives by the method’s own rule', () => {
    const kept = [...undisturbed.genotype.normal, ...undisturbed.genotype.reduce];
    expect(undisturbed.valid).toEqual({ normal: true, reduce: true });
    for (const { primitive } of kept) expect(method.primitives).toContain(primitive);
    expect(record('undisturbed').options).toMatchObject({ method: 'half', threshold: 0.5, minSteps: 2 });
  });

  it('is refused without the method, before anything is written', async () => {
    const options = resolveSearchOptions({ ...settings, method }, 'smoke');
    await expect(startSearch(options, join(folder, 'lacking'), { data })).rejects.toThrow(
      new OptionsError('method half is not one of this library: give the search that method as an object'),
    );
    expect(() => record('lacking')).toThrow('ENOENT');
  });

  it('is resumed with the same method, to the same end', async () => {
    const path = join(folder, 'resumed');
    const pause = new AbortController();
    const onEvent = ({ event }: SearchEvent): void => {
      if (event === 'epoch') pause.abort();
    };
    const options = resolveSearchOptions({ ...settings, method }, 'smoke');
    const paused = await startSearch(options, path, { data, method, onEvent, signal: pause.signal });
    expect(paused.event).toBe('paused');
    await expect(resumeSearch(path, {}, { data })).rejects.toThrow('method half is not one of this library');
    const other = { ...method, name: 'third' };
    await expect(resumeSearch(path, {}, { data, method: other })).rejects.toThrow('is half, got third');
    const { alphaDigest, genotype } = done(await resumeSearch(path, {}, { data, method }));
    expect({ alphaDigest, genotype }).toEqual({
      alphaDigest: undisturbed.alphaDigest,
      genotype: undisturbed.genotype,
    });
  });
});

function done(ended: DoneEvent | PausedEvent): DoneEvent {
  if (ended.event !== 'done') throw new Error(`the search ended with ${ended.event}`);
  return ended;
}
