import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSearchCommandLine } from '../../experiments/cifar10/search-flags.ts';
import { findGenotype, readRetrainCommandLine } from '../../experiments/retrain/retrain-flags.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { captureIo } from '../support/run-in-process.ts';

describe('readRetrainCommandLine', () => {
  it.each([
    [
      ['--genotype', 'DARTS_V2'],
      { genotype: 'DARTS_V2', preset: 'quick', json: false, report: true, inspect: false, options: {} },
    ],
    [
      ['--genotype', 'X', '--preset', 'paper', '--learning-rate', '0.1', '--engine', 'cpu', '--json', '--out', 'here'],
      {
        genotype: 'X',
        preset: 'paper',
        json: true,
        report: true,
        inspect: false,
        out: 'here',
        options: { learningRate: 0.1, engine: 'cpu' },
      },
    ],
    [
      ['--resume', 'there', '--workers', '3', '--threads', '1', '--data', 'pictures'],
      { genotype: null, resume: 'there', data: 'pictures', options: { workers: 3, threads: 1 } },
    ],
    // The rules of the options are the schema's.
    [['--genotype', 'X', '--drop-path', 'much'], { options: { dropPath: 'much' } }],
  ])('%j', (args, expected) => {
    expect(readRetrainCommandLine(args, captureIo())).toMatchObject(expected);
  });

  it.each([
    [[], '--genotype must be given'],
    [['--resume', 'there', '--epochs', '3'], 'epochs: fixed when the run began'],
    [['--resume', 'there', '--genotype', 'X', '--preset', 'quick'], 'preset, genotype: fixed when the run began'],
    [['--resume', ''], 'resume must name a folder'],
    [['--genotype', 'X', '--preset', 'huge'], 'smoke'],
    [['--genotype', 'X', '--alpha-decay', '1'], '--alpha-decay'],
    [['--genotype', 'X', 'Y'], 'unexpected argument "Y"'],
  ])('refuses %j', (args, said) => {
    expect(() => readRetrainCommandLine(args, captureIo())).toThrow(OptionsError);
    expect(() => readRetrainCommandLine(args, captureIo())).toThrow(said);
  });
});

describe('readSearchCommandLine', () => {
  it.each([
    [[], null],
    [['--retrain'], { preset: 'quick', options: {} }],
    [['--retrain', '--preset', 'smoke'], { preset: 'smoke', options: {} }],
    [['--preset', 'smoke', '--retrain', 'laptop'], { preset: 'laptop', options: {} }],
    [
      ['--retrain', '--retrain-epochs', '7', '--retrain-drop-path', '0.1', '--epochs', '3'],
      { preset: 'quick', options: { epochs: 7, dropPath: 0.1 } },
    ],
  ])('reads how what is found is retrained: %j', (args, retrain) => {
    expect(readSearchCommandLine(args, captureIo())?.retrain).toEqual(retrain);
  });

  it('keeps the options of the search apart', () => {
    expect(
      readSearchCommandLine(['--retrain', '--retrain-epochs', '7', '--epochs', '3'], captureIo())?.options,
    ).toEqual({ epochs: 3 });
  });

  it.each([
    [['--retrain-epochs', '7'], 'epochs of the retraining: without effect because --retrain is not given'],
    [['--retrain', 'huge'], 'laptop'],
    [['--retrain', '--retrain-seed', '1'], '--retrain-seed'],
    [['--resume', 'there', '--retrain'], 'retrain: fixed when the run began'],
  ])('refuses %j', (args, said) => {
    expect(() => readSearchCommandLine(args, captureIo())).toThrow(OptionsError);
    expect(() => readSearchCommandLine(args, captureIo())).toThrow(said);
  });
});

describe('findGenotype', () => {
  const genotype = publishedGenotype('FairDARTS_a');
  const text = writeGenotype(genotype, 'triples');

  function write(contents: string, name = 'genotype'): string {
    const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  }

  it('knows published names, reads text, and files of text and of data', () => {
    const meant = [
      'FairDARTS_a',
      text,
      write(`${text}\n`),
      write(text, 'genotype (1).txt'),
      write(JSON.stringify(genotype)),
      write(JSON.stringify({ event: 'done', genotype, valid: { normal: true, reduce: true } })),
    ];
    for (const one of meant) expect(findGenotype(one)).toEqual(genotype);
  });

  it.each([
    ['Genotype(normal=[', GenotypeError, 'of the genotype'],
    ['no-such-file', OptionsError, /no-such-file.*DARTS_V2/],
    [tmpdir(), OptionsError, /EISDIR/],
  ])('refuses %s', (meant, kind, said) => {
    expect(() => findGenotype(meant)).toThrow(kind);
    expect(() => findGenotype(meant)).toThrow(said);
  });

  it.each([
    ['{', 'holds no genotype: '],
    ['{"genotype": {"normal": []}}', 'holds no genotype: reduce'],
    ['{"normal": [{"primitive": "none", "from": 0, "to": 2}], "reduce": []}', 'holds no genotype: normal.0.primitive'],
    [
      '{"normal": [{"primitive": "skip_connect", "from": 0, "to": 1000}], "reduce": []}',
      'holds no genotype: normal.0.to',
    ],
    ['Genotype(normal=[], ', 'holds no genotype: '],
    ['', 'holds no genotype: '],
  ])('refuses a file of %j', (contents, said) => {
    const path = write(contents);
    expect(() => findGenotype(path)).toThrow(OptionsError);
    expect(() => findGenotype(path)).toThrow(`${path} ${said}`);
  });
});
