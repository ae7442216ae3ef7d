/**
 * `node tools/trace.ts RUN [--json]`: what the trace of a run says: where the time went, which steps were made, and
 * what became of the proposals. `--follow` prints every decision and transition instead, from the beginning on and as
 * a live run writes them, until it ends.
 */
import { Command, Option } from 'commander';
import { exitWith } from '../src/command/exit.ts';
import { runFiles } from '../src/record/run-folder.ts';
import { followTrace, TraceReader } from '../src/record/trace-reader.ts';
import { TraceSummarizer } from './trace/trace-summary.ts';
import { formatSummary, formatTraceLine } from './trace/trace-text.ts';

interface Flags {
  readonly follow: boolean;
  readonly json: boolean;
}

const command = new Command('trace')
  .description('Summarizes the trace of a run, or follows it.')
  .argument('<run>', 'folder of the run')
  .option('--follow', 'print decisions and transitions as they come', false)
  .addOption(new Option('--json', 'the summary as JSON').default(false).conflicts('follow'))
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const { follow, json } = command.opts<Flags>();
const path = runFiles(command.args[0] as string).trace;

// `| head` closes the pipe when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  exitWith(error);
});

try {
  if (follow) {
    for await (const line of followTrace(path)) process.stdout.write(`${formatTraceLine(line)}\n`);
  } else {
    const summarizer = new TraceSummarizer();
    for (const line of new TraceReader(path).read()) summarizer.add(line);
    const summary = summarizer.summarize();
    process.stdout.write(json ? `${JSON.stringify(summary, null, 2)}\n` : formatSummary(path, summary));
  }
} catch (error) {
  exitWith(error);
}
