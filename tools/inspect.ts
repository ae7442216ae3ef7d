/**
 * `node tools/inspect.ts RUN [--follow] [--port N]`: serves a page about the trace of a run, for this machine alone:
 * the coordinator's states over time, and every decision with what it was made from. `--follow` goes on as a live run
 * writes. The page's address names the step in view, and holds a token that other users of the machine lack. It ends with
 * Ctrl-C. Of a folder with runs below it, the page is a table of all runs, and leads to theirs. `--stately` prints the trace as inspection
 * events of `@statelyai/inspect` instead, one JSON line each, for users of that tool:
 * `for (const event of events) inspector.adapter.send(event)`.
 */
import { existsSync, statSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import type { Inspector } from '../src/inspector/answers.ts';
import { InspectorServer } from '../src/inspector/inspector-server.ts';
import { RunInspector } from '../src/inspector/run-inspector.ts';
import { holdsRuns, RunsInspector } from '../src/inspector/runs-inspector.ts';
import { readStatelyEvents } from '../src/inspector/stately-events.ts';
import { RunFolderError, runFiles } from '../src/record/run-folder.ts';

interface Flags {
  readonly follow: boolean;
  readonly port: number;
  readonly stately: boolean;
}

const EXAMPLES = [
  ['runs/RUN', 'serve a page about a run that has ended'],
  ['runs/RUN --follow --port 8080', 'follow a run that goes on, at a port of your choice'],
  ['runs', 'serve a table of all runs below a folder, which leads to each'],
] as const;

/** Serves the inspector's page until Ctrl-C, or prints a trace as events of `@statelyai/inspect`. */
export const runInspect: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Serves a page about the trace of a run, or about all runs below a folder, for this machine alone.')
    .argument('<run>', 'folder of the run, or of many')
    .option('--follow', 'go on as the run writes', false)
    .option('--port <number>', 'port to listen at; 0 takes any free port', readPort, 0)
    .addOption(
      new Option('--stately', 'print the trace as events of @statelyai/inspect instead')
        .default(false)
        .conflicts(['follow', 'port']),
    );
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [run] = command.processedArgs as [string];
  if (!existsSync(run) || !statSync(run).isDirectory()) throw new RunFolderError(`there is no folder ${run}`);
  if (!flags.stately && holdsRuns(run)) return await serve(run, new RunsInspector(run), flags.port, io);
  const trace = runFiles(run).trace;
  if (existsSync(trace) && !statSync(trace).isFile()) throw new RunFolderError(`${trace} is no file`);
  // A run that has just begun will write a trace.
  if (!flags.follow && !existsSync(trace)) throw new RunFolderError(`${run} holds no trace: there is no file ${trace}`);
  if (!flags.stately) return await serve(run, new RunInspector(run, flags.follow), flags.port, io);
  for (const event of readStatelyEvents(run)) io.stdout.write(`${JSON.stringify(event)}\n`);
  return 0;
};

async function serve(run: string, inspector: Inspector, port: number, io: ProgramIo): Promise<number> {
  const server = await InspectorServer.serve(inspector, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw new RunFolderError(`port ${port} cannot be had (${error.code}): give another with --port, or none`);
  });
  const signal = io.interruption.pausing();
  const ended = new Promise<void>((end) => {
    signal.addEventListener('abort', () => end(), { once: true });
  });
  print(io.stdout, `inspecting ${run} at ${server.address} (Ctrl-C ends)\n`);
  await ended;
  await server.close();
  return 0;
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is an integer from 0 to 65535.');
}

await startIfMain(import.meta, runInspect);
