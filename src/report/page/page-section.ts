import type { FigureSpec } from '../figures/compile-figure.ts';
import { escapeHtml } from '../figures/escape.ts';

/** A part of a page. Plain text, but for a drawing: nothing in it is read as HTML. */
export type PageSection = PageText | PageFigure | PageTable | PageDrawing | PageCode;

interface PageText {
  readonly heading: string;
  /** Below the heading. */
  readonly note?: string;
}

/** A figure on a page. */
export interface PageFigure extends PageText {
  /** A width of 'container' follows the page's. */
  readonly spec: FigureSpec;
  /** Below the figure, to move through its moments. */
  readonly slider?: FigureSlider;
}

/** What a figure shows one after the other. */
export interface FigureSlider {
  /** Parameter of the figure: the number of the moment that is shown, from 0. */
  readonly parameter: string;
  /** What the moments are called. */
  readonly moments: readonly string[];
  /** The one that is shown first. */
  readonly start: number;
}

export interface PageTable extends PageText {
  /** @default none: the first cell of every row then names the row */
  readonly columns?: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface PageDrawing extends PageText {
  /** An SVG element as our own code made it: it goes into the page as it is. */
  readonly svg: string;
}

export interface PageCode extends PageText {
  readonly code: string;
}

/** @param figure number of the next figure, where the section is one */
export function renderSection(section: PageSection, figure: number): string {
  return `<section><h2>${escapeHtml(section.heading)}</h2>${renderNote(section.note)}${renderBody(section, figure)}</section>`;
}

/** A paragraph of plain text; nothing where there is none. */
export function renderNote(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `<p>${escapeHtml(text)}</p>`;
}

function renderBody(section: PageSection, figure: number): string {
  if ('code' in section) return `<pre tabindex="0">${escapeHtml(section.code)}</pre>`;
  if ('rows' in section) return renderTable(section);
  const label = escapeHtml(section.heading);
  if ('svg' in section) return `<figure role="img" aria-label="${label}">${section.svg}</figure>`;
  if (!('spec' in section)) return '';
  return `<figure id="figure-${figure}" role="img" aria-label="${label}"></figure>${renderSlider(section.slider, figure)}`;
}

function renderTable({ columns, rows }: PageTable): string {
  const cell = (tag: string, text: string): string => `<${tag}>${escapeHtml(text)}</${tag}>`;
  const head =
    columns === undefined ? '' : `<thead><tr>${columns.map((text) => cell('th', text)).join('')}</tr></thead>`;
  const body = rows.map(
    (row) => `<tr>${row.map((text, i) => cell(columns === undefined && i === 0 ? 'th' : 'td', text)).join('')}</tr>`,
  );
  return `<div class="${columns === undefined ? 'facts' : 'table'}"><table>${head}<tbody>${body.join('')}</tbody></table></div>`;
}

function renderSlider(slider: FigureSlider | undefined, figure: number): string {
  if (slider === undefined) return '';
  const { parameter, moments, start } = slider;
  const facts = escapeHtml(JSON.stringify({ parameter, moments }));
  return (
    `<div class="slider" data-figure="${figure}" data-slider="${facts}"><button type="button">Play</button>` +
    `<input type="range" min="0" max="${moments.length - 1}" value="${start}" aria-label="moment shown">` +
    `<output>${escapeHtml(moments[start] ?? '')}</output></div>`
  );
}
