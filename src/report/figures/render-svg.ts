import { parse, View } from 'vega';
import { compileFigure, type FigureSpec } from './compile-figure.ts';

/** Light, and dark where the reader's system is. Viewers that know no media queries show the first. */
const STYLE =
  '<style>svg{color:#1f2328;background:#fff}' +
  '@media (prefers-color-scheme:dark){svg{color:#e6e8eb;background:#16181c}}</style>';

/**
 * Draws a figure as a file of its own. The same figure gives the same text on every machine: letters are measured by
 * Vega's own estimate.
 *
 * @returns SVG
 * @throws Error where the specification is at fault
 */
export async function renderSvg(spec: FigureSpec): Promise<string> {
  const view = new View(parse(compileFigure(spec)), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return `${svg.replace(/^<svg [^>]*>/, (opening) => opening + STYLE)}\n`;
  } finally {
    view.finalize();
  }
}
