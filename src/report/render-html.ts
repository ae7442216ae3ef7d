import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFigure, type FigureSpec } from './compile-figure.ts';
import { embedJson, escapeHtml } from './escape.ts';
import { LEGEND_COLUMNS } from './legend.ts';

/** A figure on a page, with what is said about it. Plain text: nothing in it is read as HTML. */
export interface PageFigure {
  readonly heading: string;
  /** Below the heading. */
  readonly note?: string;
  /** A width of 'container' follows the page's. */
  readonly spec: FigureSpec;
}

/**
 * Makes a page of figures: one file that needs nothing else, opens from a disk without a network (and is not allowed
 * to use one), follows the reader's light or dark, and fits a phone. It holds Vega itself, about half a megabyte.
 *
 * @param title plain text
 * @param note below the title
 * @throws Error where a specification is at fault
 */
export function renderHtml(title: string, figures: readonly PageFigure[], note = ''): string {
  const sections = figures.map(
    (figure, i) =>
      `<section><h2>${escapeHtml(figure.heading)}</h2>${paragraph(figure.note)}` +
      `<figure id="figure-${i}" role="img" aria-label="${escapeHtml(figure.heading)}"></figure></section>`,
  );
  const specs = figures.map(({ spec }) => compileFigure(spec));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${paragraph(note)}
${sections.join('\n')}
</main>
<script>${readVega()}</script>
<script type="application/json" id="specs">${embedJson(specs)}</script>
<script>${DRAW}</script>
</body>
</html>
`;
}

/** Nothing may be fetched from anywhere. Vega makes functions of the expressions in a figure, hence the `eval`. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; " +
  "base-uri 'none'; form-action 'none'";

const STYLE = `
:root { color-scheme: light dark; color: #1f2328; background: #fff; }
@media (prefers-color-scheme: dark) { :root { color: #e6e8eb; background: #16181c; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.15rem; margin: 2rem 0 0; }
p { margin: 0.25rem 0; opacity: 0.8; white-space: pre-line; overflow-wrap: anywhere; }
figure { margin: 0.5rem 0; width: 100%; overflow-x: auto; }
figure svg { display: block; }
`;

const DRAW = `
const specs = JSON.parse(document.getElementById('specs').textContent);
specs.forEach((spec, i) => {
  const place = document.getElementById('figure-' + i);
  const view = new vega.View(vega.parse(spec), { renderer: 'svg', container: place, hover: true });
  const draw = () => {
    // Set from outside: Vega would lay out a legend before it knows the width that its columns follow.
    const columns = Math.max(1, Math.min(4, Math.floor((place.clientWidth - 60) / 155)));
    if (spec.signals?.some(({ name }) => name === '${LEGEND_COLUMNS}')) view.signal('${LEGEND_COLUMNS}', columns);
    return view.runAsync();
  };
  addEventListener('resize', draw);
  draw();
});
`;

function paragraph(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `<p>${escapeHtml(text)}</p>`;
}

/** Vega for browsers: one script that sets `vega`. Its package exports only the module beside it. */
function readVega(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('vega'));
  const source = readFileSync(join(folder, 'vega.min.js'), 'utf8');
  if (/<\/script/i.test(source)) throw new Error('this build of vega would end the script element it stands in');
  return source;
}
