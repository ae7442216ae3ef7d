import { drawScale } from './axis.js';
import { byId, element, formatDuration, stateColor } from './dom.js';
import { ask, latestOnly } from './server.js';
import { chooseMoments, clockUnit } from './ticks.js';
import { orderStates, STATES, stateWords } from './words.js';

/** Least time between two measurements of a growing trace. */
const LEAST_MS = 1500;

/** Share of a lane's height that stays free, so that neighbors do not touch. */
const GAP = 0.25;

/**
 * The timeline: a lane for each state, in which a bar's height is the share of time spent in the state, and a mark at the
 * step in view.
 */
export class Timeline {
  #canvas = byId('timeline');
  #whole = [0, 0];
  /** First and last moment shown; null shows the whole trace. */
  #zoom = null;
  /** Stretch that the address names, in seconds, until the trace's first moment is known. */
  #wanted = null;
  #measured = null;
  #mark = null;
  #due = 0;
  #measuredAt = 0;

  /** @param onPick called with the moment that was clicked, and `onZoom` when the user has zoomed */
  constructor(onPick, onZoom) {
    this.#canvas.addEventListener('click', ({ offsetX }) => {
      if (this.#measured === null) return;
      const { from, to } = this.#measured;
      onPick(from + (offsetX / this.#canvas.clientWidth) * (to - from));
    });
    const zoom = (factor) => () => {
      this.zoomBy(factor);
      onZoom();
    };
    byId('zoom-in').addEventListener('click', zoom(1 / 4));
    byId('zoom-out').addEventListener('click', zoom(4));
    byId('zoom-all').addEventListener('click', zoom(Infinity));
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /** First moment of the trace, in milliseconds since 1970. */
  get began() {
    return this.#whole[0];
  }

  /** First and last second shown since the run began; null if all is shown. */
  get zoom() {
    return this.#zoom?.map((moment) => Math.max(0, (moment - this.began) / 1000)) ?? this.#wanted;
  }

  set zoom(seconds) {
    this.#wanted = seconds;
    this.#zoom = null;
    this.#takeWanted();
    if (this.#measured !== null) this.#measure();
  }

  /** @param first first moment of the trace, and `last` the last; null if it is empty */
  setExtent(first, last) {
    if (first === null || (first === this.#whole[0] && last === this.#whole[1])) return;
    this.#whole = [first, last];
    this.#takeWanted();
    clearTimeout(this.#due);
    this.#due = setTimeout(() => this.#measure(), Math.max(0, this.#measuredAt + LEAST_MS - performance.now()));
  }

  /** Marks a moment, and moves the timeline to it if it is not shown. */
  mark(time) {
    this.#mark = time;
    if (this.#zoom !== null && (time < this.#zoom[0] || time > this.#zoom[1])) {
      this.#setZoom(time, this.#zoom[1] - this.#zoom[0]);
    }
    this.#draw();
  }

  /** @param factor factor of the time shown: less than 1 zooms in, around the mark */
  zoomBy(factor) {
    const [from, to] = this.#zoom ?? this.#whole;
    this.#setZoom(this.#mark ?? (from + to) / 2, (to - from) * factor);
  }

  #takeWanted() {
    if (this.#wanted === null || this.began === 0) return;
    this.#zoom = this.#wanted.map((seconds) => this.began + 1000 * seconds);
    this.#wanted = null;
  }

  #setZoom(middle, width) {
    const [first, last] = this.#whole;
    const from = Math.max(first, Math.min(middle - width / 2, last - width));
    this.#zoom = width >= last - first ? null : [from, from + Math.max(width, 1)];
    this.#measure();
  }

  #measure = latestOnly(async () => {
    this.#measuredAt = performance.now();
    const [from, to] = this.#zoom ?? this.#whole;
    const bins = Math.max(50, Math.min(1000, Math.round(this.#canvas.clientWidth)));
    this.#measured = await ask('api/timeline', { bins, from, to });
    this.#draw();
  });

  #draw() {
    const measured = this.#measured;
    if (measured === null) return;
    const total = measured.states.map(() => 0);
    for (const shares of measured.bins) for (let i = 0; i < shares.length; i += 2) total[shares[i]] += shares[i + 1];
    const lanes = orderStates(measured.states.filter((_, i) => total[i] > 0));
    const all = total.reduce((sum, share) => sum + share, 0);
    const shareOf = (state) => total[measured.states.indexOf(state)] / all;
    byId('legend').replaceChildren(...lanes.map((state) => describeLane(state, shareOf(state))));
    this.#canvas.style.height = `calc(var(--lane) * ${Math.max(1, lanes.length)})`;
    const summary = lanes.map((state) => `${stateWords(state)} ${formatShare(shareOf(state))}`).join(', ');
    this.#canvas.setAttribute('aria-label', `share of time by state: ${summary}`);
    this.#drawAxis(measured);
    this.#drawLanes(measured, lanes);
  }

  #drawAxis({ from, to }) {
    const [least, most] = [from - this.began, to - this.began];
    const ticks = chooseMoments(least, most, Math.max(2, this.#canvas.clientWidth / 90));
    byId('moments').replaceChildren(drawScale('x', ticks, (moment) => (moment - least) / (most - least)));
    byId('moments-unit').textContent = `time since the start, in ${clockUnit(most)}`;
    byId('timeline-range').textContent = `${formatDuration(to - from)} in view`;
  }

  #drawLanes(measured, lanes) {
    const scaling = devicePixelRatio;
    const [width, height] = [this.#canvas.clientWidth * scaling, this.#canvas.clientHeight * scaling].map(Math.round);
    Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext('2d');
    const colors = resolveColors(['var(--paper)', 'var(--ink)', 'var(--line)', ...lanes.map(stateColor)]);
    const [paper, ink, faint, ...laneColors] = colors;
    const lane = height / Math.max(1, lanes.length);
    const laneOf = measured.states.map((state) => lanes.indexOf(state));
    const columns = measured.bins.length;
    for (const [bin, shares] of measured.bins.entries()) {
      const [left, right] = [bin, bin + 1].map((i) => Math.round((i / columns) * width));
      for (let i = 0; i < shares.length; i += 2) {
        const place = laneOf[shares[i]];
        context.fillStyle = laneColors[place];
        // A short visit is still a line.
        const bar = Math.max(scaling, Math.round(shares[i + 1] * lane * (1 - GAP)));
        context.fillRect(left, Math.round((place + 1) * lane) - scaling - bar, right - left, bar);
      }
    }
    context.fillStyle = faint;
    for (const place of lanes.keys()) context.fillRect(0, Math.round((place + 1) * lane) - scaling, width, scaling);
    if (this.#mark === null || !(this.#mark >= measured.from && this.#mark <= measured.to)) return;
    const x = Math.round(((this.#mark - measured.from) / (measured.to - measured.from || 1)) * width);
    const at = Math.max(2 * scaling, Math.min(width - 2 * scaling, x));
    // The light border keeps the mark apart from the bars.
    context.fillStyle = paper;
    context.fillRect(at - 2 * scaling, 0, 4 * scaling, height);
    context.fillStyle = ink;
    context.fillRect(at - scaling, 0, 2 * scaling, height);
  }
}

/** A canvas takes neither variables nor light-dark(): an element resolves them. */
function resolveColors(colors) {
  const probe = document.body.appendChild(element('span', { hidden: '' }));
  const resolved = colors.map((color) => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return resolved;
}

function formatShare(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function describeLane(state, share) {
  const swatch = element('i', { class: 'swatch' });
  swatch.style.background = stateColor(state);
  const title = `${state}: the coordinator ${STATES[state] ?? 'is in this state'}`;
  const name = element('span', { class: 'name' }, swatch, stateWords(state));
  return element('li', { title }, name, element('span', { class: 'number' }, formatShare(share)));
}
