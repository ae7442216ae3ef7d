import { element } from './dom.js';

/**
 * Writes the texts of an axis beside a drawing.
 *
 * @param axis `x` or `y`
 * @param place share of the axis before a value, from its left or top
 */
export function drawScale(axis, ticks, place) {
  const list = element('div', { class: `scale ${axis}`, 'aria-hidden': 'true' });
  for (const { value, text } of ticks) {
    const share = place(value);
    const tick = element('span', {}, text.replace('-', '−'));
    // There is no room behind the axis.
    if (axis === 'x' && share > 0.98) tick.className = 'end';
    tick.style[axis === 'x' ? 'left' : 'top'] = `${100 * share}%`;
    list.append(tick);
  }
  return list;
}
