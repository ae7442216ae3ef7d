import type { Run } from '../../record/read-run.ts';
import { countEpochs } from '../../search/tuning.ts';
import type { PageTable } from './page-section.ts';

/** Lists the job, its course and its environment. */
export function factsSection(run: Run): PageTable {
  const { versions, machine, data, engine } = run.record;
  const rows = [
    ...resultRows(run),
    ['versions', list(versions)],
    ['engine', list(engine)],
    ['machine', list(machine)],
    ['data', list(describePictures(data))],
  ];
  return { heading: 'The run', rows: rows.filter(([, value]) => value !== '') as [string, string][] };
}

/** Lists every option as it was resolved. */
export function optionsSection({ record: { options } }: Run): PageTable {
  const rows = Object.entries(options)
    .filter(([name]) => name !== 'genotype') // the page draws it and the command holds it
    .map(([name, value]) => [name, write(value)]);
  return { heading: 'Options', rows };
}

/** Says how many epochs are done and whether the run has ended. */
export function progressOf({ epochs, record, result }: Run): string {
  const whole = wholeEpochs(record.options);
  const counts = whole === null ? [epochs.length] : [epochs.length, whole];
  const done = `${counts.join(' of ')} ${counts.at(-1) === 1 ? 'epoch' : 'epochs'}`;
  return `${done}, ${result === null ? 'not ended' : 'ended'}`;
}

/** Number of epochs of a run, those of a tuning included; null if its record does not tell. */
function wholeEpochs({ epochs, deriveBy, nodes, projectionEvery }: Run['record']['options']): number | null {
  if (typeof epochs !== 'number') return null;
  if (deriveBy !== 'projection' || typeof nodes !== 'number' || typeof projectionEvery !== 'number') return epochs;
  return countEpochs({ epochs, deriveBy, nodes, projectionEvery });
}

/** Writes a share as a percentage; empty if it is unknown. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '' : `${(100 * share).toFixed(2)} %`;
}

function resultRows(run: Run): string[][] {
  const { record, result } = run;
  const { method, seed } = record.options;
  const seconds = run.epochs.reduce((sum, epoch) => sum + (epoch.seconds ?? 0), 0);
  return [
    ['job', record.job],
    ['method', write(method)],
    ['seed', write(seed)],
    ['progress', progressOf(run)],
    ['time of the epochs', seconds === 0 ? '' : duration(seconds)],
    ['parameters', write(result?.parameters)],
    ['multiply-adds', write(result?.macs)],
  ];
}

/** Facts of the data set; of classes their number, and no normalization. */
function describePictures({ classes, mean, deviation, ...facts }: Run['record']['data']): typeof facts {
  return Array.isArray(classes) ? { ...facts, classes: classes.length } : facts;
}

function list(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${write(value)}`)
    .join(', ');
}

function write(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(write).join(', ') : JSON.stringify(value);
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = `${Math.floor(seconds % 60)} s`;
  if (minutes === 0) return `${seconds.toFixed(1)} s`;
  return minutes < 60 ? `${minutes} min ${rest}` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
