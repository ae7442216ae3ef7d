import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFigure } from '../figures/render-svg.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { escapeHtml, type PageSection, renderContents, renderNote, renderSection } from './page-section.ts';
import { PAGE_STYLE } from './page-style.ts';

/**
 * Makes a self-contained page of figures, tables and drawings, with a table of contents if there are several parts. It
 * opens from a disk, makes no network request, follows the reader's light or dark mode, and fits a phone. It contains
 * Vega, about half a megabyte.
 *
 * @param title plain text
 * @param sections parts of the page, in order
 * @param note plain text below the title. @default ''
 * @returns HTML
 * @throws Error if Vega-Lite rejects a specification
 */
export function renderHtml(title: string, sections: readonly PageSection[], note = ''): string {
  const figures = sections.filter((section) => 'spec' in section);
  const parts = sections.map((section, i) => {
    const part = renderSection(section, figures.indexOf(section as (typeof figures)[number]));
    const isBeside = (at: number): boolean => sections[at]?.beside === true;
    if (!isBeside(i)) return part;
    return `${isBeside(i - 1) ? '' : '<div class="beside">'}${part}${isBeside(i + 1) ? '' : '</div>'}`;
  });
  // Vega turns the description into the figure's accessible label.
  const specs = figures.map(({ heading, alt, spec }) => ({ description: alt ?? heading, ...compileFigure(spec) }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
${renderNote(note)}
</header>
${sections.length > 1 ? renderContents(sections) : ''}
<main>
${parts.join('\n')}
</main>
<script>${readVega()}</script>
<script type="application/json" id="specs">${embedJson(specs)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** Writes a value as JSON for a script element. Without "<" it can neither end the element nor open a comment. */
function embedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Forbids every request. Vega compiles a figure's expressions to functions, hence `unsafe-eval`. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; " +
  "base-uri 'none'; form-action 'none'";

/** Reads Vega's browser build, a script that sets `vega`. The package does not export it, so it is read beside the module. */
function readVega(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('vega'));
  const source = readFileSync(join(folder, 'vega.min.js'), 'utf8');
  if (/<\/script/i.test(source)) throw new Error('vega.min.js contains </script> and cannot be inlined');
  return source;
}
