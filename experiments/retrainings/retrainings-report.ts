import { join } from 'node:path';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { renderCsv, renderMarkdown, renderText, type Table } from '../comparison/render-table.ts';
import { type MeanSpread, meanSpreadOf } from '../comparison/spread.ts';
import { describeTraining } from '../many-runs/describe-sizes.ts';
import type { RunEnd } from '../many-runs/search-and-retrain.ts';
import { listRetrainings, optionsOf, type RetrainingsPlan, type RetrainingTask } from './retrainings-plan.ts';

/** A run as the files list it. */
export interface RetrainingRun extends RetrainingTask, RunEnd {}

/** A row of the table: a genotype over the seeds. */
export interface RetrainingsRow {
  readonly name: string;
  /** Number of retrainings that are done, and that are planned. */
  readonly done: number;
  readonly planned: number;
  /** Number of those that ended with a number that was not finite. */
  readonly diverged: number;
  readonly parameters: number | null;
  /** Multiply-adds of a picture. */
  readonly macs: number | null;
  /** Accuracy on the test set in percent. */
  readonly accuracy: MeanSpread | null;
}

/** Makes a row of every genotype of the plan. */
export function retrainingsRows(
  { genotypes, seeds }: RetrainingsPlan,
  runs: readonly RetrainingRun[],
): RetrainingsRow[] {
  return genotypes.map(({ name }) => {
    const own = runs.filter((run) => run.name === name);
    const trained = own.flatMap(({ retrained }) => retrained ?? []);
    return {
      name,
      done: own.length,
      planned: seeds.length,
      diverged: own.length - trained.length,
      parameters: trained[0]?.parameters ?? null,
      macs: trained[0]?.macs ?? null,
      accuracy: meanSpreadOf(
        trained.map(({ accuracy }) => accuracy),
        100,
      ),
    };
  });
}

function tableOf(rows: readonly RetrainingsRow[]): Table {
  return {
    columns: [
      { key: 'name', title: 'genotype', kind: 'text' },
      { key: 'done', title: 'done', kind: 'number' },
      { key: 'diverged', title: 'diverged', kind: 'number' },
      { key: 'parameters', title: 'weights, M', kind: 'number', digits: 3, unit: 1e6 },
      { key: 'macs', title: 'multiply-adds, M', kind: 'number', digits: 1, unit: 1e6 },
      { key: 'accuracy', title: 'test, %', kind: 'spread', digits: 2 },
    ],
    rows: rows.map((row) => ({ ...row })),
  };
}

/** Writes what is done: the table as Markdown and CSV, and all runs as JSON, each atomically. */
export function writeRetrainings(path: string, plan: RetrainingsPlan, runs: readonly RetrainingRun[]): void {
  const rows = retrainingsRows(plan, runs);
  const write = (name: string, contents: string): void => writeFileAtomically(join(path, name), contents);
  write('retrainings.csv', renderCsv(tableOf(rows)));
  write('retrainings.md', `${renderMarkdown(tableOf(rows))}\n${noteOf(plan, runs)}\n`);
  write('retrainings.json', `${JSON.stringify({ experiment: 'retrainings', plan, rows, runs }, null, 2)}\n`);
}

/** Renders the table for a terminal. @param columns its width. @default infinite */
export function textOfRetrainings(plan: RetrainingsPlan, runs: readonly RetrainingRun[], columns = Infinity): string {
  return `${renderText(tableOf(retrainingsRows(plan, runs)), columns)}\n${noteOf(plan, runs)}`;
}

function noteOf(plan: RetrainingsPlan, runs: readonly RetrainingRun[]): string {
  const tasks = listRetrainings(plan);
  const [first] = tasks as [RetrainingTask];
  const state = runs.length < tasks.length ? ` ${runs.length} of ${tasks.length} retrainings are done.` : '';
  const sizes = describeTraining(optionsOf(plan, first));
  return `Mean ± standard deviation over seeds ${plan.seeds.join(', ')}, on the whole test set. Trained with ${sizes}.${state}`;
}
