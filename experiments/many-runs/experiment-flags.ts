import { type Command, Option } from 'commander';
import { integerFlag } from '../../src/command/flags.ts';
import { type JobFlags, otherEngineFlag, parseJobFlags } from '../../src/command/job-flags.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { RESUMABLE_OPTIONS } from '../../src/options/run-options.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { LaneRequest } from './choose-lanes.ts';

/** What every experiment of many runs can be asked for, over its preset. */
export interface ExperimentRequest extends LaneRequest {
  /** Number of seeds, from `seed` on. */
  readonly seeds?: number;
  readonly seed?: number;
  readonly engine?: SearchOptions['engine'];
}

/** Flags that say how a process takes part in an experiment. */
export interface ExperimentFlags extends Pick<JobFlags<string>, 'data' | 'out' | 'resume' | 'json' | 'otherEngine'> {
  /** Whether the runs are only planned. */
  readonly plan: boolean;
  /** Folder of the experiment whose runs are shared with other processes. */
  readonly join?: string;
  /** Whether a process that has joined stays until all runs are done. */
  readonly wait: boolean;
  /** Folder of the experiment whose results are collected. */
  readonly collect?: string;
}

/** Command line of an experiment of many runs. */
export type ExperimentCommandLine<Preset extends string, Request extends ExperimentRequest> = ExperimentFlags & {
  readonly preset: Preset;
  readonly request: Request;
};

/** Flags that every experiment allows once it has begun: they change no result. */
const RESUMABLE = [...RESUMABLE_OPTIONS, 'parallel', 'plan', 'wait'];

/** Flags that name the folder of an experiment that has begun. */
const GOING_ON = ['resume', 'join', 'collect'] as const;

/** Removes the default of a flag: the preset decides. */
export function optional(flag: Option): Option {
  return flag.default(undefined);
}

/** Meaning of the seeds of an experiment whose runs differ in nothing else. */
const SEED_WORDS = { seeds: 'runs of every row', seed: 'the first seed (default: 0)' };

/**
 * Adds the flags that every experiment of many runs has.
 *
 * @param presets names of its presets, of which `preset` is the default
 * @param words meaning of the flags `seeds` and `seed`
 */
export function addExperimentFlags(
  command: Command,
  presets: readonly string[],
  preset: string,
  words = SEED_WORDS,
): Command {
  const parallel =
    'runs made at the same time; they change no result (default: as many as cores and memory allow on the CPU engine, else 1)';
  return command
    .addOption(new Option('--preset <name>', 'sizes').choices(presets).default(preset))
    .addOption(optional(integerFlag('seeds', words.seeds, 1, 10_000, 0)))
    .addOption(optional(integerFlag('seed', words.seed, 0, 2 ** 52, 0)))
    .addOption(optional(integerFlag('parallel', parallel, 1, 1024, 0)))
    .addOption(
      optional(
        integerFlag('workers', 'threads of a run’s pool; they change no result (default: 1 beside others)', 1, 64, 0),
      ),
    )
    .addOption(
      optional(
        integerFlag(
          'threads',
          'threads of a run’s CPU engine, 0: all cores; they change no result (default: 1 beside others)',
          0,
          1024,
          0,
        ),
      ),
    )
    .addOption(new Option('--engine <name>', 'engine, as of a search').choices(['auto', 'cpu', 'webgpu', 'tfjs']))
    .option('--data <dir>', 'folder of CIFAR-10’s binary files (default: a cache, filled by a download if empty)')
    .option('--out <dir>', 'folder of the experiment and its runs (default: one in runs/, named by the time)')
    .option('--resume <dir>', 'go on with the experiment in this folder')
    .option('--plan', 'make the folder, or add to the plan of the one that is resumed, and none of the runs', false)
    .option(
      '--join <dir>',
      'make runs in this folder that no other process makes, the longest first, until none is free',
    )
    .option('--wait', 'with --join: stay until all runs are done, and take over those of processes that die', false)
    .option('--collect <dir>', 'write and print the results of the runs in this folder that are done')
    .addOption(otherEngineFlag())
    .option('--json', 'print one JSON event a line instead of progress bars', false);
}

/**
 * Parses the command line of an experiment of many runs.
 *
 * @param resumable names of flags of its own that are allowed with `--resume`. @default none
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError as `parseJobFlags` does
 */
export function parseExperimentFlags<Preset extends string, Request extends ExperimentRequest>(
  command: Command,
  argv: readonly string[],
  io: Pick<ProgramIo, 'stdout'>,
  resumable: readonly string[] = [],
): ExperimentCommandLine<Preset, Request> | null {
  const parsed = parseJobFlags<Preset>(command, argv, io, [...RESUMABLE, ...resumable], GOING_ON);
  if (parsed === null) return null;
  const { plan, wait, join, collect, ...others } = parsed.others as unknown as SharingFlags & Request;
  const request = others as unknown as Request;
  const given = { resume: parsed.flags.resume, join, collect };
  const folders = GOING_ON.filter((name) => given[name] !== undefined);
  if (folders.length > 1) throw new OptionsError(`${listFlags(folders)} exclude each other`);
  if (wait && join === undefined) throw new OptionsError('--wait goes with --join alone');
  const added = [...(plan ? ['plan'] : []), ...resumable.filter((name) => Object.hasOwn(request, name))];
  if (added.length > 0 && (join ?? collect) !== undefined) {
    throw new OptionsError(`${listFlags(added)}: goes with --resume, not with ${listFlags(folders)}`);
  }
  return { ...parsed.flags, plan, wait, ...(join && { join }), ...(collect && { collect }), request };
}

type SharingFlags = Pick<ExperimentFlags, 'plan' | 'wait' | 'join' | 'collect'>;

function listFlags(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(', ');
}
