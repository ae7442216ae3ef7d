import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LEGEND_COLUMNS } from '../figures/figure-parts.ts';
import { compileFigure } from '../figures/render-svg.ts';
import { escapeHtml, type PageSection, renderNote, renderSection } from './page-section.ts';

/**
 * Makes a self-contained page of figures, tables and drawings. It opens from a disk, makes no network request, follows
 * the reader's light or dark mode, and fits a phone. It contains Vega, about half a megabyte.
 *
 * @param title plain text
 * @param sections parts of the page, in order
 * @param note plain text below the title. @default ''
 * @returns HTML
 * @throws Error if Vega-Lite rejects a specification
 */
export function renderHtml(title: string, sections: readonly PageSection[], note = ''): string {
  const figures = sections.filter((section) => 'spec' in section);
  const parts = sections.map((section) => renderSection(section, figures.indexOf(section as (typeof figures)[number])));
  // Vega turns the description into the figure's accessible label.
  const specs = figures.map(({ heading, spec }) => ({ description: heading, ...compileFigure(spec) }));
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
${renderNote(note)}
${parts.join('\n')}
</main>
<script>${readVega()}</script>
<script type="application/json" id="specs">${embedJson(specs)}</script>
<script>${DRAW}</script>
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

const STYLE = `
:root { color-scheme: light dark; color: #1f2328; background: #fff; }
@media (prefers-color-scheme: dark) { :root { color: #e6e8eb; background: #16181c; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.15rem; margin: 2rem 0 0; }
p { margin: 0.25rem 0; opacity: 0.8; white-space: pre-line; overflow-wrap: anywhere; }
figure { margin: 0.5rem 0; width: 100%; overflow-x: auto; }
figure svg { display: block; color: inherit; }
.table, .facts { overflow-x: auto; margin: 0.5rem 0; }
.facts td { overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 0.875rem; }
th, td { padding: 0.15rem 1rem 0.15rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #8884; }
th { font-weight: 600; }
pre { font-size: 0.8125rem; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.75rem; background: #8882; }
.slider { display: flex; gap: 0.75rem; align-items: center; max-width: 40rem; }
.slider input { flex: 1; min-width: 6rem; }
.slider output { min-width: 7rem; font-variant-numeric: tabular-nums; }
.slider button { font: inherit; min-width: 4.5rem; min-height: 2.25rem; }
`;

const DRAW = `
const specs = JSON.parse(document.getElementById('specs').textContent);
const views = specs.map((spec, i) => {
  const place = document.getElementById('figure-' + i);
  const view = new vega.View(vega.parse(spec), { renderer: 'svg', container: place, hover: true });
  const draw = () => {
    // Vega lays out a legend before it knows its own width, so the page sets the columns.
    const columns = Math.max(1, Math.min(4, Math.floor((place.clientWidth - 60) / 155)));
    if (spec.signals?.some(({ name }) => name === '${LEGEND_COLUMNS}')) view.signal('${LEGEND_COLUMNS}', columns);
    return view.runAsync();
  };
  addEventListener('resize', draw);
  draw();
  return view;
});
for (const place of document.querySelectorAll('.slider')) {
  const [button, input, output] = place.children;
  const { parameter, moments } = JSON.parse(place.dataset.slider);
  const view = views[Number(place.dataset.figure)];
  const say = () => {
    output.value = moments[input.value];
    input.setAttribute('aria-valuetext', output.value);
  };
  say();
  const show = () => {
    say();
    return view.signal(parameter, Number(input.value)).runAsync();
  };
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = 'Play';
  };
  input.addEventListener('input', () => {
    stop();
    show();
  });
  button.addEventListener('click', () => {
    if (timer !== null) return stop();
    if (input.value === input.max) input.value = 0;
    button.textContent = 'Stop';
    show();
    timer = setInterval(() => {
      input.value = Number(input.value) + 1;
      show();
      if (input.value === input.max) stop();
    }, Math.max(60, Math.min(600, 6000 / moments.length)));
  });
}
`;

/** Reads Vega's browser build, a script that sets `vega`. The package does not export it, so it is read beside the module. */
function readVega(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('vega'));
  const source = readFileSync(join(folder, 'vega.min.js'), 'utf8');
  if (/<\/script/i.test(source)) throw new Error('vega.min.js contains </script> and cannot be inlined');
  return source;
}
