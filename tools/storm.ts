/**
 * `node tools/storm.ts [--minutes n] [--kills n] [--seed n]`: kills smoke searches and retrainings at random moments and
 * resumes them, until they end. Struck are the run, its supernet and its workers, also in the middle of a write and during
 * a recovery. Every folder must then hold what that of an undisturbed twin holds, times apart. It prints a JSON line for
 * each run and a last one with the counts. Exit code 0: no run differed; 1: one did, or ended otherwise than it should.
 * Its folder is left behind then.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { integerFlag, parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { Random } from '../src/math/random.ts';
import { writeTinyCifar } from '../test/support/tiny-cifar.ts';
import { compareFolders } from './storm/compare-folders.ts';
import { runLife } from './storm/run-life.ts';
import { type Blows, runUnderStorm } from './storm/run-under-storm.ts';
import { listStormJobs, type StormJob } from './storm/storm-jobs.ts';

interface StormFlags {
  readonly minutes: number;
  readonly kills: number;
  readonly seed: number;
}

/** Kills runs until the time is over or the number of kills is reached. */
const runStorm: Program = async (argv, io) => {
  const command = new Command(io.name)
    .description('Kills runs at random moments, resumes them, and compares them with undisturbed ones.')
    .addOption(integerFlag('minutes', 'time after which no further run is begun', 1, 10_000, 10))
    .addOption(integerFlag('kills', 'number of kills after which no further run is begun', 1, 1e6, 1e6))
    .addOption(integerFlag('seed', 'seed of the kills', 0, 2 ** 31, 0));
  const flags = parseFlags<StormFlags>(command, argv, io);
  if (flags === null) return 0;
  const random = Random.fromSeed(flags.seed, 'storm');
  const end = Date.now() + 60_000 * flags.minutes;
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-storm-'));
  const data = join(folder, 'data');
  writeTinyCifar(data, { train: 96, test: 32 });
  const jobs = listStormJobs(data);
  const twins = new Map<StormJob, { readonly path: string; readonly milliseconds: number }>();
  const total: Blows = { run: 0, supernet: 0, worker: 0, write: 0 };
  let [runs, failures] = [0, 0];
  const signal = io.interruption.pausing();
  while (Date.now() < end && sumOf(total) < flags.kills && !signal.aborted) {
    const job = jobs[runs % jobs.length] as StormJob;
    let twin = twins.get(job);
    if (twin === undefined) {
      const path = join(folder, job.name);
      const began = Date.now();
      const { code, stderr } = await runLife(job, path, null);
      if (code !== 0) throw new Error(`the undisturbed run of ${job.name} ended with ${code}: ${stderr}`);
      twin = { path, milliseconds: Date.now() - began };
      twins.set(job, twin);
    }
    const path = join(folder, `run-${runs}`);
    const { blows, lives, failure } = await runUnderStorm(job, path, twin.milliseconds, random);
    const differences = failure === null ? compareFolders(twin.path, path) : [];
    for (const name of Object.keys(total) as (keyof Blows)[]) total[name] += blows[name];
    const isGood = failure === null && differences.length === 0;
    io.stdout.write(`${JSON.stringify({ run: runs, job: job.name, lives, blows, failure, differences })}\n`);
    runs++;
    if (isGood) rmSync(path, { recursive: true, force: true });
    else failures++;
  }
  io.stdout.write(`${JSON.stringify({ runs, kills: sumOf(total), ...total, failures })}\n`);
  if (failures === 0) rmSync(folder, { recursive: true, force: true });
  else print(io.stderr, `the folders of these runs are in ${folder}\n`);
  return failures === 0 ? 0 : 1;
};

function sumOf(blows: Blows): number {
  return blows.run + blows.supernet + blows.worker + blows.write;
}

await startIfMain(import.meta, runStorm);
