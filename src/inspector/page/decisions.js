import { byId, element, formatNumber } from './dom.js';
import { ask } from './server.js';

/** Height of a row, and of the header, which stays at the top of the table. */
const ROW_PX = 28;

/** Number of rows fetched at a time, and of such blocks kept. */
const BLOCK = 100;
const KEPT_BLOCKS = 40;

/** Largest height in pixels: browsers allow some 17 million. Longer tables are scrolled on a scale. */
const MAX_PX = 10_000_000;

/** Time without scrolling after which the scroll bar is moved to its exact place. */
const SETTLE_MS = 150;

/** Name and style of each column, and what its header tells when it is pointed at. */
const COLUMNS = [
  ['step', 'number', 'iteration, counted from 0'],
  ['epoch', 'number wide', 'counted from 1'],
  ['kind', 'kind', 'local: along the gradient; global: proposed moves; joint: both at once'],
  ['proposal', '', 'cell / edge / primitive whose alpha was proposed to be moved; of several the accepted or the best'],
  ['from → to', 'number wide', 'alpha before the step, and its proposed value'],
  ['loss', 'number loss', 'loss of the proposal, else of the step, in nats'],
  ['to beat', 'number beat', 'loss that a proposal had to beat, in nats'],
  ['outcome', '', 'whether a proposal was accepted'],
];

/**
 * The table of decisions. It is as long as the trace, but holds only the rows in view. Within a screen, scrolling moves
 * pixel by pixel, even if a pixel of the scroll bar stands for many rows.
 */
