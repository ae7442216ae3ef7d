import { byId, element, formatDuration, stateColor } from './dom.js';
import { ask, latestOnly } from './server.js';

/** Least time between two measurements of a growing trace. */
const LEAST_MS = 1500;

/** The timeline: the share of time by state in each column of pixels, and a mark at the step in view. */
export class Timeline {
  #canvas = byId('timeline');
  #whole = [0, 0];
  /** First and last moment shown; null shows the whole trace. */
  #zoom = null;
  #measured = null;
  #mark = null;
  #due = 0;
  #measuredAt = 0;

  constructor(onPick) {
    this.#canvas.addEventListener('click', ({ offsetX }) => {
      if (this.#measured === null) return;
      const { from, to } = this.#measured;
      onPick(from + (offsetX / this.#canvas.clientWidth) * (to - from));
    });
    byId('zoom-in').addEventListener('click', () => this.zoomBy(1 / 4));
    byId('zoom-out').addEventListener('click', () => this.zoomBy(4));
    byId('zoom-all').addEventListener('click', () => this.zoomBy(Infinity));
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /** @param first first moment of the trace, and `last` the last; null if it is empty */
  setExtent(first, last) {
    if (first === null || (first === this.#whole[0] && last === this.#whole[1])) return;
    this.#whole = [first, last];
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
    this.#measured = await ask('/api/timeline', { bins, from, to });
    this.#draw();
  });

  #draw() {
    const measured = this.#measured;
    if (measured === null) return;
    const scale = devicePixelRatio;
    const [width, height] = [this.#canvas.clientWidth * scale, this.#canvas.clientHeight * scale];
    Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext('2d');
    const style = getComputedStyle(document.documentElement);
    // A canvas takes neither variables nor light-dark(): an element resolves them.
    const probe = document.body.appendChild(element('span', { hidden: '' }));
    const colors = measured.states.map((state) => {
      probe.style.color = stateColor(state);
      return getComputedStyle(probe).color;
    });
    probe.remove();
    const spent = measured.states.map(() => 0);
    for (const [bin, shares] of measured.bins.entries()) {
      const [left, right] = [bin, bin + 1].map((i) => Math.round((i / measured.bins.length) * width));
      let y = height;
      for (let i = 0; i < shares.length; i += 2) {
        const [state, share] = [shares[i], shares[i + 1]];
        spent[state] += share;
        context.fillStyle = colors[state];
        context.fillRect(left, y - share * height, right - left, share * height);
        y -= share * height;
      }
    }
    if (this.#mark !== null) {
      context.fillStyle = style.getPropertyValue('color');
      const x = ((this.#mark - measured.from) / (measured.to - measured.from)) * width;
      context.fillRect(Math.round(x) - scale, 0, 2 * scale, height);
    }
    byId('timeline-range').textContent = formatDuration(measured.to - measured.from);
    const all = spent.reduce((sum, share) => sum + share, 0);
    const shown = measured.states.map((state, i) => ({ state, share: spent[i] / all }));
    byId('legend').replaceChildren(
      ...shown.filter(({ share }) => share > 0).map(({ state, share }) => describeShare(state, share)),
    );
  }
}

function describeShare(state, share) {
  const swatch = element('span', { class: 'swatch' });
  swatch.style.background = stateColor(state);
  return element('li', {}, swatch, `${state} ${(100 * share).toFixed(1)} %`);
}
