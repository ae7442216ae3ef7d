import { element } from './dom.js';

/** Alpha of one cell as a heatmap: edges down, primitives across. Coordinates with a proposal are framed. */
export function drawAlpha({ edges, primitives, cells }, cell, proposals) {
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

/** From -1, blue, over white to 1, red; dark enough in the middle of neither to hide dark figures. */
function color(value) {
  const faded = Math.round(255 - 150 * Math.min(1, Math.abs(value)));
  return value < 0 ? `rgb(${faded}, ${faded}, 255)` : `rgb(255, ${faded}, ${faded})`;
}

function shorten(primitive) {
  return primitive.replace('_connect', '').replace('_conv', '').replace('_pool', '').replaceAll('_', ' ');
}
