import type { PausedEvent, RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import { describeDuration, percent } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { JobWords } from '../../src/command/progress.ts';
import { listTasks, nameOf, type Table1Overrides, type Table1Plan, type Table1Task } from './table1-plan.ts';
import { table1File, textOfTable1, writeTable1 } from './table1-report.ts';
import { folderOf, makeTable1Run, type Table1Run } from './table1-run.ts';
import { estimateTable1, type PartState, type Phase, type PhaseSeconds, RunClock, TimeLeft } from './time-left.ts';

/** No words: the table has lines of its own beside the bar of a run. */
const NO_WORDS: JobWords<unknown, unknown> = { started: () => [], epoch: () => '', done: () => [] };

/**
 * Makes Table 1, or the part of it that is missing, and shows the progress. It writes the table's files after every run.
 *
 * @param path folder of the table
 * @returns the iteration that it was paused after; null at its end
 */
export async function makeTable1(
  path: string,
  plan: Table1Plan,
  overrides: Table1Overrides,
  tools: JobTools,
): Promise<PausedEvent | null> {
  const { data, signal, display, tell } = tools;
  const tasks = listTasks(plan);
  const { runs: estimates, on } = estimateTable1(plan, overrides, data);
  const left = new TimeLeft(estimates);
  const time = on === null ? 'an unknown time' : `about ${describeDuration(left.seconds)} ${on}`;
  const planned = { preset: plan.preset, runs: tasks.length, expectedSeconds: on === null ? null : left.seconds };
  tell({ event: 'planned', ...planned }, () => {
    display.line(`table 1    ${plan.preset}: searches and their retrainings, ${tasks.length} of each; in all ${time}`);
  });

  const runs: Table1Run[] = [];
  for (const [i, task] of tasks.entries()) {
    const place = `${i + 1}/${tasks.length}`.padEnd(9);
    const clock = new RunClock(left, estimates[i] as PhaseSeconds);
    const around = async <T>(phase: Phase, state: PartState, work: () => Promise<T>): Promise<T> => {
      if (state !== 'done' && !clock.ticked) {
        tell({ event: 'begin', ...task }, () => display.line(`${place}  ${describeTask(task)}`));
      }
      return await clock.around(phase, state, work);
    };
    const onEvent = (phase: Phase, event: SearchEvent | RetrainingEvent): void => {
      tell({ folder: folderOf(task), phase, ...event }, () => {
        if (event.event !== 'epoch') display.show(event as SearchEvent, NO_WORDS);
      });
    };
    const run = await makeTable1Run(task, { path, plan, overrides, data, signal, onEvent, around });
    if ('event' in run) return run;
    clock.stop();
    runs.push(run);
    if (!clock.ticked) continue; // made before
    writeTable1(path, table1File(plan, runs));
    tell({ event: 'run', ...run, secondsLeft: left.seconds }, () => {
      const remaining = runs.length === tasks.length ? '' : `; about ${describeDuration(left.seconds)} left`;
      display.line(`${' '.repeat(place.length)}  ${describeOutcome(run)}${remaining}`);
    });
  }
  const file = table1File(plan, runs);
  writeTable1(path, file);
  tell({ event: 'done', table: path, rows: file.rows }, () => {
    display.stop();
    display.line(`\n${textOfTable1(file)}\n\nfiles of the table: ${path}`);
  });
  return null;
}

function describeTask(task: Table1Task): string {
  return `${nameOf(task)}, ${task.epochs} epochs, seed ${task.seed}`;
}

function describeOutcome({ outcome, reason, search, retrained }: Table1Run): string {
  const searched = search === null ? '' : `search test ${percent(search.test)}, `;
  if (retrained !== null) return `${searched}retrained ${percent(retrained.accuracy)}`;
  return `${searched}${outcome === 'invalid' ? 'Invalid arch.' : 'diverged'} (${reason})`;
}
