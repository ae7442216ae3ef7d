import type { FigureSpec } from '../figures/render-svg.ts';

/** Part of a page. All its texts are plain: the page escapes them. */
export type PageSection = PageText | PageFigure | PageTable | PageCode | PageMarkup;

interface PageText {
  /** Different from those of the page's other sections. */
  readonly heading: string;
  /** Paragraph below the heading; line breaks are kept. */
  readonly note?: string;
  /** Whether it stands beside neighbors that may too, where the page is wide. @default false */
  readonly beside?: boolean;
}

/** Section with a Vega-Lite figure. */
export interface PageFigure extends PageText {
  /** Specification; the width 'container' follows the page. */
  readonly spec: FigureSpec;
  /** What the figure shows, for those who do not see it. @default the heading */
  readonly alt?: string;
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

export interface PageCode extends PageText {
  readonly code: string;
}

/** Section that writes its own HTML. */
export interface PageMarkup extends PageText {
  /** Trusted HTML, written into the page unescaped: whoever makes it escapes its texts. */
  readonly markup: string;
}

/**
 * Writes a section as HTML.
 *
 * @param figure index of the section among the page's figures; unused if the section is not a figure
 */
export function renderSection(section: PageSection, figure: number): string {
  const { heading, note } = section;
  return (
    `<section id="${anchorOf(heading)}"><h2>${escapeHtml(heading)}</h2>` +
    `${renderNote(note)}${renderBody(section, figure)}</section>`
  );
}

/** Writes a table of contents. */
export function renderContents(sections: readonly PageSection[]): string {
  const items = sections.map(({ heading }) => `<li><a href="#${anchorOf(heading)}">${escapeHtml(heading)}</a></li>`);
  return `<nav aria-label="Contents"><ol>${items.join('')}</ol></nav>`;
}

/** Writes a paragraph; nothing for an empty text. */
export function renderNote(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `<p>${escapeHtml(text)}</p>`;
}

/** Writes text to be copied, with a button that copies it. */
export function renderCode(code: string): string {
  return `<div class="code"><pre tabindex="0">${escapeHtml(code)}</pre><button type="button" class="copy">Copy</button></div>`;
}

/** Number of letters from which a table's text is long, and may be broken. */
const LONG = 40;

/** Writes a table in a frame that scrolls, on a phone or by keys. */
function renderTable({ columns, rows }: Pick<PageTable, 'columns' | 'rows'>, label: string): string {
  const cell = (tag: string, text: string): string => {
    return `<${tag}${text.length < LONG ? '' : ' class="long"'}>${escapeHtml(text)}</${tag}>`;
  };
  const head =
    columns === undefined ? '' : `<thead><tr>${columns.map((text) => cell('th', text)).join('')}</tr></thead>`;
  const body = rows.map(
    (row) => `<tr>${row.map((text, i) => cell(columns === undefined && i === 0 ? 'th' : 'td', text)).join('')}</tr>`,
  );
  const kind = columns === undefined ? 'facts' : 'table';
  return renderFrame(kind, label, `<table>${head}<tbody>${body.join('')}</tbody></table>`);
}

/** Puts trusted HTML into a frame that scrolls. */
export function renderFrame(kind: 'facts' | 'table' | 'table tall', label: string, markup: string): string {
  return `<div class="${kind}" tabindex="0" role="region" aria-label="${escapeHtml(label)}">${markup}</div>`;
}

function renderBody(section: PageSection, figure: number): string {
  if ('code' in section) return renderCode(section.code);
  if ('rows' in section) return renderTable(section, section.heading);
  if ('markup' in section) return section.markup;
  if (!('spec' in section)) return '';
  const label = escapeHtml(section.alt ?? section.heading);
  return `<figure id="figure-${figure}" role="img" aria-label="${label}"></figure>${renderSlider(section.slider, figure)}`;
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

/** Name of a section's place on the page, of letters, digits and hyphens. */
function anchorOf(heading: string): string {
  return `to-${heading.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
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
