/**
 * `node tools/trace.ts RUN [--json]`: summarizes the trace of a run: where the time went, which steps were made, and
 * what became of the proposals. `--follow` prints every decision and transition instead, from the beginning on and as
 * a live run writes them, until the run ends.
 */
import { Command, Option } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { runFiles } from '../src/record/run-folder.ts';
import { followTrace, TraceReader } from '../src/record/trace-reader.ts';
import { TraceSummarizer } from './trace/trace-summary.ts';
import { formatSummary, formatTraceLine } from './trace/trace-text.ts';

interface Flags {
  readonly follow: boolean;
  readonly json: boolean;
}

const EXAMPLES = [
  ['runs/RUN', 'show where the time of a run went, and what became of its proposals'],
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
    for await (const line of followTrace(path)) io.stdout.write(`${formatTraceLine(line)}\n`);
    return 0;
  }
  const summarizer = new TraceSummarizer();
  for (const line of new TraceReader(path).read()) summarizer.add(line);
  const summary = summarizer.summarize();
  io.stdout.write(flags.json ? `${JSON.stringify(summary, null, 2)}\n` : formatSummary(path, summary));
  return 0;
};

await startIfMain(import.meta, runTrace);
