import type { FigureSpec } from '../figures/render-svg.ts';

/** Part of a page. All its texts are plain: the page escapes them. */
export type PageSection = PageText | PageFigure | PageTable | PageDrawing | PageCode;

interface PageText {
  readonly heading: string;
  /** Paragraph below the heading; line breaks are kept. */
  readonly note?: string;
}

/** Section with a Vega-Lite figure. */
export interface PageFigure extends PageText {
  /** Specification; the width 'container' follows the page. */
  readonly spec: FigureSpec;
  /** Slider below the figure that selects a moment. */
  readonly slider?: FigureSlider;
}

/** Moments that a figure shows one after another. */
export interface FigureSlider {
  /** Figure parameter that holds the index of the moment shown, from 0. */
  readonly parameter: string;
  /** Names of the moments. */
  readonly moments: readonly string[];
  /** Index of the moment shown first. */
  readonly start: number;
}

export interface PageTable extends PageText {
  /** Column headings. @default none: the first cell of each row names the row */
  readonly columns?: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface PageDrawing extends PageText {
  /** Trusted SVG element, written into the page unescaped. */
  readonly svg: string;
}

export interface PageCode extends PageText {
  readonly code: string;
}

/**
 * Writes a section as HTML.
 *
 * @param figure index of the section among the page's figures; unused if the section is not a figure
 */
export function renderSection(section: PageSection, figure: number): string {
  return `<section><h2>${escapeHtml(section.heading)}</h2>${renderNote(section.note)}${renderBody(section, figure)}</section>`;
}

/** Writes a paragraph; nothing for an empty text. */
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

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
