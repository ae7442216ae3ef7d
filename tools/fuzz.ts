/**
 * `node tools/fuzz.ts [--minutes n] [--seed n] [--targets names]`: gives damaged files and values at the edge to all that
 * reads files of a run folder, pictures, genotypes, tables, messages, options and states. Each case must be read, or
 * refused by one sentence. A stack trace, words of JavaScript or a case of more than a minute is a finding, printed as a
 * JSON line with the number that `--case` repeats. Exit code 0: no findings; 1: some.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Command, Option } from 'commander';
import { integerFlag, namesFlag, parseFlags } from '../src/command/flags.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { runCase, TARGET_NAMES, type TargetName } from './fuzz/fuzz.ts';
import { makeRuns } from './fuzz/run-folders.ts';

interface FuzzFlags {
  readonly minutes: number;
  readonly seed: number;
  readonly targets: readonly TargetName[];
  /** Number of the only case; undefined: all. */
  readonly case?: number;
}

/** Milliseconds after which a case counts as a hang, unless the machine is that slow. */
const PATIENCE = 120_000;

/** Runs cases until the time is over. */
const runFuzz: Program = async (argv, io) => {
  const command = new Command(io.name)
    .description('Gives damaged files and values at the edge to everything that reads.')
    .addOption(integerFlag('minutes', 'time to look for findings', 1, 10_000, 5))
    .addOption(integerFlag('seed', 'seed of the cases', 0, 2 ** 31, 0))
    .addOption(namesFlag('targets', TARGET_NAMES, TARGET_NAMES))
    .addOption(new Option('--case <number>', 'repeat this case only').argParser(Number));
  const flags = parseFlags<FuzzFlags>(command, argv, io);
  if (flags === null) return 0;
  const counts: Partial<Record<TargetName, number>> = {};
  let findings = 0;
  const tell = (finding: object): void => {
    findings++;
    io.stdout.write(`${JSON.stringify({ seed: flags.seed, ...finding })}\n`);
  };
  const signal = io.interruption.pausing();
  const end = Date.now() + 60_000 * flags.minutes;
  let from = flags.case ?? 0;
  // After a hang another thread goes on behind it.
  for (let isOver = false; !isOver && !signal.aborted; ) {
    const hung = await runInThread({ ...flags, from, end }, signal, counts, tell);
    isOver = hung === null;
    if (hung !== null) from = hung + 1;
  }
  io.stdout.write(`${JSON.stringify({ seed: flags.seed, cases: counts, findings })}\n`);
  return findings === 0 ? 0 : 1;
};

interface ThreadOrder extends FuzzFlags {
  readonly from: number;
  readonly end: number;
}
type Message = { readonly name: TargetName; readonly number: number; readonly finding: string | null | undefined };

/** Runs cases on a thread. Returns the number of a case that hung; null at the end. */
async function runInThread(
  order: ThreadOrder,
  signal: AbortSignal,
  counts: Partial<Record<TargetName, number>>,
  tell: (finding: object) => void,
): Promise<number | null> {
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  let now: Message | null = null;
  let hung: number | null = null;
  const giveUp = (): void => {
    tell({ target: now?.name, case: now?.number, finding: 'it hangs' });
    hung = now?.number ?? 0;
    void worker.terminate();
  };
  let patience = setTimeout(giveUp, PATIENCE);
  signal.addEventListener('abort', () => void worker.terminate());
  worker.on('message', (message: Message) => {
    clearTimeout(patience);
    patience = setTimeout(giveUp, PATIENCE);
    now = message;
    const { name, number, finding } = message;
    if (finding === undefined) return;
    counts[name] = (counts[name] ?? 0) + 1;
    if (finding !== null) tell({ target: name, case: number, finding });
  });
  await new Promise<void>((resolve) => {
    worker.on('error', (error) =>
      tell({ target: now?.name, case: now?.number, finding: `the thread died: ${error.stack}` }),
    );
    worker.on('exit', () => resolve());
  });
  clearTimeout(patience);
  return hung;
}

/** What the thread does. */
async function work({ seed, targets, from, end, case: only }: ThreadOrder): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-fuzz-'));
  try {
    const runs = await makeRuns(folder, true);
    for (let number = from; Date.now() < end && (only === undefined || number === only); number++) {
      for (const name of targets) {
        // Resuming takes a second or two, the others milliseconds.
        if (name === 'resume' && number % 40 !== 0 && only === undefined) continue;
        parentPort?.postMessage({ name, number });
        const finding = await runCase(name, seed, number, { folder, runs });
        parentPort?.postMessage({ name, number, finding });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (isMainThread) await startIfMain(import.meta, runFuzz);
else if (workerData !== null) await work(workerData as ThreadOrder);
