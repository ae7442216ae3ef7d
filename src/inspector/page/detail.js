import { frameAlpha } from './alpha.js';
import { byId, element, formatDuration, formatNumber, formatTime } from './dom.js';
import { drawWindow } from './window-plot.js';

/** What each kind of step on alpha does. */
const KINDS = {
  local: 'along the gradient',
  global: 'proposed moves',
  joint: 'along the gradient and proposed moves at once',
};

/** Text of the panel as it stands, so that the same decision is not drawn again. */
let shown = '';

/**
 * Shows a decision, with the acceptance window and alpha before the step; null if the trace no longer holds it.
 *
 * @param began moment in which the run began, in milliseconds since 1970
 */
export function showDetail(detail, began) {
  const text = JSON.stringify([detail, began]);
  if (text === shown) return;
  shown = text;
  if (detail === null) {
    showEmptiness('The trace no longer holds this decision: the run went back to a checkpoint.');
    return;
  }
  const { line, window: acceptanceWindow, alpha } = detail;
  byId('detail-title').textContent = `Step ${line.step}`;
  const parts = [describe(line, began)];
  if (acceptanceWindow !== null) parts.push(drawWindow(acceptanceWindow, line));
  if (line.proposals.length > 0) parts.push(listProposals(line));
  if (alpha !== null) parts.push(...Object.keys(alpha.cells).map((cell) => frameAlpha(alpha, cell, line)));
  else parts.push(element('p', { class: 'note' }, 'The run folder holds no alpha of this step.'));
  byId('detail').replaceChildren(...parts);
}

/** Says in the panel why it shows no decision. */
export function showEmptiness(sentence) {
  shown = '';
  byId('detail-title').textContent = 'Step';
  byId('detail').replaceChildren(element('p', { class: 'note' }, sentence));
}

function describe(line, began) {
  const { t, epoch, kind, loss, threshold, concentration, proposals } = line;
  const facts = { outcome: outcomeOf(line), kind: `${kind} (${KINDS[kind]})`, epoch: epoch + 1, loss: nats(loss) };
  if (threshold !== null) facts['to beat'] = nats(threshold);
  if (concentration !== null && proposals.length > 0) facts.concentration = formatNumber(concentration);
  facts.time = `${formatDuration(t - began)} after the start, ${formatTime(t)}`;
  const list = element('dl');
  for (const [name, value] of Object.entries(facts)) {
    list.append(element('dt', {}, name), element('dd', { id: `fact-${name.replace(' ', '-')}` }, value));
  }
  return element('div', {}, element('h3', {}, 'Decision'), list);
}

function outcomeOf({ accepted, returned, proposals }) {
  if (proposals.length === 0) return 'a step along the gradient, without a proposal';
  const of = proposals.length === 1 ? 'the proposal was' : `proposal ${(accepted ?? 0) + 1} of ${proposals.length} was`;
  const all = proposals.length === 1 ? 'the proposal was' : `all ${proposals.length} proposals were`;
  const verdict = accepted === null ? `${all} rejected` : `${of} accepted`;
  return returned ? `${verdict}; alpha went back to the best of the window` : verdict;
}

function nats(loss) {
  return loss === null ? 'not finite' : `${formatNumber(loss)} nats`;
}

function listProposals({ proposals, accepted }) {
  const columns = [
    ['proposal', ''],
    ['from', 'number'],
    ['to', 'number'],
    ['loss', 'number'],
    ['outcome', ''],
  ];
  const head = columns.map(([name, style]) => element('th', { class: style, scope: 'col' }, name));
  const rows = proposals.map(({ cell, edge, primitive, from, to, loss }, i) => {
    const outcome = i === accepted ? 'accepted' : 'rejected';
    return element(
      'tr',
      {},
      element('td', {}, `${cell} / ${edge.join('-')} / ${primitive}`),
      ...[from, to, loss].map((value) => element('td', { class: 'number' }, formatNumber(value))),
      element('td', { class: outcome }, outcome),
    );
  });
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows));
  const title = element(
    'h3',
    {},
    'Proposals ',
    element('span', { class: 'note' }, 'moves of one alpha, losses in nats'),
  );
  return element('div', { class: 'wide' }, title, element('div', { class: 'scrolls' }, table));
}
