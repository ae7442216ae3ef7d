import { relative } from 'node:path';
import { counted, describeDuration, percent } from '../../src/command/format.ts';
import { textTable } from '../../src/command/text-table.ts';
import { RUN_STATES, type RunOverview } from '../../src/record/run-overview.ts';

const HEAD = ['run', 'state', 'what', 'host', 'why it ended', 'epoch', 'accuracy', 'left', 'last sign'];

/** Columns of text; the others are numbers. */
const TEXTS = 5;

/**
 * A table of runs as text, with a last line that counts them.
 *
 * @param folder by which the runs are named
 * @param columns width of the terminal
 */
export function formatRuns(runs: readonly RunOverview[], folder: string, columns: number, now = Date.now()): string {
  const rows = runs.map((run) => [
    relative(folder, run.path) || '.',
    run.state,
    run.method ?? run.job ?? '',
    run.host ?? '',
    run.why ?? '',
    `${run.epoch}/${run.epochs ?? '?'}`,
    run.accuracy === null ? '' : percent(run.accuracy),
    run.secondsLeft === null ? '' : describeDuration(run.secondsLeft),
    run.lastSign === null ? '' : `${describeDuration(Math.max(0, Math.round((now - run.lastSign) / 1000)))} ago`,
  ]);
  // A column without a word only takes room.
  const shown = HEAD.map((_, i) => i).filter((i) => i === 0 || rows.some((row) => row[i] !== ''));
  const picked = [HEAD, ...rows].map((row) => shown.map((i) => row[i] ?? ''));
  const table = textTable(picked, shown.filter((i) => i < TEXTS).length, { columns, names: 1 });
  return `${runs.length === 0 ? '' : `${table}\n`}${countStates(runs)}\n`;
}

/** Counts runs by their states: `3 runs: 1 running, 2 done`. */
function countStates(runs: readonly RunOverview[]): string {
  const counts = RUN_STATES.flatMap((state) => {
    const count = runs.filter((run) => run.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return `${counted(runs.length, 'run')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}
