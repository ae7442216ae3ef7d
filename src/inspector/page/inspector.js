/** The page: the step in view, and what keys do. The page asks the server for everything, and keeps only what it shows. */
import { AddressBar } from './address.js';
import { Decisions, ignoreAbort } from './decisions.js';
import { showDetail, showEmptiness } from './detail.js';
import { byId } from './dom.js';
import { Filters } from './filters.js';
import { listenToKeys } from './keys.js';
import { showLinks } from './links.js';
import { ask, latestOnly, listen } from './server.js';
import { Statechart } from './statechart.js';
import { Timeline } from './timeline.js';
import { describeArrival, describeEmptiness, describeStatus, isAwaited } from './words.js';

/** An index beyond every decision, which the server takes for the last one. */
const LAST = 0xffff_ffff;

const chart = new Statechart();
const decisions = new Decisions((row) => stepTo(row));
const timeline = new Timeline(
  (time) => goTo({ time }),
  () => writeAddress('change'),
);
const filters = new Filters(() => {
  beginMove('entry');
  decisions.setFilter(filters.value);
  void refresh();
});
const addressBar = new AddressBar((address) => {
  if (status === null) return;
  takeAddress(address);
  void refresh();
});
const live = byId('live');
// Who has no mouse can scroll the panel.
byId('panel').tabIndex = 0;

let status = null;
/** Index and step of the decision in view; null before the first. */
let current = null;
let currentStep = null;
/** Where the next refresh goes: `{step}`, `{time}` or `{opening}`; null to stay, or to follow a live run. */
let goal = null;
/** Number of the user's moves: an answer to an earlier one is late. */
let moves = 0;
/** What the address becomes with the next decision: a new `entry` of the history, a `change`, or null. */
let addressing = null;

/** Asks how many rows there are, and which of them is the decision in view. */
const refresh = latestOnly(async () => {
  if (status === null) return;
  const [wanted, move] = [goal, moves];
  const found = await find(wanted);
  decisions.setExtent(found.total, found.generation);
  const empty = found.row === null ? describeEmptiness(status, !filters.isEmpty) : '';
  decisions.explain(empty);
  if (move !== moves) return;
  if (found.row === null) {
    currentStep = null;
    showEmptiness(empty);
    say('');
    if (addressing !== null) writeAddress(addressing);
    addressing = null;
    return;
  }
  if (wanted !== null) {
    const isWaiting = isAwaited(wanted, found, status);
    if (!isWaiting) goal = null;
    if (wanted.opening && !isWaiting) addressing ??= 'change';
    say(describeArrival(wanted, found, status, !filters.isEmpty));
  }
  decisions.select(found.row);
  await show(found.index);
});

async function find(wanted) {
  const filter = filters.value;
  if (wanted === null) return await ask('api/row', { ...filter, index: live.checked ? LAST : (current ?? 0) });
  if (!wanted.opening) return await ask('api/row', { ...filter, ...serverGoal(wanted) });
  const none = { row: null };
  const accepted = filter.accepted === 'false' ? none : await ask('api/row', { ...filter, accepted: 'true', index: 0 });
  const index = accepted.row === null ? 0 : accepted.index;
  return { ...(await ask('api/row', { ...filter, index })), isAccepted: accepted.row !== null };
}

/** The server knows no step that a trace cannot hold. */
function serverGoal({ step, time }) {
  return step === undefined ? { time } : { step: Math.min(step, LAST) };
}

/** Shows the step of a decision. A later call replaces one that waits. */
const show = latestOnly(async (index) => {
  current = index;
  // A move that begins from here on names the next decision.
  const address = addressing;
  addressing = null;
  const { step } = await ask('api/step', { index });
  showDetail(step, timeline.began);
  if (step === null) return;
  currentStep = step.line.step;
  timeline.mark(step.line.t);
  chart.light(live.checked ? status.state : `${step.line.kind}Step`);
  if (address !== null) writeAddress(address);
});

