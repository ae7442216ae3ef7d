import { resolve, sep } from 'node:path';
import { median } from '../../math/statistics.ts';
import { runOptions } from '../../options/run-options.ts';
import type { Run } from '../../record/read-run.ts';
import { RunFolderError } from '../../record/run-folder.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import type { PageTable } from './page-section.ts';
import { renderHtml } from './render-html.ts';
import { nameOfCell, validityOf } from './run-cells.ts';
import { comparedCurves } from './run-curves.ts';
import { percent, progressOf } from './run-facts.ts';

/** Options that tell no two experiments apart: the seed, and those that change no result but by rounding. */
const SHARED: readonly string[] = ['seed', ...Object.keys(runOptions)];

/**
 * Makes a page that compares runs. Runs that differ only in the seed form a group, shown as median and range.
 *
 * @param runs at least one
 * @returns HTML
 * @throws RunFolderError if searches and retrainings are mixed
 */
export function comparePage(runs: readonly Run[]): string {
  const [job, other] = new Set(runs.map(({ record }) => record.job));
  if (other !== undefined) throw new RunFolderError(`compared runs must be of one kind, got ${job} and ${other}`);
  const groups = groupRuns(runs);
  const curves = comparedCurves(groups.map((group) => ({ ...group, runs: group.runs.map(({ epochs }) => epochs) })));
  const note = 'Runs of a group differ only in the seed. A line is their median, a band their range.';
  const title = `${runs.length} runs compared`;
  return renderHtml(title, [groupsSection(groups), runsSection(groups), ...curves], note);
}

/** Runs that differ only in the seed. */
interface Group {
  readonly name: string;
  /** Values of the options that differ among all runs. */
  readonly apart: string;
  readonly runs: readonly Run[];
}

/** Most letters of options that a legend entry shows. */
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

/** A run with recorded options can be grouped; one without is a group of its own. */
function isRecorded({ record: { options } }: Run): boolean {
  return Object.keys(options).length > 0;
}

/** First part of a group's legend entry. */
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
    // An option missing in some runs was added to the program, or removed, between them.
    return values.every((value) => value !== undefined) && new Set(values).size > 1;
  });
}

function describeApart({ record: { options } }: Run, names: readonly string[]): string {
  return names.map((name) => `${name} ${describe(name, options[name])}`).join(', ');
}

/** Writes an option's value; a genotype is too long for a legend and becomes a short hash. */
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
    columns: ['group', 'runs', 'test accuracy, median', 'ended runs with two valid cells', 'differing options'],
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

/** Names each run by its path without the common parents: the last folder alone, such as `search`, is often the same. */
function shortestPaths(runs: readonly Run[]): (run: Run) => string {
  const pathOf = ({ path }: Run): string[] => resolve(path).split(sep);
  const paths = runs.map(pathOf);
  const last = Math.min(...paths.map((path) => path.length)) - 1;
  const shared = paths[0]?.findIndex((name, i) => i === last || paths.some((path) => path[i] !== name));
  return (run) => pathOf(run).slice(shared).join('/');
}

/** Accuracy on the test set, of the retrained network or of the supernet. */
function accuracyOf({ record, result }: Run): number | null {
  return (record.job === 'retraining' ? result?.test.accuracy : result?.searchAccuracy.test) ?? null;
}
