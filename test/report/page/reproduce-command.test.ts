import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readSearchCommandLine } from '../../../experiments/cifar10/search-flags.ts';
import { readRetrainCommandLine } from '../../../experiments/retrain/retrain-flags.ts';
import { configSchema } from '../../../src/record/run-folder.ts';
import { reproduceCommand } from '../../../src/report/page/reproduce-command.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { SEARCH_METHOD_NAMES } from '../../../src/search/methods.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { readGenotype } from '../../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { captureIo } from '../../support/run-in-process.ts';

/** The words that a shell makes of a command, without the program. */
function wordsOf(command: string | null): string[] {
  const script = `set -- ${command}; printf '%s\\0' "$@"`;
  const [npx, node, program, ...words] = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
  expect([npx, node, program?.startsWith('experiments/')]).toEqual(['npx', 'node', true]);
  return words;
}

const SETTINGS: readonly SearchOptionsInput[] = [
  ...SEARCH_METHOD_NAMES.map((method) => ({ method })),
  { mode: 'joint', proposals: 4, discreteFrom: 0.8 },
  { acceptance: 'paired', margin: 1.5, proposalBatches: 3 },
  { acceptance: 'never', onReject: 'stay', alphaEvery: 2, alphaRest: 3, zeroOneRise: 0.75 },
  { watch: ['eigenvalue', 'distance'] },
  { method: 'darts-plus', stopSkips: 3, eigenvalueRise: 'stop', maxSkips: 0 },
  { method: 'darts', freeze: 'match-sum', freezeWindow: 4 },
  { method: 'darts', dropPath: 0.2, cutout: 8, weightsDecay: 2.7e-3 },
  { engine: 'tfjs', backend: 'wasm', seed: 12, domain: [-1.5, 4] },
  { image: 28, pictureChannels: 1, classes: 100, flip: false, balance: true },
];

describe('the command that makes a run again', () => {
  it.each(SETTINGS)('resolves to the options of a search with %o', (given) => {
    const options = resolveSearchOptions(given, 'laptop');
    const command = reproduceCommand(configSchema.parse({ options: JSON.parse(JSON.stringify(options)) }));
    const read = readSearchCommandLine(wordsOf(command), captureIo());
    expect(resolveSearchOptions(read?.options, read?.preset)).toEqual(options);
  });

  it('resolves to the options of a retraining, its genotype among them', () => {
    const options = resolveRetrainingOptions({ genotype: publishedGenotype('DARTS_V2'), dropPath: 0.3 }, 'quick');
    const command = reproduceCommand(configSchema.parse({ job: 'retraining', options }));
    const read = readRetrainCommandLine(wordsOf(command), captureIo());
    const genotype = readGenotype(read?.genotype as string);
    expect(resolveRetrainingOptions({ ...read?.options, genotype }, read?.preset)).toEqual(options);
  });

  it('gives a shell nothing to run that the record may hold', () => {
    const options = { seed: "1'; echo evil; '", '; echo evil': 1, mode: '$(echo evil)' };
    const words = wordsOf(reproduceCommand(configSchema.parse({ options })));
    expect(words).toEqual(['--seed', "1'; echo evil; '", '--mode', '$(echo evil)']);
  });

  it('is one of the package where the package is used', () => {
    const options = { seed: 1 };
    const commandOf = (job: string) => reproduceCommand(configSchema.parse({ job, options }), 'package');
    expect(commandOf('search')).toBe('npx lesslocal search --seed 1');
    expect(commandOf('retraining')).toBe('npx lesslocal retrain --seed 1');
  });

  it('is not there for a method of the caller’s own, which the command line does not have', () => {
    expect(reproduceCommand(configSchema.parse({ options: { method: 'mine', seed: 1 } }))).toBeNull();
  });

  it('is not there where the record names no options', () => {
    expect(reproduceCommand(configSchema.parse({}))).toBeNull();
  });
});
