/** The page of a folder of runs: a table that is read anew as the runs go on. A run's name leads to its page. */
import { byId, element } from './dom.js';
import { arrangeRuns, COLUMNS, countRuns, readView, STATES, writeView } from './run-list.js';
import { listen } from './server.js';

/** How often the times since the last signs are written anew. */
const TICK_MS = 5000;

let runs = [];
let view = readView(location.hash);

/** Rows by the run's name, and what they show: a row is made anew only if that changes, so that a selection stays. */
const rows = new Map();

const [head, body, stateFilter, nameFilter] = ['head', 'runs', 'state', 'name'].map(byId);
const heads = Object.entries(COLUMNS).map(([column, { head: text, isNumber }]) => {
  const button = element('button', { type: 'button' }, text);
  button.addEventListener('click', () => {
    change({ sort: column, down: view.sort === column && !view.down });
  });
  return element('th', { scope: 'col', ...(isNumber && { class: 'number' }) }, button);
});
head.append(...heads);
stateFilter.append(...STATES.map((state) => element('option', { value: state }, state)));
stateFilter.addEventListener('change', () => change({ state: stateFilter.value }));
nameFilter.addEventListener('input', () => change({ name: nameFilter.value }));
byId('filters').addEventListener('submit', (event) => event.preventDefault());
addEventListener('hashchange', () => {
  view = readView(location.hash);
  show();
});

listen(
  ({ folder, runs: now }) => {
    byId('folder').textContent = `Runs in ${folder}`;
    document.title = `Runs in ${folder}`;
    runs = now;
    show();
  },
  () => {
    byId('status').textContent = 'the inspector does not answer: is it still running?';
  },
);
setInterval(show, TICK_MS);

function change(part) {
  view = { ...view, ...part };
  history.replaceState(null, '', `${location.pathname}${writeView(view)}`);
  show();
}

function show() {
  const shown = arrangeRuns(runs, view);
  byId('status').textContent = countRuns(runs, shown.length);
  if (stateFilter.value !== view.state) stateFilter.value = view.state;
  if (nameFilter.value !== view.name) nameFilter.value = view.name;
  for (const [i, column] of Object.keys(COLUMNS).entries()) {
    if (column === view.sort) heads[i].setAttribute('aria-sort', view.down ? 'descending' : 'ascending');
    else heads[i].removeAttribute('aria-sort');
  }
  const now = Date.now();
  const wanted = shown.map((run) => rowOf(run, now));
  const isSame = wanted.length === body.children.length && wanted.every((row, i) => body.children[i] === row);
  if (!isSame) body.replaceChildren(...wanted);
}

function rowOf(run, now) {
  const texts = Object.values(COLUMNS).map(({ text }) => text(run, now));
  const known = rows.get(run.name) ?? { row: element('tr'), texts: [] };
  rows.set(run.name, known);
  for (const [i, [column, { isNumber }]] of Object.entries(COLUMNS).entries()) {
    if (known.texts[i] === texts[i]) continue;
    const kind = column === 'state' ? `state-${run.state}` : isNumber ? 'number' : column;
    const content =
      column === 'name' ? element('a', { href: `runs/${encodeURIComponent(run.name)}/` }, run.name) : texts[i];
    const cell = element('td', { class: kind }, content);
    if (known.row.children[i] === undefined) known.row.append(cell);
    else known.row.children[i].replaceWith(cell);
  }
  known.texts = texts;
  return known.row;
}
