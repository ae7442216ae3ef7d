import { type LoggerInterface as Logger, mergeConfig, parse, type Spec, type Config as VegaConfig, View } from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';

/** Vega-Lite specification of a figure, as plain data. */
export type FigureSpec = TopLevelSpec;

/** Look of all figures: text and lines take the surrounding text color, so one drawing serves light and dark. */
const LOOK: Config = {
  background: 'transparent',
  padding: 8,
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    domainColor: 'currentColor',
    domainOpacity: 0.4,
    gridColor: 'currentColor',
    gridOpacity: 0.12,
    tickColor: 'currentColor',
    tickOpacity: 0.4,
    labelColor: 'currentColor',
    labelFontSize: 11,
    titleColor: 'currentColor',
    titleFontSize: 12,
    titleFontWeight: 'normal',
  },
  legend: {
    labelColor: 'currentColor',
    labelFontSize: 12,
    labelLimit: 240,
    symbolSize: 200,
    symbolStrokeWidth: 3,
    titleColor: 'currentColor',
    titleFontSize: 12,
    titleFontWeight: 'normal',
  },
  title: {
    color: 'currentColor',
    subtitleColor: 'currentColor',
    fontSize: 15,
    fontWeight: 600,
    anchor: 'start',
  },
  text: { color: 'currentColor', fontSize: 11 },
  rule: { color: 'currentColor' },
};

/** Stacks the legends below a figure: side by side they would not fit a phone. */
const LEGENDS: VegaConfig = { legend: { layout: { bottom: { direction: 'vertical', anchor: 'start', margin: 10 } } } };

/** Colors of a standalone file: dark if the system is dark. Viewers without media queries show the light ones. */
const STYLE =
  '<style>svg{color:#1f2328;background:#fff}' +
  '@media (prefers-color-scheme:dark){svg{color:#e6e8eb;background:#16181c}}</style>';

/**
 * Draws a figure as a standalone file. The same figure gives the same text on every machine, because Vega estimates
 * the width of letters by itself.
 *
 * @returns SVG
 * @throws Error if Vega-Lite rejects the specification
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

/**
 * Compiles a figure to the specification that Vega draws, in the look of all figures.
 *
 * @throws Error if Vega-Lite rejects the specification or warns about it
 */
export function compileFigure(spec: FigureSpec): Spec {
  const faults: string[] = [];
  const note = (...parts: readonly unknown[]): Logger => {
    faults.push(parts.join(' '));
    return logger;
  };
  const logger: Logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  const compiled = compile(spec, { config: LOOK, logger });
  if (faults.length > 0) throw new Error(`Vega-Lite rejects the figure: ${faults.join('; ')}`);
  return { ...compiled.spec, config: mergeConfig(compiled.spec.config ?? {}, LEGENDS) };
}
