import { drawScale } from './axis.js';
import { element, formatNumber, svgElement } from './dom.js';
import { chooseTicks } from './ticks.js';

/** Units of the drawing, which the page stretches: texts stand beside it, in the page's own letters. */
const [WIDTH, HEIGHT] = [1000, 200];

/** Share of the height above and below the losses, and of the width behind the step's own loss. */
const MARGIN = 0.06;
const BEHIND = 0.03;

/** Loss to beat, by acceptance rule. */
const MEANINGS = { paired: 'that of alpha itself on the same mini-batch' };

/**
 * Draws the losses of the acceptance window over the steps before this one, the loss to beat across them, and the step's
 * own loss at their end.
 */
export function drawWindow({ size, acceptance, losses }, { loss, threshold }) {
  const held = losses.length === 0 ? 'empty before the first step' : `${losses.length} of ${size} steps`;
  const title = element('h3', {}, 'Acceptance window ', element('span', { class: 'note' }, held));
  const finite = [...losses, loss, threshold].filter((value) => value !== null);
  if (finite.length === 0) return element('div', {}, title, element('p', { class: 'note' }, 'No loss was finite.'));
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const room = (most - least || 1) * MARGIN;
  const [bottom, top] = [least - room, most + room];
  const before = Math.max(1, losses.length);
  const place = {
    x: (steps) => ((1 - BEHIND) * (steps + before)) / before,
    y: (value) => (top - value) / (top - bottom),
  };
  const image = svgElement('svg', {
    class: 'curve',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `Losses of the acceptance window: from ${formatNumber(least)} to ${formatNumber(most)} nats`,
  });
  const [ys, xs] = [chooseTicks(bottom, top, 5), chooseTicks(-before, 0, 5, 1)];
  const line = (style, y) => svgElement('line', { class: style, x1: 0, x2: WIDTH, y1: y, y2: y });
  for (const { value } of ys)
    image.append(svgElement('path', { class: 'grid', d: `M0 ${HEIGHT * place.y(value)}h${WIDTH}` }));
  image.append(svgElement('path', { class: 'losses', d: trace(losses, before, place) }));
  if (threshold !== null) image.append(line('to-beat', HEIGHT * place.y(threshold)));
  if (loss !== null) {
    // A line without length stays a round dot when the drawing is stretched.
    const dot = `M${WIDTH * place.x(0)} ${HEIGHT * place.y(loss)}h0`;
    image.append(svgElement('path', { class: 'halo', d: dot }), svgElement('path', { class: 'now', d: dot }));
  }
  const plot = element(
    'div',
    { class: 'plot' },
    element('div', { class: 'unit' }, 'loss, in nats'),
    drawScale('y', ys, place.y),
    image,
    drawScale('x', xs, place.x),
    element('div', { class: 'unit x-unit' }, 'steps on alpha, counted from this one'),
  );
  return element('div', {}, title, plot, legend(acceptance, loss, threshold));
}

/** Path of the losses. It breaks where a loss was not finite. */
function trace(losses, before, place) {
  let [path, isOpen] = ['', false];
  for (const [i, value] of losses.entries()) {
    if (value !== null) {
      const point = `${(WIDTH * place.x(i - before)).toFixed(1)} ${(HEIGHT * place.y(value)).toFixed(2)}`;
      // A single loss is a dot.
      path += isOpen ? `L${point}` : `M${point}h0`;
    }
    isOpen = value !== null;
  }
  return path;
}

function legend(acceptance, loss, threshold) {
  const meaning = MEANINGS[acceptance] ?? 'the best of the window';
  const entry = (style, ...texts) => element('li', {}, element('i', { class: `key ${style}` }), ...texts);
  const entries = [entry('losses', 'losses of the window')];
  if (threshold !== null) entries.push(entry('to-beat', `loss to beat, ${formatNumber(threshold)}: ${meaning}`));
  if (loss !== null) entries.push(entry('now', `loss of this step, ${formatNumber(loss)}`));
  const list = element('ul', { class: 'legend' }, ...entries);
  if (threshold !== null) return list;
  return element('div', {}, list, element('p', { class: 'note' }, 'No loss had to be beaten.'));
}
