import { describe, expect, it } from 'vitest';
import { RUN_STATES } from '../../../src/record/run-overview.ts';
import { importPage } from './import-page.ts';

const { arrangeRuns, COLUMNS, countRuns, readView, STATES, writeView } = await importPage('run-list.js');

const run = (name: string, facts: object = {}): object => ({
  ...{ name, state: 'done', job: 'search', method: 'darts', epoch: 3, epochs: 4, accuracy: null },
  ...{ secondsLeft: null, host: null, lastSign: null, why: null },
  ...facts,
});
const RUNS = [
  run('seed-10', { accuracy: 0.4, state: 'dead', why: 'it was killed' }),
  run('seed-9', { accuracy: 0.6, secondsLeft: 90, state: 'running', lastSign: 5000 }),
  run('seed-1', { accuracy: 0.6, job: 'retraining', method: null, host: 'north' }),
  run('none'),
];
const names = (view: object): string[] =>
  arrangeRuns(RUNS, { sort: 'name', down: false, state: '', name: '', ...view }).map(
    ({ name }: { name: string }) => name,
  );

describe('the list of runs in a browser', () => {
  it('knows every state', () => expect(STATES).toEqual([...RUN_STATES]));

  it('is in the order of a column, with those that have no value last, either way', () => {
    expect(names({})).toEqual(['none', 'seed-1', 'seed-9', 'seed-10']);
    expect(names({ sort: 'accuracy' })).toEqual(['seed-1', 'seed-9', 'seed-10', 'none']);
    expect(names({ sort: 'accuracy', down: true })).toEqual(['seed-10', 'seed-1', 'seed-9', 'none']);
    expect(names({ sort: 'state' })).toEqual(['seed-9', 'seed-10', 'none', 'seed-1']);
    expect(names({ sort: 'host' })[0]).toBe('seed-1');
    for (const sort of Object.keys(COLUMNS)) expect(names({ sort })).toHaveLength(4);
  });

  it('is filtered by state and a part of the name', () => {
    expect(names({ state: 'done' })).toEqual(['none', 'seed-1']);
    expect(names({ name: 'EED-1' })).toEqual(['seed-1', 'seed-10']);
    expect(countRuns(RUNS, 1)).toBe('4 runs: 1 running, 1 dead, 2 done · 1 shown');
    expect(countRuns(RUNS.slice(3), 1)).toBe('1 run: 1 done');
  });

  it('writes its cells for people', () => {
    const cells = (row: object): string[] =>
      Object.values(COLUMNS).map((column) =>
        (column as { text: (row: object, now: number) => string }).text(row, 65_000),
      );
    expect(cells(RUNS[1] as object)).toEqual([
      ...['seed-9', 'running', 'darts', '3/4', '60.0 %', '1.5 min', '', '1.0 min ago', ''],
    ]);
    expect(cells(RUNS[2] as object).slice(1, 3)).toEqual(['done', 'retraining']);
    expect(cells(run('a', { epochs: null })).slice(3, 4)).toEqual(['3/?']);
  });

  it('keeps its view in the address, and reads nothing else from it', () => {
    const view = { sort: 'left', down: true, state: 'dead', name: 'a&b' };
    expect(readView(writeView(view))).toEqual(view);
    expect(writeView(readView('#sort=constructor&state=odd&down=1'))).toBe('');
  });
});
