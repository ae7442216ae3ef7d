/**
 * `node tools/inspect.ts RUN [--follow] [--port N]`: serves a page about the trace of a run, for this machine alone:
 * the coordinator's states over time, and every decision with what it was made from. `--follow` goes on as a live run
 * writes. It ends with Ctrl-C. `--stately` prints the trace as inspection events of `@statelyai/inspect` instead, one JSON
 * line each, for users of that tool: `for (const event of events) inspector.adapter.send(event)`.
 */
import { existsSync, statSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { exitWith } from '../src/command/exit.ts';
import { InspectorServer } from '../src/inspector/inspector-server.ts';
import { readStatelyEvents } from '../src/inspector/stately-events.ts';
import { RunFolderError, runFiles } from '../src/record/run-folder.ts';

interface Flags {
  readonly follow: boolean;
  readonly port: number;
  readonly attached: boolean;
  readonly stately: boolean;
}

const command = new Command('inspect')
  .description('Serves a page about the trace of a run, for this machine alone.')
  .argument('<run>', 'folder of the run')
  .option('--follow', 'go on as the run writes', false)
  .option('--port <number>', 'port to listen at; 0 is any that is free', readPort, 0)
  .option('--attached', 'end with standard input: for a program that opens this beside its run', false)
  .addOption(
    new Option('--stately', 'print the trace as events of @statelyai/inspect instead')
      .default(false)
      .conflicts(['follow', 'port']),
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const { attached, follow, port, stately } = command.opts<Flags>();
const run = command.args[0] as string;

// `| head` closes the pipe when it has seen enough.
process.stdout.on('error', exitWith);

try {
  if (!existsSync(run) || !statSync(run).isDirectory()) throw new RunFolderError(`there is no folder ${run}`);
  const trace = runFiles(run).trace;
  if (existsSync(trace) && !statSync(trace).isFile()) throw new RunFolderError(`${trace} is no file`);
  // A run that has just begun will write one.
  if (!follow && !existsSync(trace)) throw new RunFolderError(`${run} holds no trace: there is no file ${trace}`);
  if (stately) printEvents();
  else await serve();
} catch (error) {
  exitWith(error);
}

function printEvents(): void {
  for (const event of readStatelyEvents(run)) process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function serve(): Promise<void> {
  const server = await InspectorServer.listen({ run, follow, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw new RunFolderError(`port ${port} cannot be had (${error.code}): give another with --port, or none`);
  });
  const end = (): void => void server.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  if (attached) process.stdin.once('end', end).once('error', end).resume();
  process.stdout.write(`inspecting ${run} at ${server.address} (Ctrl-C ends)\n`);
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is an integer from 0 to 65535.');
}
