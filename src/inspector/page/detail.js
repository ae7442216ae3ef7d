import { byId, element, formatNumber, formatTime, svgElement } from './dom.js';

/** Shows a decision, with the acceptance window and alpha before the step; null if the trace no longer holds it. */
export function showDetail(detail) {
  if (detail === null) {
    byId('detail-title').textContent = 'Step';
    byId('detail').replaceChildren(element('p', { class: 'note' }, 'This step is no longer in the trace.'));
    return;
  }
  const { line, window: acceptanceWindow, alpha } = detail;
  byId('detail-title').textContent = `Step ${line.step}`;
  const facts = [describe(line)];
  if (line.proposals.length > 0) facts.push(listProposals(line));
  if (acceptanceWindow !== null) facts.push(drawWindow(acceptanceWindow, line));
  const alphas =
    alpha === null
      ? [element('p', { class: 'note' }, 'The run folder does not hold alpha.')]
      : Object.keys(alpha.cells).map((cell) => frameAlpha(alpha, cell, line));
  const parts = [facts, alphas].map((sheets) => element('div', { class: 'sheets' }, ...sheets));
  byId('detail').replaceChildren(...parts);
}

function describe({ t, step, epoch, kind, loss, threshold, concentration, accepted, returned, proposals }) {
  const facts = {
    time: formatTime(t),
    step,
    epoch: epoch + 1,
    kind,
    loss: formatNumber(loss),
    'to beat': formatNumber(threshold),
    concentration: formatNumber(concentration),
    outcome:
      proposals.length === 0
        ? 'a step along the gradient'
        : (accepted === null ? 'all rejected' : `proposal ${accepted + 1} accepted`) +
          (returned ? ', back to the best of the window' : ''),
  };
  const list = element('dl');
  for (const [name, value] of Object.entries(facts)) {
    list.append(element('dt', {}, name), element('dd', { id: `fact-${name.replace(' ', '-')}` }, value));
  }
  return element('div', {}, element('h3', {}, 'Decision'), list);
}

function listProposals({ proposals, accepted }) {
  const names = ['proposal', 'from', 'to', 'loss', ''];
  const head = element('tr', {}, ...names.map((name) => element('th', {}, name)));
  const rows = proposals.map(({ cell, edge, primitive, from, to, loss }, i) => {
    const taken = i === accepted;
    const texts = [`${cell} / ${edge.join('-')} / ${primitive}`, ...[from, to, loss].map(formatNumber)];
    return element(
      'tr',
      {},
      ...texts.map((text) => element('td', {}, text)),
      element('td', { class: taken ? 'accepted' : 'rejected' }, taken ? 'accepted' : 'rejected'),
    );
  });
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows));
  return element('div', { class: 'scrolls' }, element('h3', {}, 'Proposals'), table);
}

const [WIDTH, HEIGHT, MARGIN] = [400, 120, 8];

/** Draws the losses of the window as a curve, the loss to beat across it, and the step's own loss at its end. */
function drawWindow({ size, acceptance, losses }, { loss, threshold }) {
  const shown = [...losses, loss];
  const finite = [...shown, threshold].filter((value) => value !== null);
  const title = element('h3', {}, `Window: the last ${losses.length} of ${size} steps`);
  if (finite.length === 0) return element('div', {}, title);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const x = (i) => (shown.length === 1 ? WIDTH : (i / (shown.length - 1)) * WIDTH);
  const y = (value) => HEIGHT - MARGIN - ((value - least) / (most - least || 1)) * (HEIGHT - 2 * MARGIN);
  const points = losses.flatMap((value, i) => (value === null ? [] : [`${x(i)},${y(value)}`]));
  const image = svgElement(
    'svg',
    { class: 'curve', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' },
    svgElement('title', {}, `losses from ${formatNumber(least)} to ${formatNumber(most)}`),
    svgElement('polyline', { points: points.join(' ') }),
  );
  const level = (value, from, attributes) =>
    svgElement('line', { x1: from, x2: WIDTH, y1: y(value), y2: y(value), ...attributes });
  if (threshold !== null) image.append(level(threshold, 0, {}));
  if (loss !== null) image.append(level(loss, Math.max(0, x(losses.length - 1) - 12), { class: 'now' }));
  const meaning =
    acceptance === 'paired' ? 'the loss of alpha itself on the same mini-batch' : 'the best of the window';
  const note =
    threshold === null
      ? 'No loss had to be beaten.'
      : `Dashed: the loss to beat, ${formatNumber(threshold)}, ${meaning}. At the end: this step’s, ${formatNumber(loss)}.`;
  return element('div', {}, title, image, element('p', { class: 'note' }, note));
}

function frameAlpha(alpha, cell, { step, proposals }) {
  const proposed = proposals.filter((proposal) => proposal.cell === cell);
  const when =
    alpha.notedAt === step
      ? 'Before the step.'
      : `From step ${alpha.notedAt}: the run folder holds no later alpha before step ${step}.`;
  const note = proposed.length === 0 ? when : `${when} Framed: proposed to be moved.`;
  return element(
    'div',
    { class: 'scrolls', 'data-cell': cell },
    element('h3', {}, `Alpha, ${cell} cell`),
    drawAlpha(alpha, cell, proposed),
    element('p', { class: 'note' }, note),
  );
}

/** Draws alpha of one cell as a heatmap: rows are edges, columns primitives. Coordinates with a proposal are framed. */
function drawAlpha({ edges, primitives, cells }, cell, proposals) {
  const values = cells[cell];
  const largest = Math.max(...values.map(Math.abs), 1e-9);
  const head = element('tr', {}, element('th', {}, ''));
  head.append(...primitives.map((name) => element('th', { title: name, scope: 'col' }, shorten(name))));
  const rows = edges.map(([from, to], edge) => {
    const row = element('tr', {}, element('th', { scope: 'row' }, `${from}-${to}`));
    for (const [column, primitive] of primitives.entries()) {
      const value = values[edge * primitives.length + column];
      const isProposed = proposals.some(
        (proposal) => proposal.primitive === primitive && proposal.edge[0] === from && proposal.edge[1] === to,
      );
      const title = `${cell} / ${from}-${to} / ${primitive}: ${value}`;
      const field = element('td', { title, class: isProposed ? 'proposed' : '' }, value.toFixed(2));
      field.style.background = color(value / largest);
      row.append(field);
    }
    return row;
  });
  return element('table', { class: 'alpha' }, element('thead', {}, head), element('tbody', {}, ...rows));
}

/** Color from blue (-1) over white to red (1). It is never so dark that it hides the figures. */
function color(value) {
  const faded = Math.round(255 - 150 * Math.min(1, Math.abs(value)));
  return value < 0 ? `rgb(${faded}, ${faded}, 255)` : `rgb(255, ${faded}, ${faded})`;
}

function shorten(primitive) {
  return primitive.replace('_connect', '').replace('_conv', '').replace('_pool', '').replaceAll('_', ' ');
}
