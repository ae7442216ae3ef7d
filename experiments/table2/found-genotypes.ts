import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRunFolder, RunFolderError, runFiles } from '../../src/record/run-folder.ts';
import { readRetrainingResult, readSearchResult } from '../../src/record/run-result.ts';
import { readRecordedRetrainingOptions } from '../../src/retrain/options.ts';
import { findMethod } from '../../src/search/methods.ts';
import { readRecordedOptions } from '../../src/search/options.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';
import { describeTraining } from '../many-runs/describe-sizes.ts';
import type { Table1File } from '../table1/table1-report.ts';

/** Genotype that a run found, or was given to train. */
export interface FoundGenotype {
  /** Name of the search, shared by the runs of several seeds; null if there was none because a genotype was given. */
  readonly name: string | null;
  /** null if a cell passes no activation. */
  readonly genotype: Genotype | null;
  /** Accuracy on the test set, in percent; null if the genotype was not trained. */
  readonly accuracy: number | null;
  /** Training in words; null if the genotype was not trained. */
  readonly training: string | null;
}

/**
 * Reads what the runs of a Table 1 found that are done.
 *
 * @param path folder of the table
 * @throws RunFolderError if there is none
 */
export function readTable1(path: string): FoundGenotype[] {
  const file = join(path, 'table1.json');
  let table: Table1File | null;
  try {
    table = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new RunFolderError(`${path} holds no table 1 with runs: ${(cause as Error).message}`, { cause });
  }
  if (table?.table !== 'table1' || !Array.isArray(table.runs)) throw new RunFolderError(`${file} is no table 1`);
  if (!Array.isArray(table.variants))
    throw new RunFolderError(`${file} was written by an older version: make it again`);
  return table.runs.flatMap((run) => {
    if (run.genotype === null) return []; // the search diverged
    const trained = run.retrained === null ? null : 100 * run.retrained.accuracy;
    return [
      {
        name: run.epochs === null ? run.variant : `${run.variant} (${run.epochs})`,
        genotype: run.outcome === 'invalid' ? null : readGenotype(run.genotype),
        accuracy: trained,
        training: trained === null ? null : table.sizes.retraining,
      },
    ];
  });
}

/**
 * Reads a run's folder: a retraining, or a search with the retraining that may have followed it.
 *
 * @throws RunFolderError if it holds no run, or one that is not done
 */
export function readRun(path: string): FoundGenotype {
  const { config } = openRunFolder(path);
  if (config.job === 'retraining') return { name: null, ...readRetraining(path) };
  const options = readRecordedOptions(config.options);
  const { acceptance } = options;
  // The paper's rule of acceptance is not told.
  const rule = findMethod(options.method).alphaMoves === 'local+global' && acceptance !== 'window' ? acceptance : null;
  const name = `${options.method}${rule === null ? '' : `, ${rule}`} (${options.epochs})`;
  const { genotype, valid } = readSearchResult(path);
  const none = { name, accuracy: null, training: null };
  if (!valid.normal || !valid.reduce) return { ...none, genotype: null };
  const { following } = runFiles(path);
  return existsSync(runFiles(following).result) ? { name, ...readRetraining(following) } : { ...none, genotype };
}

function readRetraining(path: string): Omit<FoundGenotype, 'name'> {
  const options = readRecordedRetrainingOptions(openRunFolder(path, 'retraining').config.options);
  const { test } = readRetrainingResult(path);
  return { genotype: options.genotype, accuracy: 100 * test.accuracy, training: describeTraining(options) };
}
