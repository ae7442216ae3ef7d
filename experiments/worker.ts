#!/usr/bin/env node
/**
 * Makes runs that experiments have put into a queue, one at a time, until it is asked to leave.
 * `node experiments/worker.ts --help` lists the flags.
 */
import { realpathSync, statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { EXIT_INTERRUPTED } from '../src/command/exit.ts';
import { addExamples, integerFlag, parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { ProgressDisplay } from '../src/command/progress.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import { ENGINES, type EngineName } from '../src/engine/create-engine.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { LockWatch } from '../src/record/lock-watch.ts';
import { ADDRESS_VARIABLE, readAddress } from './cluster/address.ts';
import { tryConnection } from './cluster/connection.ts';
import { queueNameOf } from './cluster/queues.ts';
import { LOCK_MS } from './cluster/settings.ts';
import { type WorkerEvent, work } from './cluster/work.ts';

/** Flags of the program. */
interface WorkerFlags {
  readonly store: string;
  readonly data?: string;
  readonly engine: EngineName | 'auto';
  readonly threads: number;
  readonly workers?: number;
  readonly lock: number;
  readonly insecure: boolean;
  readonly json: boolean;
}

/**
 * Reads the command line.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, a value that breaks its rule, or a store that is no folder
 */
export function readWorkerFlags(argv: readonly string[], io: Pick<ProgramIo, 'name' | 'stdout'>): WorkerFlags | null {
  const command = addExamples(new Command(io.name), [
    ['--store /shared/runs', 'make the runs of tables in this folder'],
  ])
    .description(
      'Makes runs that experiments have put into a queue (--queue), one at a time, until it is asked to leave. At SIGTERM ' +
        `and Ctrl-C it hands its run back with a checkpoint. ${ADDRESS_VARIABLE} has the address of Redis.`,
    )
    .option('--store <dir>', 'folder that holds the experiments; nothing outside it is read or written')
    .option('--data <dir>', 'folder of CIFAR-10’s binary files (default: a cache, filled by a download if empty)')
    .addOption(new Option('--engine <name>', 'engine of the runs').choices(['auto', ...ENGINES]).default('auto'))
    .addOption(integerFlag('threads', 'threads of the CPU engine, 0: all cores; they change no result', 0, 1024, 0))
    .addOption(integerFlag('workers', 'threads of a run’s pool; they change no result', 1, 64))
    .addOption(
      integerFlag(
        'lock',
        'seconds out of the queue’s sight after which another makes the run',
        1,
        86_400,
        LOCK_MS / 1000,
      ),
    )
    .option('--insecure', 'speak to Redis on another machine without encryption', false)
    .option('--json', 'print one JSON event a line', false);
  const flags = parseFlags<WorkerFlags>(command, argv, io);
  if (flags === null) return null;
  const { store = '' } = flags as Partial<WorkerFlags>;
  const isFolder = store !== '' && statSync(store, { throwIfNoEntry: false })?.isDirectory();
  if (!isFolder) throw new OptionsError(`store must be a folder, got ${JSON.stringify(store)}`);
  return { ...flags, store: realpathSync(store) };
}

/** Makes runs until it is asked to leave, which is its usual end. */
export const runWorker: Program = async (argv, io) => {
  const flags = readWorkerFlags(argv, io);
  if (flags === null) return 0;
  const { store, engine, threads, workers, lock, insecure, json } = flags;
  const { stdout, stderr, interruption } = io;
  const address = readAddress(process.env, insecure);
  await tryConnection(address);
  const signal = interruption.pausing();
  const display = new ProgressDisplay({ stdout, stderr });
  const data = await loadDataset({ data: flags.data, signal, ...(json ? {} : { onProgress: display.data }) });
  const queueName = await queueNameOf(engine);
  const say = (event: object, line: string): void => {
    if (json) stdout.write(`${JSON.stringify(event)}\n`);
    else print(stdout, `${line}\n`);
  };
  say({ event: 'worker', queue: queueName, store }, `worker     of ${queueName}, on runs in ${store}`);
  const order = {
    ...{ address, queueName },
    lockMs: 1000 * lock,
    workshop: {
      store,
      data,
      overrides: { threads, ...(workers !== undefined && { workers }) },
      watch: new LockWatch(),
    },
    tell: (event: WorkerEvent) => say(event, describe(event)),
    onEvent: (run: string, phase: string, event: object) => {
      if (json) stdout.write(`${JSON.stringify({ folder: run, phase, ...event })}\n`);
    },
  };
  if (await work(order, signal)) return 0;
  print(stderr, `Redis does not answer: the run is given to another worker once its lock of ${lock} s is over\n`);
  return EXIT_INTERRUPTED;
};

function describe(event: WorkerEvent): string {
  if (event.event === 'queue') return `queue      ${event.message}`;
  return `${event.state.padEnd(11)} ${event.job}${'reason' in event ? `: ${event.reason}` : ''}`;
}

await startIfMain(import.meta, runWorker);
