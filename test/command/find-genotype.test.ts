import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findGenotype } from '../../src/command/find-genotype.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { RUN_VERSION, RunFolderError } from '../../src/record/run-folder.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';

const GENOTYPE = publishedGenotype('FairDARTS_a');
const TEXT = writeGenotype(GENOTYPE, 'triples');

const FOLDER = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));
let written = 0;

function write(contents: string | Uint8Array, name = 'genotype'): string {
  const folder = join(FOLDER, `${written++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

/** A run folder of the given files. */
function run(files: Record<string, unknown>): string {
  const folder = join(FOLDER, `${written++}`);
  mkdirSync(folder);
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(value, null, 2));
  return folder;
}

/** What a search writes at its end: the cells' choices, too, are lists of operations. */
const DONE = {
  event: 'done',
  genotype: GENOTYPE,
  valid: { normal: true, reduce: true },
  cells: { normal: { choices: [], valid: true }, reduce: { choices: [], valid: true } },
};

/** UTF-16 with its byte order mark. */
const wide = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');

describe('findGenotype', () => {
  it.each<[string, string]>([
    ['a published name', 'FairDARTS_a'],
    ['text', TEXT],
    ['text as JSON', JSON.stringify(GENOTYPE)],
    ['a file of text', write(`${TEXT}\n`)],
    ['a file with brackets in its name', write(TEXT, 'genotype (1).txt')],
    ['a file with a number sign in its name', write(TEXT, 'try #2')],
    ['a file of data', write(JSON.stringify(GENOTYPE))],
    ['the result of a search', write(JSON.stringify(DONE))],
    ['UTF-8 with a byte order mark', write(`\uFEFF${TEXT}`)],
    ['UTF-16, little-endian', write(wide(`03/20 genotype = ${TEXT}\r\n`))],
    ['UTF-16, big-endian', write(wide(TEXT).swap16())],
    ['a name in a file', `${write(`NASNet = Genotype(normal=[('x', 0)])\nFair = ${TEXT}\n`, 'genotypes.py')}#Fair`],
    ['the folder of a search', run({ 'config.json': { runVersion: RUN_VERSION, options: {} }, 'genotype.json': DONE })],
    [
      'the folder of a retraining',
      run({ 'config.json': { runVersion: RUN_VERSION, job: 'retraining', options: { genotype: GENOTYPE } } }),
    ],
  ])('reads %s', (_, meant) => {
    expect(findGenotype(meant)).toStrictEqual(GENOTYPE);
  });

  it.each<[string, new (...args: never[]) => Error, string | RegExp]>([
    ['Genotype(normal=[', GenotypeError, 'of the genotype'],
    ['no-such-file', OptionsError, /"no-such-file" is neither.*DARTS_V2/],
    ['no-such-file#DARTS_V2', OptionsError, /"no-such-file#DARTS_V2" is neither/],
    [FOLDER, RunFolderError, 'holds no run'],
    [`${FOLDER}#DARTS_V2`, OptionsError, 'is neither'],
    [
      run({ 'config.json': { runVersion: RUN_VERSION, job: 'search', options: {} } }),
      RunFolderError,
      'holds no genotype: its search has not ended',
    ],
    ['/dev/zero', OptionsError, /^\/dev\/zero is (too long|neither)/],
  ])('refuses %s', (meant, kind, said) => {
    expect(() => findGenotype(meant)).toThrow(kind);
    expect(() => findGenotype(meant)).toThrow(said);
  });

  it.each<[string, string | Uint8Array]>([
    [' holds no genotype that can be read: expected Genotype(', '{'],
    [' holds no genotype that can be read: the genotype lacks reduce', '{"genotype": {"normal": []}}'],
    [
      ' holds no genotype that can be read: a node',
      `{"normal": [{"primitive": "skip_connect", "from": 0, "to": 1000}], "reduce": []}`,
    ],
    [' holds no genotype that can be read: ', 'Genotype(normal=[], '],
    [' holds no genotype that can be read: ', ''],
    [
      ' holds no genotype that can be read: choose one of several genotypes by its name (FILE#NAME): A, B',
      `A = ${TEXT}\nB = Genotype([])`,
    ],
    [' is no text in UTF-8, or in UTF-16 with a byte order mark', Buffer.from(TEXT, 'utf16le')],
  ])('says of a file: %s', (said, contents) => {
    const path = write(contents);
    expect(() => findGenotype(path)).toThrow(OptionsError);
    expect(() => findGenotype(path)).toThrow(`${path}${said}`);
  });
});
