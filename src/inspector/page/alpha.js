import { element } from './dom.js';

/** Shows alpha of one cell before a step, and frames the coordinates that the step proposed to move. */
export function frameAlpha(alpha, cell, { step, proposals }) {
  const proposed = proposals.filter((proposal) => proposal.cell === cell);
  const when =
    alpha.notedAt === step
      ? 'before the step'
      : `at step ${alpha.notedAt}: the run noted no later alpha before step ${step}`;
  const values = alpha.cells[cell].rows.flat();
  const largest = Math.max(...values.map(Math.abs), 1e-9); // the magnitude of null is 0
  const blank = values.includes(null) ? ' A place is blank if the edge has no such operation.' : '';
  const key = `Blue is negative, red is positive, the strongest color is ±${largest.toFixed(2)}.${blank}`;
  return element(
    'div',
    { 'data-cell': cell },
    element('h3', {}, `Alpha, ${cell} cell `, element('span', { class: 'note' }, when)),
    element('div', { class: 'scrolls' }, drawAlpha(alpha, cell, proposed, largest)),
    element('p', { class: 'note' }, proposed.length === 0 ? key : `${key} Framed: proposed to be moved.`),
  );
}

/** Draws alpha of one cell as a heatmap: rows are edges, columns operations. */
function drawAlpha({ edges, cells }, cell, proposals, largest) {
  const { columns, rows: values } = cells[cell];
  const head = element('tr', {}, element('th', { scope: 'col' }, 'edge'));
  head.append(...columns.map((name) => element('th', { title: name, scope: 'col' }, shorten(name))));
  const rows = edges.map(([from, to], edge) => {
    const row = element('tr', {}, element('th', { scope: 'row' }, `${from}-${to}`));
    for (const [column, primitive] of columns.entries()) {
      const value = values[edge][column];
      if (value === null) {
        row.append(element('td', {}));
        continue;
      }
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
  const label = { class: 'alpha', 'aria-label': `alpha of the ${cell} cell: edges by operations` };
  return element('table', label, element('thead', {}, head), element('tbody', {}, ...rows));
}

/** Color from blue (-1) over white to red (1). It is never so dark that it hides the figures. */
function color(value) {
  const faded = Math.round(255 - 120 * Math.min(1, Math.abs(value)));
  return value < 0 ? `rgb(${faded}, ${faded}, 255)` : `rgb(255, ${faded}, ${faded})`;
}

function shorten(primitive) {
  return primitive.replace('_connect', '').replace('_conv', '').replace('_pool', '').replaceAll('_', ' ');
}
