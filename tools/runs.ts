/**
 * `node tools/runs.ts DIR [--watch] [--sort by] [--reverse] [--state s,...] [--job j] [--json]`: a table of all runs below
 * a folder, by their folders alone: state, epoch, accuracy, time left, machine, last sign of life, and why a run ended.
 * `--watch` shows it again as the runs go on, until Ctrl-C. `--json` prints a JSON line a run, and with `--watch` again
 * whenever a run has changed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { columnsOf, print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { readOverviews, restAfterLook } from '../src/record/list-runs.ts';
import type { JobName } from '../src/record/run-folder.ts';
import { type OverviewState, RUN_STATES, type RunOverview } from '../src/record/run-overview.ts';
import { arrangeRuns, RUN_ORDERS, type RunOrder } from './list-runs/arrange-runs.ts';
import { formatRuns } from './list-runs/runs-table.ts';

interface Flags {
  readonly watch: boolean;
  readonly sort: RunOrder;
  readonly reverse: boolean;
  readonly state: readonly OverviewState[] | null;
  readonly job: JobName | null;
  readonly json: boolean;
}

/** Moves a terminal's cursor to the top and clears what is below. */
const CLEAR = '\u001B[H\u001B[J';

const EXAMPLES = [
  ['runs', 'show all runs below a folder'],
  ['runs --watch --sort left', 'watch them, those that end first on top'],
  ['runs --state failed,dead', 'show those that ended against everyone’s will'],
] as const;

/** Shows all runs below a folder in a table. */
export const runRuns: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Shows all runs below a folder: state, epoch, accuracy, time left, machine, last sign of life.')
    .argument('<folder>', 'folder that holds runs, however deep')
    .option('--watch', 'show them again as they go on, until Ctrl-C', false)
    .addOption(new Option('--sort <by>', 'what to sort by').choices(RUN_ORDERS).default('name'))
    .option('--reverse', 'sort the other way round', false)
    .addOption(
      new Option('--state <states>', `only runs of these states, with commas: ${RUN_STATES.join(', ')}`)
        .argParser(readStates)
        .default(null, 'all'),
    )
    .addOption(
      new Option('--job <job>', 'only runs of this job').choices(['search', 'retraining']).default(null, 'all'),
    )
    .option('--json', 'print a JSON line for each run', false);
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [folder] = command.processedArgs as [string];
  const look = (): RunOverview[] => arrangeRuns(readOverviews(folder), { ...flags, states: flags.state });
  if (flags.watch) return await watch(folder, look, flags.json, io);
  const runs = look();
  if (flags.json) for (const run of runs) io.stdout.write(`${JSON.stringify(run)}\n`);
  else print(io.stdout, formatRuns(runs, folder, columnsOf(io.stdout)));
  return 0;
};

async function watch(folder: string, look: () => RunOverview[], json: boolean, io: ProgramIo): Promise<number> {
  const signal = io.interruption.pausing();
  const told = new Map<string, string>();
  while (!signal.aborted) {
    const start = performance.now();
    const runs = look();
    const changed = runs.filter((run) => {
      const is = JSON.stringify({ ...run, secondsLeft: null, lastSign: null });
      const isNew = told.get(run.path) !== is;
      told.set(run.path, is);
      return isNew;
    });
    if (json) for (const run of changed) io.stdout.write(`${JSON.stringify(run)}\n`);
    else if (io.stdout.isTTY) print(io.stdout, CLEAR + firstLines(formatRuns(runs, folder, columnsOf(io.stdout)), io));
    else if (changed.length > 0) print(io.stdout, formatRuns(runs, folder, Infinity));
    await sleep(restAfterLook(performance.now() - start), null, { signal }).catch(() => undefined);
  }
  return 0;
}

/** The lines of a text that a terminal shows at once, and its last one. */
function firstLines(text: string, { stdout }: ProgramIo): string {
  const { rows = 24 } = stdout as { readonly rows?: number };
  const lines = text.trimEnd().split('\n');
  return lines.length < rows ? text : `${[...lines.slice(0, rows - 3), '…', lines.at(-1)].join('\n')}\n`;
}

function readStates(text: string): OverviewState[] {
  return text.split(',').map((word) => {
    const state = RUN_STATES.find((known) => known === word.trim());
    if (state === undefined) {
      throw new OptionsError(`state must be among ${RUN_STATES.join(', ')}, got ${JSON.stringify(word)}`);
    }
    return state;
  });
}

await startIfMain(import.meta, runRuns);
