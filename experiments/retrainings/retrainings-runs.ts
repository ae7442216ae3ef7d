import { join } from 'node:path';
import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import { namedNodes } from '../../src/space/genotype.ts';
import { known, NO_WORK } from '../many-runs/estimate-runs.ts';
import type { PlannedRuns, RecordedExperiment } from '../many-runs/planned-runs.ts';
import { describeEnd, retrainCells } from '../many-runs/search-and-retrain.ts';
import {
  listRetrainings,
  optionsOf,
  type RetrainingsPlan,
  type RetrainingTask,
  readRetrainingsPlan,
} from './retrainings-plan.ts';
import { type RetrainingRun, retrainingsRows, textOfRetrainings, writeRetrainings } from './retrainings-report.ts';

/** The retrainings as they are recorded. */
export const RETRAININGS: RecordedExperiment<RetrainingsPlan, RetrainingTask, RetrainingRun> = {
  name: 'retrainings',
  readPlan: readRetrainingsPlan,
  runsOf: retrainingsRuns,
};

/** The retrainings, and their files. */
function retrainingsRuns(plan: RetrainingsPlan): PlannedRuns<RetrainingTask, RetrainingRun> {
  const tasks = listRetrainings(plan);
  const { engine, threads } = plan.retraining as Partial<RetrainingOptionsInput>;
  const folderOf = ({ name, seed }: RetrainingTask): string => join(name, `seed-${seed}`);
  return {
    title: 'retrain',
    preset: plan.preset,
    parts: 'retrainings',
    engine,
    threads,
    tasks,
    folderOf,
    describeTask: ({ name, seed }) => `${name}, seed ${seed}`,
    describeOutcome: describeEnd,
    estimate(testPictures, overrides, cpu) {
      const needs = tasks.map((task) => {
        const options = optionsOf(plan, task, overrides);
        const { seconds, memoryBytes } = estimateRetraining(options, testPictures, cpu);
        return { memoryBytes, retraining: { seconds: known(seconds), epochs: options.epochs } };
      });
      return {
        works: needs.map(({ retraining }) => ({ search: NO_WORK, retraining })),
        memoryBytes: Math.max(...needs.map(({ memoryBytes }) => memoryBytes)),
      };
    },
    async make(task, surroundings) {
      const options = optionsOf(plan, task, surroundings.overrides);
      const { genotype } = options;
      const end = await retrainCells(folderOf(task), genotype, namedNodes(genotype), () => [options], surroundings);
      return 'event' in end ? end : { ...task, ...end };
    },
    write: (path, done) => writeRetrainings(path, plan, done),
    close: (path, done) => ({
      events: [{ event: 'done', folder: path, rows: retrainingsRows(plan, done) }],
      text: (columns) => `${textOfRetrainings(plan, done, columns)}\n\nfiles of the retrainings: ${path}`,
    }),
  };
}
