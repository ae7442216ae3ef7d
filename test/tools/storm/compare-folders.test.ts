import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { compareFolders } from '../../../tools/storm/compare-folders.ts';

const FILES: Readonly<Record<string, string>> = {
  'config.json': '{"job":"search","options":{"seed":0}}',
  'metrics.jsonl': '{"epoch":1,"loss":0.5,"seconds":3,"pool":{"deaths":0}}\n',
  'trace.jsonl': '{"t":1,"event":"transition","to":"a"}\n{"t":2,"event":"decision","step":0,"loss":0.25}\n',
  'alpha-steps.f64': '\u0001\u0002',
  'genotype.json': '{"genotype":{"normal":[]},"seconds":4}',
  'run.lock.1': '{"pid":1}',
  'attempts.jsonl': '{"event":"started","pid":1}\n',
};

let [first, second] = ['', ''];

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  [first, second] = [join(folder, 'first'), join(folder, 'second')];
  for (const path of [first, second]) {
    mkdirSync(path);
    for (const [name, contents] of Object.entries(FILES)) writeFileSync(join(path, name), contents);
  }
});

it('finds the same in folders that differ in times, processes and transitions', () => {
  writeFileSync(join(second, 'metrics.jsonl'), '{"epoch":1,"loss":0.5,"seconds":9,"pool":{"deaths":2}}\n');
  writeFileSync(join(second, 'trace.jsonl'), '{"t":5,"event":"decision","step":0,"loss":0.25}\n');
  writeFileSync(join(second, 'genotype.json'), '{"genotype":{"normal":[]},"seconds":5}');
  writeFileSync(join(second, 'run.lock.2'), '{"pid":7}');
  writeFileSync(join(second, 'attempts.jsonl'), '');
  expect(compareFolders(first, second)).toEqual([]);
});

it.each([
  ['config.json', '{"job":"search","options":{"seed":1}}'],
  ['metrics.jsonl', '{"epoch":1,"loss":0.75,"seconds":3,"pool":{"deaths":0}}\n'],
  ['trace.jsonl', '{"t":2,"event":"decision","step":0,"loss":0.26}\n'],
  ['trace.jsonl', ''],
  ['alpha-steps.f64', '\u0001\u0003'],
  ['genotype.json', '{"genotype":{"normal":[1]},"seconds":4}'],
])('names %s if it holds %j', (name, contents) => {
  writeFileSync(join(second, name), contents);
  expect(compareFolders(first, second)).toEqual([name]);
});

it('names files that only one of them has, such as what a killed process was writing', () => {
  rmSync(join(first, 'genotype.json'));
  writeFileSync(join(second, 'config.json.17.tmp'), '{');
  expect(compareFolders(first, second)).toEqual(['config.json.17.tmp', 'genotype.json']);
});