/** @param address a new `entry` of the history, or a `change` */
function writeAddress(address, step = live.checked ? null : currentStep) {
  addressBar.write({ step, filter: filters.value, zoom: timeline.zoom }, address === 'entry');
}

/** Takes the view from an address. Without a step a live run is followed, and another opens on what it accepted. */
function takeAddress({ step, wrong, filter, zoom }) {
  moves++;
  addressing = null;
  filters.value = filter;
  decisions.setFilter(filters.value);
  timeline.zoom = zoom;
  live.checked = status.follows && !status.ended && step === null && wrong === null;
  if (step !== null) goal = { step };
  else goal = live.checked ? null : { opening: true, wrong };
}

/**
 * Goes to a row of the table, or to the nearest one.
 *
 * @param isHeld whether a key is held down: the history then keeps only its last step. @default false
 */
async function stepTo(row, isHeld = false) {
  if (decisions.total === 0) return;
  const reached = Math.max(0, Math.min(row, decisions.total - 1));
  beginMove(isHeld ? 'change' : 'entry');
  if (reached < decisions.total - 1) live.checked = false;
  decisions.select(reached);
  const found = await decisions.at(reached).catch(ignoreAbort);
  if (!found || decisions.selected !== reached) return;
  current = found.index;
  await show(current);
}

/** @param where number of an iteration, as `step`, or a `time` */
function goTo(where) {
  beginMove('entry');
  live.checked = false;
  goal = where;
  // The address names the step that was asked for, also while the run has not reached it.
  if (where.step !== undefined) {
    addressing = null;
    writeAddress('entry', where.step);
  }
  void refresh();
}

function beginMove(address) {
  moves++;
  goal = null;
  addressing = address;
  say('');
}

function say(sentence) {
  if (byId('note').textContent !== sentence) byId('note').textContent = sentence;
}

function onStatus(now) {
  const isFirst = status === null;
  // The index may belong to another decision now.
  if (!isFirst && status.generation !== now.generation) current = null;
  status = now;
  byId('status').textContent = describeStatus(now);
  timeline.setExtent(now.first, now.last);
  if (isFirst) {
    byId('live-label').hidden = !now.follows;
    takeAddress(addressBar.now);
    showLinks(now.follows);
  }
  if (live.checked || current === null) chart.light(now.state);
  void refresh();
}

listenToKeys({
  move: (rows, isHeld) => stepTo(decisions.selected + rows, isHeld),
  moveScreens: (screens, isHeld) => stepTo(decisions.selected + screens * decisions.page, isHeld),
  moveToEnd: (isLast) => stepTo(isLast ? decisions.total - 1 : 0),
  focusFilters: () => filters.focus(),
  clearFilters: () => filters.clear(),
  zoom(factor) {
    timeline.zoomBy(factor);
    writeAddress('change');
  },
});

// The status shows errors of the server, and that it is gone.
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  byId('status').textContent = String(event.reason?.message ?? event.reason);
});
live.addEventListener('change', () => {
  beginMove('entry');
  if (live.checked) writeAddress('entry');
  void refresh();
});
byId('back').addEventListener('click', () => stepTo(decisions.selected - 1));
byId('forth').addEventListener('click', () => stepTo(decisions.selected + 1));
byId('goto').addEventListener('change', ({ target }) => {
  if (/^\d{1,15}$/.test(target.value)) {
    goTo({ step: Number(target.value) });
    target.value = '';
  } else if (target.value !== '') say(describeArrival({ wrong: target.value }, {}, status, false));
});
byId('copy').addEventListener('click', async ({ target }) => {
  await navigator.clipboard.writeText(location.href);
  target.textContent = 'Copied';
  setTimeout(() => {
    target.textContent = 'Copy link';
  }, 1500);
});

const { name } = await ask('api/run');
byId('run').textContent = name;
document.title = `${name} – trace inspector`;
listen(onStatus, () => {
  byId('status').textContent = 'The inspector does not answer: start it again, and reload this page.';
});
await chart.load();
