/**
 * `node tools/trace.ts RUN [--json]`: summarizes the trace of a run: where the time went, which steps were made, what
 * became of the proposals, and how the cells changed over the epochs. `--follow` prints every decision and transition instead, from the beginning on and as
 * a live run writes them, until the run ends.
 */
import { Command, Option } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { columnsOf, print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { readJson } from '../src/record/read-json.ts';
import { readAlphas } from '../src/record/read-run.ts';
import { configSchema, runFiles } from '../src/record/run-folder.ts';
import { followTrace, TraceReader } from '../src/record/trace-reader.ts';
import { describeCollapse } from '../src/search/collapse-sign.ts';
import { lifeOfRecord, type RecordedLife } from '../src/search/life-of-cells.ts';
import { TraceSummarizer } from './trace/trace-summary.ts';
import { formatLife, formatSummary, formatTraceLine } from './trace/trace-text.ts';

interface Flags {
  readonly follow: boolean;
  readonly json: boolean;
}

const EXAMPLES = [
  ['runs/RUN', 'show where the time of a run went, and what became of its proposals and cells'],
  ['runs/RUN --follow', 'print the decisions of a run as they come'],
] as const;

/** Prints the summary of a trace, or its lines as they come. */
export const runTrace: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Summarizes the trace of a run, or follows it.')
    .argument('<run>', 'folder of the run')
    .option('--follow', 'print decisions and transitions as they come', false)
    .addOption(new Option('--json', 'print the summary as JSON').default(false).conflicts('follow'));
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [run] = command.processedArgs as [string];
  const path = runFiles(run).trace;
  if (flags.follow) {
    for await (const line of followTrace(path)) print(io.stdout, `${formatTraceLine(line)}\n`);
    return 0;
  }
  const summarizer = new TraceSummarizer();
  for (const line of new TraceReader(path).read()) summarizer.add(line);
  const summary = summarizer.summarize();
  const told = readLife(run);
  if (flags.json) {
    const { life = [], nodes = 0 } = told ?? {};
    const collapse = describeCollapse(life, nodes);
    io.stdout.write(`${JSON.stringify({ ...summary, life, collapse }, null, 2)}\n`);
  } else {
    const columns = columnsOf(io.stdout);
    print(io.stdout, formatSummary(path, summary, columns));
    if (told !== null) print(io.stdout, `\n${formatLife(told, columns)}`);
  }
  return 0;
};

/** Tells the life of a search's cells; null if the folder holds no search, or none whose cells can be derived. */
function readLife(run: string): RecordedLife | null {
  const record = readJson(runFiles(run).config, configSchema, []);
  return record?.job === 'search' ? lifeOfRecord(record.options, readAlphas(run, [])) : null;
}

await startIfMain(import.meta, runTrace);
