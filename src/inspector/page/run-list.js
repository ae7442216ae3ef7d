/** What the list of runs shows, and in which order. */

import { formatDuration } from './dom.js';

/** States of a run, those that need a look first. */
export const STATES = ['running', 'paused', 'failed', 'dead', 'done'];

const names = new Intl.Collator('en', { numeric: true });

/** Columns: heading, what a cell says, and what rows are sorted by. Numbers that are large first come from `most`. */
export const COLUMNS = {
  name: { head: 'run', text: ({ name }) => name, key: ({ name }) => name },
  state: { head: 'state', text: ({ state }) => state, key: ({ state }) => STATES.indexOf(state) },
  what: { head: 'what', text: whatOf, key: whatOf },
  epoch: {
    head: 'epoch',
    isNumber: true,
    text: ({ epoch, epochs }) => `${epoch}/${epochs ?? '?'}`,
    key: ({ epoch }) => -epoch,
  },
  accuracy: {
    head: 'accuracy',
    isNumber: true,
    text: ({ accuracy }) => (accuracy === null ? '' : `${(100 * accuracy).toFixed(1)} %`),
    key: ({ accuracy }) => (accuracy === null ? null : -accuracy),
  },
  left: {
    head: 'left',
    isNumber: true,
    text: ({ secondsLeft }) => (secondsLeft === null ? '' : formatDuration(1000 * secondsLeft)),
    key: ({ secondsLeft }) => secondsLeft,
  },
  host: { head: 'host', text: ({ host }) => host ?? '', key: ({ host }) => host },
  sign: {
    head: 'last sign',
    isNumber: true,
    text: ({ lastSign }, now) =>
      lastSign === null ? '' : `${formatDuration(1000 * Math.max(1, Math.round((now - lastSign) / 1000)))} ago`,
    key: ({ lastSign }) => (lastSign === null ? null : -lastSign),
  },
  why: { head: 'why it ended', text: ({ why }) => why ?? '', key: ({ why }) => why },
};

function whatOf({ method, job }) {
  return method ?? job ?? '';
}

/**
 * Picks and sorts runs. A run that lacks what is sorted by comes last, and equal ones are in the order of their names.
 *
 * @param view `sort` names a column, `down` turns its order round, `state` and `name` filter if they are not empty
 */
export function arrangeRuns(runs, { sort, down, state, name }) {
  const { key } = COLUMNS[sort];
  const wanted = name.toLowerCase();
  const compare = (a, b) => {
    const [one, other] = [key(a), key(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    const order = typeof one === 'string' ? names.compare(one, other) : one - other;
    return down ? -order : order;
  };
  return runs
    .filter((run) => (state === '' || run.state === state) && run.name.toLowerCase().includes(wanted))
    .toSorted((a, b) => compare(a, b) || names.compare(a.name, b.name));
}

/** Reads the view from the page's address, such as `#sort=accuracy&state=done`. What it cannot read is left out. */
export function readView(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const [sort, state] = [query.get('sort') ?? '', query.get('state') ?? ''];
  return {
    sort: Object.hasOwn(COLUMNS, sort) ? sort : 'name',
    down: query.get('down') === 'true',
    state: STATES.includes(state) ? state : '',
    name: query.get('name') ?? '',
  };
}

/** Writes the address that `readView` reads; empty if there is nothing to tell. */
export function writeView({ sort, down, state, name }) {
  const given = {
    ...(sort !== 'name' && { sort }),
    ...(down && { down }),
    ...(state && { state }),
    ...(name && { name }),
  };
  const query = new URLSearchParams(given);
  return query.size === 0 ? '' : `#${query}`;
}

/** Counts the runs by their states. */
export function countRuns(runs, shown) {
  const counts = STATES.map((state) => [state, runs.filter((run) => run.state === state).length]);
  const parts = counts.filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`);
  const all = `${runs.length} run${runs.length === 1 ? '' : 's'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
  return shown === runs.length ? all : `${all} · ${shown} shown`;
}
