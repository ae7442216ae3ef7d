import { describe, expect, it } from 'vitest';
import { readSearchCommandLine } from '../../experiments/cifar10/search-flags.ts';
import { readRetrainCommandLine } from '../../experiments/retrain/retrain-flags.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
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
    [
      ['--genotype', 'X', '--no-flip', '--balance', '--picture-channels', '1', '--image', '28'],
      { options: { flip: false, balance: true, pictureChannels: 1, image: 28 } },
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
    [['--resume', 'there', '--no-flip'], 'flip: fixed when the run began'],
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
      ['--retrain', '--retrain-flip', '--no-retrain-balance'],
      { preset: 'quick', options: { flip: true, balance: false } },
    ],
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