export class Decisions {
  #filter = {};
  #total = 0;
  #generation = -1;
  #selected = -1;
  #blocks = new Map();
  #requested = new Map();
  #abort = new AbortController();
  /** Pixels above the view, their surplus over the scroll bar's position, and that position. */
  #top = 0;
  #offset = 0;
  #scrolled = 0;
  #settling = 0;
  /** Height of the rows in view when it was last looked at. */
  #viewBefore = 0;
  #frame = 0;
  #scroller = element('div', {
    class: 'scroller',
    tabindex: '0',
    role: 'grid',
    'aria-label': 'decisions',
    'aria-colcount': COLUMNS.length,
  });
  #spacer = element('div', { role: 'presentation' });
  #empty = element('p', { class: 'empty', hidden: '' });
  #rows = element('div', { class: 'rows', role: 'rowgroup' });

  constructor(onSelect) {
    const head = element('div', { class: 'row head', role: 'row', 'aria-rowindex': 1 });
    head.append(
      ...COLUMNS.map(([name, style, title]) => element('span', { class: style, title, role: 'columnheader' }, name)),
    );
    // The header is part of what scrolls, so that its columns are as wide as those below.
    this.#scroller.append(head, this.#spacer, this.#rows);
    byId('table').replaceChildren(this.#scroller, this.#empty);
    this.#scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    this.#rows.addEventListener('click', ({ target }) => {
      const row = target.closest('.row')?.dataset.row;
      if (row) onSelect(Number(row));
    });
    new ResizeObserver(() => this.#onResize()).observe(this.#scroller);
  }

  get total() {
    return this.#total;
  }

  get selected() {
    return this.#selected;
  }

  /** Number of rows that fit on the screen. */
  get page() {
    return Math.max(1, Math.floor(this.#view / ROW_PX) - 1);
  }

  /** Height in pixels of the rows in view. */
  get #view() {
    return Math.max(0, this.#scroller.clientHeight - ROW_PX);
  }

  setFilter(filter) {
    this.#filter = filter;
    this.#forget();
    this.#selected = -1;
    this.#total = 0;
  }

  /** @param generation generation of the index: if it has changed, every row has */
  setExtent(total, generation) {
    if (generation !== this.#generation) this.#forget();
    // The last block may have grown.
    else if (total !== this.#total) this.#blocks.delete(Math.floor(this.#total / BLOCK));
    this.#generation = generation;
    this.#total = total;
    this.#scroller.setAttribute('aria-rowcount', total + 1);
    byId('count').textContent = total.toLocaleString('en');
    const { height } = this.#heights();
    this.#spacer.style.height = `${Math.min(height, MAX_PX)}px`;
    this.#moveTo(this.#top);
  }

  /** Says in the table's place why it has no rows; nothing if it has some. */
  explain(sentence) {
    this.#empty.textContent = sentence;
    this.#empty.hidden = sentence === '';
  }

  /** Selects a row, and scrolls to it if it is not in view: to the middle if it is more than a screen away. */
  select(row) {
    this.#selected = row;
    const view = this.#view;
    const above = this.#top - row * ROW_PX;
    const below = (row + 1) * ROW_PX - view - this.#top;
    if (Math.max(above, below) > view) this.#moveTo((row + 0.5) * ROW_PX - view / 2);
    else if (above > 0) this.#moveTo(row * ROW_PX);
    else if (below > 0) this.#moveTo(this.#top + below);
    this.#schedule();
  }

  /** Returns the `{index, line}` of a row; undefined if there is no such row. */
  async at(row) {
    const block = await this.#fetch(Math.floor(row / BLOCK));
    return block[row % BLOCK];
  }

  #forget() {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#blocks.clear();
    this.#requested.clear();
  }

  /** Keeps the chosen row in view if it was there. */
  #onResize() {
    const [place, before] = [this.#selected * ROW_PX - this.#top, this.#viewBefore];
    this.#viewBefore = this.#view;
    if (this.#selected >= 0 && place >= 0 && place < before) this.select(this.#selected);
    this.#schedule();
  }

  #heights() {
    const height = this.#total * ROW_PX;
    const view = this.#view;
    const room = Math.max(0, height - view);
    const scale = room === 0 ? 1 : Math.max(0, Math.min(height, MAX_PX) - view) / room;
    return { height, view, room, scale };
  }

  #moveTo(top) {
    const { room, scale } = this.#heights();
    this.#top = Math.max(0, Math.min(room, top));
    this.#scroller.scrollTop = this.#top * scale;
    this.#scrolled = this.#scroller.scrollTop;
    this.#offset = this.#top - this.#scrolled;
    this.#schedule();
  }

  #onScroll() {
    const { scrollTop } = this.#scroller;
    const moved = scrollTop - this.#scrolled;
    if (moved === 0) return;
    const { view, room, scale } = this.#heights();
    this.#scrolled = scrollTop;
    // The scroll bar or a key has jumped. The wheel and fingers move by pixels.
    const jumped = Math.abs(moved) > view;
    const top = jumped ? scrollTop / scale : this.#top + moved;
    this.#top = Math.max(0, Math.min(room, top));
    this.#offset = this.#top - scrollTop;
    const atEnd = scrollTop <= 0 || scrollTop >= room * scale - 1;
    clearTimeout(this.#settling);
    if (atEnd) this.#moveTo(this.#top);
    else this.#settling = setTimeout(() => this.#moveTo(this.#top), SETTLE_MS);
    this.#schedule();
  }

  #schedule() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const first = Math.floor(this.#top / ROW_PX);
    const last = Math.min(this.#total, first + Math.ceil(this.#view / ROW_PX) + 1);
    const count = Math.max(0, last - first);
    while (this.#rows.children.length < count) this.#rows.append(createRow());
    while (this.#rows.children.length > count) this.#rows.lastChild.remove();
    this.#rows.style.transform = `translateY(${first * ROW_PX - this.#offset}px)`;
    for (let i = 0; i < count; i++) {
      const row = first + i;
      const found = this.#blocks.get(Math.floor(row / BLOCK))?.[row % BLOCK];
      drawRow(this.#rows.children[i], row, found?.line, row === this.#selected);
    }
    // Assistive technology reads the chosen row, if it is among those drawn.
    if (byId(`row-${this.#selected}`) === null) this.#scroller.removeAttribute('aria-activedescendant');
    else this.#scroller.setAttribute('aria-activedescendant', `row-${this.#selected}`);
    if (count === 0) return;
    // The blocks in view and their neighbors, so that scrolling finds rows already there.
    const final = Math.floor((this.#total - 1) / BLOCK);
    const [from, to] = [Math.floor(first / BLOCK) - 1, Math.floor((last - 1) / BLOCK) + 1];
    for (let block = Math.max(0, from); block <= Math.min(final, to); block++) {
      if (!this.#blocks.has(block)) this.#fetch(block).then(() => this.#schedule(), ignoreAbort);
    }
  }

  #fetch(block) {
    const kept = this.#blocks.get(block);
    if (kept !== undefined) return Promise.resolve(kept);
    const requested = this.#requested.get(block);
    if (requested !== undefined) return requested;
    const { signal } = this.#abort;
    const request = ask('api/decisions', { ...this.#filter, from: block * BLOCK, count: BLOCK }, signal)
      .then(({ generation, rows }) => {
        // Rows of an older trace are dropped: the status will tell of the newer one.
        if (generation === this.#generation && !signal.aborted) this.#keep(block, rows);
        return rows;
      })
      .finally(() => {
        if (!signal.aborted) this.#requested.delete(block);
      });
    this.#requested.set(block, request);
    return request;
  }

  #keep(block, rows) {
    if (this.#blocks.size >= KEPT_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value);
    this.#blocks.set(block, rows);
  }
}

export function ignoreAbort(error) {
  if (error.name !== 'AbortError') throw error;
}

function createRow() {
  const row = element('div', { class: 'row', role: 'row' });
  row.append(...COLUMNS.map(([, style]) => element('span', { class: style, role: 'gridcell' })));
  return row;
}

function drawRow(node, row, line, selected) {
  node.id = `row-${row}`;
  node.dataset.row = row;
  node.setAttribute('aria-rowindex', row + 2);
  node.setAttribute('aria-selected', selected);
  const texts = line ? textsOf(line) : [line === null ? 'gone' : '…'];
  for (let i = 0; i < COLUMNS.length; i++) node.children[i].textContent = texts[i] ?? '';
  node.classList.toggle('plain', line?.proposals.length === 0);
  node.lastChild.className = texts[COLUMNS.length - 1] ?? '';
}

function textsOf({ step, epoch, kind, loss, threshold, accepted, proposals }) {
  const shown = proposals[accepted ?? bestOf(proposals)];
  const more = proposals.length > 1 ? ` (of ${proposals.length})` : '';
  return [
    step,
    epoch + 1,
    kind,
    shown ? `${shown.cell} / ${shown.edge.join('-')} / ${shown.primitive}${more}` : 'along the gradient',
    shown ? `${shown.from.toFixed(3)} → ${shown.to.toFixed(3)}` : '',
    formatNumber(shown ? shown.loss : loss),
    threshold === null ? '' : formatNumber(threshold),
    proposals.length === 0 ? '' : outcomeOf(accepted),
  ];
}

function outcomeOf(accepted) {
  return accepted === null ? 'rejected' : 'accepted';
}

/** Index of the proposal with the lowest loss: it came closest to being accepted. */
function bestOf(proposals) {
  const losses = proposals.map(({ loss }) => loss ?? Infinity);
  return losses.indexOf(Math.min(...losses));
}
