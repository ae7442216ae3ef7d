import { resolve, sep } from 'node:path';
import { median } from '../../math/statistics.ts';
import { runOptions } from '../../options/run-options.ts';
import type { Run } from '../../record/read-run.ts';
import { RunFolderError } from '../../record/run-folder.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import type { PageTable } from './page-section.ts';
import { renderHtml } from './render-html.ts';
import { comparedCurves } from './run-curves.ts';
import { nameOfCell, percent, progressOf, validityOf } from './run-facts.ts';

/** Options that tell no two experiments apart: the seed, and those that change no result but by rounding. */
const SHARED: readonly string[] = ['seed', ...Object.keys(runOptions)];

/**
 * A page that compares runs: those that differ in the seed only are one group, shown by their median and range.
 *
 * @param runs at least one
 * @returns HTML
 * @throws RunFolderError where searches and retrainings are mixed
 */
export function comparePage(runs: readonly Run[]): string {
  const [job, other] = new Set(runs.map(({ record }) => record.job));
  if (other !== undefined) throw new RunFolderError(`runs to compare must be of one kind, got ${job} and ${other}`);
  const groups = groupRuns(runs);
  const curves = comparedCurves(groups.map((group) => ({ ...group, runs: group.runs.map(({ epochs }) => epochs) })));
  const note =
    'Lines are medians over the runs of a group, which differ in the seed only; bands reach from the lowest to the highest run.';
  const title = `${runs.length} runs compared`;
  return renderHtml(title, [groupsSection(groups), runsSection(groups), ...curves], note);
}

/** Runs that differ in the seed only. */
interface Group {
  readonly name: string;
  /** Options that are not the same in all runs, as they are in this group. */
  readonly apart: string;
  readonly runs: readonly Run[];
}

/** Longest list of options that stands in a legend. */
const LEGEND_LETTERS = 40;

function groupRuns(runs: readonly Run[]): Group[] {
  const differingInAll = differingOptions(runs);
  const groups = Map.groupBy(runs, (run) => (isRecorded(run) ? describeApart(run, differingInAll) : run));
  const byMethod = Map.groupBy(groups.values(), ([run]) => methodOf(run as Run));
  return [...byMethod].flatMap(([method, siblings]) => {
    const differing = differingOptions(siblings.flat());
    return siblings.map((members, i) => {
      const [run] = members as [Run];
      const own = describeApart(run, differing);
      const number = own === '' || own.length > LEGEND_LETTERS ? `, setting ${i + 1}` : `, ${own}`;
      const apart = isRecorded(run) ? describeApart(run, differingInAll) : '';
      return { name: siblings.length === 1 ? method : `${method}${number}`, apart, runs: members };
    });
  });
}

/** Without its options nobody knows what a run differs in: it is a group of its own. */
function isRecorded({ record: { options } }: Run): boolean {
  return Object.keys(options).length > 0;
}

/** What a legend calls the runs if nothing else sets them apart. */
function methodOf(run: Run): string {
  const { job, options } = run.record;
  if (!isRecorded(run)) return 'unknown options';
  return typeof options.method === 'string' ? options.method : job;
}

function differingOptions(runs: readonly Run[]): string[] {
  const recorded = runs.filter(isRecorded);
  const names = Object.keys(recorded[0]?.record.options ?? {}).filter((name) => !SHARED.includes(name));
  return names.filter((name) => {
    const values = recorded.map(({ record }) => JSON.stringify(record.options[name]));
    // An option that a run does not know came into the program later, or left it.
    return values.every((value) => value !== undefined) && new Set(values).size > 1;
  });
}

function describeApart({ record: { options } }: Run, names: readonly string[]): string {
  return names.map((name) => `${name} ${describe(name, options[name])}`).join(', ');
}

/** A genotype is too long for a legend: its text is told by a few letters. */
function describe(name: string, value: unknown): string {
  const text = JSON.stringify(value);
  if (name !== 'genotype') return text.replaceAll('"', '');
  let hash = 0;
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) as number)) >>> 0;
  return hash.toString(36);
}

function groupsSection(groups: readonly Group[]): PageTable {
  const rows = groups.map(({ name, apart, runs }) => {
    const ended = runs.filter(({ result }) => result !== null);
    const accuracies = ended.map(accuracyOf).filter((accuracy) => accuracy !== null);
    const valid = ended.filter(({ result }) => CELL_KINDS.every((cell) => result?.cells?.[cell].valid));
    const middle = accuracies.length === 0 ? null : median(accuracies);
    const validity = runs.every(({ record }) => record.job === 'search') ? `${valid.length} of ${ended.length}` : '';
    return [name, String(runs.length), percent(middle), validity, apart];
  });
  return {
    heading: 'Groups',
    columns: ['group', 'runs', 'test accuracy, median', 'both cells valid, of those ended', 'set apart by'],
    rows,
  };
}

function runsSection(groups: readonly Group[]): PageTable {
  const nameOf = shortestPaths(groups.flatMap(({ runs }) => runs));
  const rows = groups.flatMap(({ name, runs }) =>
    runs.map((run) => [
      nameOf(run),
      name,
      String(run.record.options.seed ?? ''),
      progressOf(run),
      percent(accuracyOf(run)),
      ...CELL_KINDS.map((cell) => validityOf(run, cell)),
      run.gaps.join('; '),
    ]),
  );
  return {
    heading: 'Runs',
    columns: ['run', 'group', 'seed', 'progress', 'test accuracy', ...CELL_KINDS.map(nameOfCell), 'not shown'],
    rows,
  };
}

/** A run's path without the folders that all have in common: the last one alone is often the same, as `search`. */
function shortestPaths(runs: readonly Run[]): (run: Run) => string {
  const pathOf = ({ path }: Run): string[] => resolve(path).split(sep);
  const paths = runs.map(pathOf);
  const last = Math.min(...paths.map((path) => path.length)) - 1;
  const shared = paths[0]?.findIndex((name, i) => i === last || paths.some((path) => path[i] !== name));
  return (run) => pathOf(run).slice(shared).join('/');
}

/** On the test set: of the network retrained, or of the supernet. */
function accuracyOf({ record, result }: Run): number | null {
  return (record.job === 'retraining' ? result?.test.accuracy : result?.searchAccuracy.test) ?? null;
}
