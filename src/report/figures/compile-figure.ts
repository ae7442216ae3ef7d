import { type LoggerInterface as Logger, mergeConfig, type Spec, type Config as VegaConfig } from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';

/** A Vega-Lite specification: what a figure is, as plain data. */
export type FigureSpec = TopLevelSpec;

/**
 * The look of all figures. Lines and letters have the color of the text around them, and nothing has a background: so
 * one drawing serves light and dark.
 */
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

/** Legends below a figure stand below each other: beside each other they would not fit a phone. */
const LEGENDS: VegaConfig = { legend: { layout: { bottom: { direction: 'vertical', anchor: 'start', margin: 10 } } } };

/**
 * The figure as Vega itself draws it, in the look that all figures share.
 *
 * @throws Error where Vega-Lite finds fault with it, even where it would go on with a warning
 */
export function compileFigure(spec: FigureSpec): Spec {
  const faults: string[] = [];
  const note = (...parts: readonly unknown[]): Logger => {
    faults.push(parts.join(' '));
    return logger;
  };
  const logger: Logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  const compiled = compile(spec, { config: LOOK, logger });
  if (faults.length > 0) throw new Error(`the figure is not as Vega-Lite wants it: ${faults.join('; ')}`);
  return { ...compiled.spec, config: mergeConfig(compiled.spec.config ?? {}, LEGENDS) };
}
