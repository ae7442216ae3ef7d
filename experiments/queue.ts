#!/usr/bin/env node
/** Lists the runs in queues, tries them again, cancels them, and pauses queues. `node experiments/queue.ts --help`. */
import { Command } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { counted } from '../src/command/format.ts';
import { print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { ADDRESS_VARIABLE, readAddress } from './cluster/address.ts';
import { cancelRun, type ListedQueue, listQueues, pauseQueues, retryRun } from './cluster/manage-jobs.ts';
import { openQueues, type Queues } from './cluster/queues.ts';

const ACTIONS = ['list', 'retry', 'cancel', 'pause', 'resume'] as const;
type Action = (typeof ACTIONS)[number];

interface QueueProgramFlags {
  readonly insecure: boolean;
  readonly json: boolean;
}

const EXAMPLES = [
  ['list', 'what runs, waits and has failed'],
  ['retry table/dscd/60-epochs/seed-0', 'try a run again that has failed or was cancelled'],
] as const;

/** Shows or changes what is in the queues. */
export const runQueue: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description(
      `Lists the runs in the queues, tries one again, cancels one, or pauses all. ${ADDRESS_VARIABLE} has the address of Redis.`,
    )
    .argument('[action]', `${ACTIONS.join(', ')} (default: list)`)
    .argument('[run]', 'for retry and cancel: TABLE/RUN, as it is listed')
    .option('--insecure', 'speak to Redis on another machine without encryption', false)
    .option('--json', 'print the list as JSON', false);
  const flags = parseFlags<QueueProgramFlags>(command, argv, io);
  if (flags === null) return 0;
  const [action = 'list', run] = command.args;
  if (!isAction(action))
    throw new OptionsError(`action must be one of ${ACTIONS.join(', ')}, got ${JSON.stringify(action)}`);
  const needsRun = action === 'retry' || action === 'cancel';
  if (needsRun !== (run !== undefined)) {
    throw new OptionsError(needsRun ? `${action} needs a run` : `${action} takes no run, got ${JSON.stringify(run)}`);
  }
  const queues = await openQueues(readAddress(process.env, flags.insecure));
  try {
    const text = await act(queues, action, run ?? '', flags.json);
    print(io.stdout, `${text}\n`);
  } finally {
    await queues.close();
  }
  return 0;
};

async function act(queues: Queues, action: Action, run: string, json: boolean): Promise<string> {
  switch (action) {
    case 'list': {
      const listed = await listQueues(queues);
      return json ? JSON.stringify(listed) : listed.map(describeQueue).join('\n\n') || 'there are no queues';
    }
    case 'retry':
      await retryRun(queues, run);
      return `${run} is tried again`;
    case 'cancel':
      return (await cancelRun(queues, run)) ? `${run} is paused by its worker within seconds` : `${run} was removed`;
    case 'pause':
    case 'resume':
      return `${counted(await pauseQueues(queues, action === 'pause'), 'queue')} ${action}d`;
  }
}

function describeQueue({ queue, workers, paused, done, jobs }: ListedQueue): string {
  const state = `${workers ?? 'an unknown number of'} workers${paused ? ', paused' : ''}, ${counted(done, 'run')} done`;
  const lines = jobs.map(({ job, state, progress, reason }) => {
    return `  ${state.padEnd(8)} ${job}${progress === null ? '' : `  ${progress}`}${reason === null ? '' : `  ${reason}`}`;
  });
  return [`${queue}: ${state}`, ...lines].join('\n');
}

function isAction(text: string): text is Action {
  return (ACTIONS as readonly string[]).includes(text);
}

await startIfMain(import.meta, runQueue);
