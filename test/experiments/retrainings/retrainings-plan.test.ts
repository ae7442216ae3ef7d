import { expect, it } from 'vitest';
import {
  listRetrainings,
  optionsOf,
  planRetrainings,
  readRetrainingsPlan,
} from '../../../experiments/retrainings/retrainings-plan.ts';
import { RETRAININGS } from '../../../experiments/retrainings/retrainings-runs.ts';
import { readRetrainingsCommandLine } from '../../../experiments/retrainings.ts';
import { OptionsError } from '../../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../../src/retrain/options.ts';
import { writeGenotype } from '../../../src/space/genotype-text.ts';
import { publishedGenotype } from '../../../src/space/published-genotypes.ts';
import { captureIo } from '../../support/run-in-process.ts';

const read = (text: string) => readRetrainingsCommandLine(text.split(' '), captureIo());

it('plans every genotype with every seed, at the sizes of the preset, and reads the plan again', () => {
  const plan = planRetrainings('quick', { genotypes: ['DARTS_V1', 'DARTS_V2'], seeds: 2, seed: 5, threads: 1 });
  expect(readRetrainingsPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  const tasks = listRetrainings(plan);
  expect(tasks.map(({ name, seed }) => `${name} ${seed}`)).toEqual([
    'DARTS_V1 5',
    'DARTS_V2 5',
    'DARTS_V1 6',
    'DARTS_V2 6',
  ]);
  const own = resolveRetrainingOptions({ genotype: publishedGenotype('DARTS_V2'), seed: 6, threads: 1 }, 'quick');
  expect(optionsOf(plan, { name: 'DARTS_V2', seed: 6 })).toEqual(own);
  const { works } = RETRAININGS.runsOf(plan).estimate(100, {}, { engine: 'cpu', backend: 'native', threads: 1 });
  expect(works.map(({ retraining }) => retraining.epochs)).toEqual([8, 8, 8, 8]);
});

it('gives every genotype a name that a folder can have, and no two the same', () => {
  const text = writeGenotype(publishedGenotype('DARTS_V1'), 'triples');
  const plan = planRetrainings('smoke', { genotypes: ['DARTS_V2', text, text, 'DARTS_V2'] });
  expect(plan.genotypes.map(({ name }) => name)).toEqual(['DARTS_V2', 'cells', 'cells--2', 'DARTS_V2--2']);
  expect(() => readRetrainingsPlan({ ...plan, genotypes: [{ name: '../out', genotype: text }] })).toThrow(OptionsError);
});

it('needs genotypes, unless it goes on', () => {
  expect(read('--genotypes DARTS_V1 DARTS_V2 --epochs 3')?.request).toEqual({
    genotypes: ['DARTS_V1', 'DARTS_V2'],
    epochs: 3,
  });
  expect(() => read('--seeds 2')).toThrow('--genotypes must name at least one genotype');
  expect(read('--join runs/R')).toMatchObject({ join: 'runs/R' });
});
