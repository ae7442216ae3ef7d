/** The page: the step in view, and what keys do. The page asks the server for everything, and keeps only what it shows. */
import { Decisions, ignoreAbort } from './decisions.js';
import { showDetail } from './detail.js';
import { byId } from './dom.js';
import { Filters } from './filters.js';
import { ask, latestOnly, listen } from './server.js';
import { Timeline } from './timeline.js';

/** An index beyond every decision, which the server takes for the last one. */
const LAST = 0xffff_ffff;

/** The statechart: the server draws it, and the page highlights a state. */
class Chart {
  #root = byId('chart');
  #lit = null;

  async load() {
    const text = await (await fetch('/chart.svg')).text();
    const drawing = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    drawing.setAttribute('role', 'img');
    drawing.setAttribute('aria-label', 'statechart of the coordinator');
    // Colors are the style sheet's, for light and dark.
    for (const part of drawing.querySelectorAll('[stroke="black"]')) part.removeAttribute('stroke');
    this.#root.replaceChildren(document.importNode(drawing, true));
    if (this.#lit !== null) this.light(this.#lit);
  }

  light(state) {
    this.#lit = state;
    for (const node of this.#root.querySelectorAll('.lit')) node.classList.remove('lit');
    byId(`state-${state}`)?.classList.add('lit');
    byId('state').textContent = state ?? '';
  }
}

const chart = new Chart();
const decisions = new Decisions((row) => stepTo(row));
const timeline = new Timeline((time) => goTo({ time }));
const filters = new Filters(() => {
  decisions.setFilter(filters.value);
  void refresh();
});
const live = byId('live');

let status = null;
/** Index of the decision in view; null before the first. */
let current = null;
/** Where the next refresh goes; null to stay. */
let goal = null;

/** Asks how many rows there are, and which of them is the decision in view. */
const refresh = latestOnly(async () => {
  const wanted = goal ?? { index: live.checked ? LAST : (current ?? 0) };
  goal = null;
  const found = await ask('/api/row', { ...filters.value, ...wanted });
  decisions.setExtent(found.total, found.generation);
  if (found.row === null) return;
  decisions.select(found.row);
  await show(found.index);
});

/** Shows the step of a decision. A later call replaces one that waits. */
const show = latestOnly(async (index) => {
  current = index;
  const { step } = await ask('/api/step', { index });
  showDetail(step);
  if (step === null) return;
  timeline.mark(step.line.t);
  chart.light(live.checked ? status?.state : `${step.line.kind}Step`);
});

/** Goes to a row of the table, or to the nearest one. */
async function stepTo(row) {
  if (decisions.total === 0) return;
  const reached = Math.max(0, Math.min(row, decisions.total - 1));
  if (reached < decisions.total - 1) live.checked = false;
  decisions.select(reached);
  const found = await decisions.at(reached).catch(ignoreAbort);
  if (found && decisions.selected === reached) await show(found.index);
}

/** @param where number of an iteration, as `step`, or a `time` */
function goTo(where) {
  live.checked = false;
  goal = where;
  void refresh();
}

function onStatus(now) {
  if (status === null && now.follows) {
    byId('live-label').hidden = false;
    live.checked = !now.ended;
  }
  // The index may belong to another decision now.
  if (status !== null && status.generation !== now.generation) current = null;
  status = now;
  byId('status').textContent = describeStatus(now);
  timeline.setExtent(now.first, now.last);
  if (live.checked || current === null) chart.light(now.state);
  void refresh();
}

function describeStatus({ complete, bytes, size, decisions: count, lines, damaged, state, ended, follows }) {
  const parts = [`${count.toLocaleString('en')} decisions in ${lines.toLocaleString('en')} lines`];
  if (!complete && size > bytes) parts.push(`reading: ${Math.floor((100 * bytes) / size)} %`);
  if (state !== null) parts.push(ended ? `the run is ${state}` : follows ? `now in ${state}` : `last in ${state}`);
  if (damaged > 0) parts.push(`${damaged.toLocaleString('en')} damaged ${damaged === 1 ? 'line' : 'lines'} left out`);
  return parts.join(' · ');
}

const KEYS = {
  ArrowLeft: () => stepTo(decisions.selected - 1),
  ArrowUp: () => stepTo(decisions.selected - 1),
  ArrowRight: () => stepTo(decisions.selected + 1),
  ArrowDown: () => stepTo(decisions.selected + 1),
  PageUp: () => stepTo(decisions.selected - decisions.page),
  PageDown: () => stepTo(decisions.selected + decisions.page),
  Home: () => stepTo(0),
  End: () => stepTo(decisions.total - 1),
  '/': () => filters.focus(),
  '+': () => timeline.zoomBy(1 / 4),
  '-': () => timeline.zoomBy(4),
  0: () => timeline.zoomBy(Infinity),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.matches('input:not([type=checkbox]), select');
  if (event.key === 'Escape') {
    filters.clear();
    document.activeElement?.blur();
  } else if (!typing && Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    void KEYS[event.key]();
  }
});

// The status shows errors of the server, and that it is gone.
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  byId('status').textContent = String(event.reason?.message ?? event.reason);
});
live.addEventListener('change', () => void refresh());
byId('back').addEventListener('click', () => stepTo(decisions.selected - 1));
byId('forth').addEventListener('click', () => stepTo(decisions.selected + 1));
byId('goto').addEventListener('change', ({ target }) => {
  if (target.value !== '' && target.checkValidity()) goTo({ step: target.value });
});

const { name } = await ask('/api/run');
byId('run').textContent = name;
document.title = `${name} – trace inspector`;
listen(onStatus, () => {
  byId('status').textContent = 'The inspector does not answer: was it ended?';
});
await chart.load();
