import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../actors/codec.ts';
import { runSearch } from '../../experiments/cifar10.ts';
import { runRetraining } from '../../experiments/retrain.ts';
import type { Program } from '../../src/command/program.ts';
import type { Random } from '../../src/math/random.ts';
import { readAlphaBefore, readAlphaSteps } from '../../src/record/alpha-file.ts';
import { listCheckpoints, readCheckpoint } from '../../src/record/checkpoint-file.ts';
import { readRun } from '../../src/record/read-run.ts';
import { openRunFolder, runFiles } from '../../src/record/run-folder.ts';
import { readRetrainingResult, readSearchResult } from '../../src/record/run-result.ts';
import { readStatechart } from '../../src/record/statechart.ts';
import { readRecordedRetrainingOptions } from '../../src/retrain/options.ts';
import { readRecordedOptions } from '../../src/search/options.ts';
import { runInProcess } from '../../test/support/run-in-process.ts';
import { writeTinyCifar } from '../../test/support/tiny-cifar.ts';
import { runCompare } from '../compare.ts';
import { runCount } from '../count.ts';
import { runDerive } from '../derive.ts';
import { runExport } from '../export.ts';
import { runReport } from '../report.ts';
import { runTrace } from '../trace.ts';
import { judgeEnding, judgeError } from './judge.ts';
import { mutateBytes, mutateJson } from './mutate.ts';

/** Folders of runs that have ended. */
export interface RunCorpus {
  readonly search: string;
  /** null if none was made */
  readonly retraining: string | null;
}

const SMOKE = ['--preset', 'smoke', '--json', '--no-report', '--threads', '1', '--workers', '1'];

/** Makes the folders of a search and of a retraining. */
export async function makeRuns(folder: string, withRetraining: boolean): Promise<RunCorpus> {
  const data = join(folder, 'data');
  writeTinyCifar(data, { train: 96, test: 32 });
  const make = async (program: Program, name: string, ...args: string[]): Promise<string> => {
    const path = join(folder, name);
    const { code, stderr } = await runInProcess(program, [...SMOKE, '--data', data, '--out', path, ...args]);
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`);
    return path;
  };
  return {
    search: await make(runSearch, 'search'),
    retraining: withRetraining ? await make(runRetraining, 'retraining', '--genotype', 'DARTS_V2') : null,
  };
}

/** Damages a file or two of a copy of a run folder, and opens it with a viewer or a reader. */
export async function fuzzRunFolder({ search, retraining }: RunCorpus, random: Random, copy: string) {
  const whole = retraining !== null && random.integer(2) === 0 ? retraining : search;
  rmSync(copy, { recursive: true, force: true });
  cpSync(whole, copy, { recursive: true });
  for (let times = 1 + random.integer(2); times > 0; times--) damageFile(copy, random);
  const programs: readonly [Program, readonly string[], readonly number[]][] = [
    [runReport, [copy], [0]],
    [runReport, [copy, search, '--out', join(copy, 'both.html')], [0]],
    [runTrace, [copy], [0]],
    [runTrace, [copy, '--json'], [0]],
    [runDerive, [copy], [0]],
    [runDerive, [copy, '--epoch', '2', '--json'], [0]],
    [runCompare, [whole, copy], [0, 1]],
    [runCompare, [copy, whole, '--decisions', '--json'], [0, 1]],
    [runCount, [copy], [0]],
    [runExport, [copy, '--to', 'darts', '--pictures', '1'], [0]],
  ];
  const at = random.integer(programs.length + READERS.length);
  const reader = READERS[at - programs.length];
  if (reader !== undefined) {
    try {
      reader(copy);
      return null;
    } catch (error) {
      return judgeError(error);
    }
  }
  const [program, argv, good] = programs[at] as (typeof programs)[number];
  const verdict = judgeEnding(await runInProcess(program, argv), [...good]);
  return verdict === null ? null : `${program.name} ${argv.join(' ')}: ${verdict}`;
}

/** Resumes a damaged search or retraining; a second or two each. */
export async function fuzzResume({ search, retraining }: RunCorpus, random: Random, copy: string) {
  const isSearch = retraining === null || random.integer(2) === 0;
  rmSync(copy, { recursive: true, force: true });
  cpSync(isSearch ? search : (retraining as string), copy, { recursive: true });
  // A run that has ended tells its result only.
  const files = runFiles(copy);
  if (random.integer(4) > 0) {
    rmSync(isSearch ? files.genotype : files.result, { force: true });
    rmSync(listCheckpoints(files.checkpoints).at(-1) as string, { force: true });
  }
  damageFile(copy, random);
  const argv = ['--resume', copy, '--json', '--no-report'];
  return judgeEnding(await runInProcess(isSearch ? runSearch : runRetraining, argv));
}

const READERS: readonly ((path: string) => void)[] = [
  (path) => void readRun(path),
  (path) => void readRecordedOptions(openRunFolder(path, 'search').config.options),
  (path) => void readRecordedRetrainingOptions(openRunFolder(path, 'retraining').config.options),
  (path) => void readSearchResult(path),
  (path) => void readRetrainingResult(path),
  (path) => void readStatechart(runFiles(path).statechart),
  (path) => void readAlphaBefore(runFiles(path).alphaSteps, 70, 5),
  (path) => void [...readAlphaSteps(runFiles(path).alphaSteps, 70)],
  (path) => {
    for (const file of listCheckpoints(runFiles(path).checkpoints)) decode(readCheckpoint(file));
  },
];

/** Damages a file, removes it, or puts a folder in its place. */
function damageFile(folder: string, random: Random): void {
  const names = (readdirSync(folder, { recursive: true }) as string[]).toSorted();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  if (files.length === 0) return;
  const path = join(folder, files[random.integer(files.length)] as string);
  const kind = random.integer(10);
  const bytes = readFileSync(path);
  if (kind < 2) rmSync(path);
  if (kind === 1) mkdirSync(path);
  if (kind < 2) return;
  const isText = /\.(jsonl?|txt)$|\.lock\.\d+$/.test(path);
  writeFileSync(path, isText && kind < 8 ? mutateJson(bytes.toString(), random) : mutateBytes(bytes, random));
}
