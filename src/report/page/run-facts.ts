import type { Run } from '../../record/read-run.ts';
import { CELL_KINDS, type CellKind } from '../../space/cell.ts';
import type { PageTable } from './page-section.ts';

/** What was run, and what came of it, in a table. */
export function factsSection(run: Run): PageTable {
  const { versions, machine, data, engine } = run.record;
  const rows = [
    ...resultRows(run),
    ['versions', list(versions)],
    ['engine', list(engine)],
    ['machine', list(machine)],
    ['data', list(data)],
  ];
  return { heading: 'The run', rows: rows.filter(([, value]) => value !== '') as [string, string][] };
}

/** Every option as it was resolved. */
export function optionsSection({ record: { options } }: Run): PageTable {
  const rows = Object.entries(options)
    .filter(([name]) => name !== 'genotype') // drawn, and part of the command
    .map(([name, value]) => [name, write(value)]);
  return { heading: 'Options', rows };
}

/** How far a run has come, in words. */
export function progressOf({ epochs, record, result }: Run): string {
  const whole = record.options.epochs;
  const of = typeof whole === 'number' ? ` of ${whole}` : '';
  return `${epochs.length}${of} epochs, ${result === null ? 'not ended' : 'ended'}`;
}

/** A share of pictures as a percentage; nothing where it is not known. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '' : `${(100 * share).toFixed(2)} %`;
}

/** Whether a cell passes activations, and why not; nothing as long as that is not known. */
export function validityOf({ result }: Run, cell: CellKind): string {
  const derived = result?.cells?.[cell];
  if (derived === undefined) return '';
  return derived.valid ? 'valid' : `invalid: ${derived.reason ?? 'no reason is recorded'}`;
}

/** As a heading has it. */
export function nameOfCell(cell: CellKind): string {
  return cell === 'normal' ? 'Normal cell' : 'Reduction cell';
}

function resultRows(run: Run): string[][] {
  const { record, result } = run;
  const { method, seed } = record.options;
  const accuracy = result?.searchAccuracy;
  const seconds = run.epochs.reduce((sum, epoch) => sum + (epoch.seconds ?? 0), 0);
  return [
    ['job', record.job],
    ['method', write(method)],
    ['seed', write(seed)],
    ['progress', progressOf(run)],
    ['time of the epochs', seconds === 0 ? '' : duration(seconds)],
    ...CELL_KINDS.map((cell) => [nameOfCell(cell), validityOf(run, cell)]),
    ['supernet, weights’ half', percent(accuracy?.train)],
    ['supernet, alpha’s half', percent(accuracy?.validation)],
    ['supernet, test set', percent(accuracy?.test)],
    ['test set', percent(result?.test.accuracy)],
    ['parameters', write(result?.parameters)],
    ['multiply-adds', write(result?.macs)],
  ];
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
