import { shortNumber } from '../../src/command/format.ts';
import { textTable } from '../../src/command/text-table.ts';
import { gapFigure, interactiveGapFigure } from '../../src/report/figures/gap-figure.ts';
import { renderSvg } from '../../src/report/figures/render-svg.ts';
import { renderHtml } from '../../src/report/page/render-html.ts';
import type { ComparisonReport } from '../comparison/comparison.ts';
import { gapStyle, toPanels } from './synthetic-figure.ts';
import type { SyntheticResult } from './synthetic-run.ts';
import {
  compareDscd,
  type DscdEffect,
  describeEffects,
  groupRuns,
  type SyntheticSummary,
  summarize,
} from './synthetic-summary.ts';

/**
 * Makes tables, figures and JSON lines of the results.
 *
 * @param flags evaluations of a run, number of seeds and the first, and whether functions keep their own domains
 */
export async function reportSynthetic(
  results: readonly SyntheticResult[],
  flags: { readonly steps: number; readonly seeds: number; readonly seed: number; readonly unscaled: boolean },
): Promise<ComparisonReport> {
  const summaries = groupRuns(results).map(summarize);
  const effects = compareDscd(results);
  const panels = toPanels(results);
  const style = gapStyle(flags.seeds);
  const verdict = effects.length === 0 ? '' : `${describeEffects(effects)}.`;
  const note =
    `Best loss so far above the minimum: median, and ${style.band}. Seeds from ${flags.seed} on, ${flags.steps} evaluations, ` +
    `${flags.unscaled ? 'on the functions’ own domains' : 'in coordinates scaled to [-5, 5]'}. ${verdict}\n` +
    'A click on an entry of a legend picks out its lines; with Shift several.';
  const figures = panels.map((panel) => ({ heading: panel.title, spec: interactiveGapFigure(panel, style) }));
  return {
    lines: summaries,
    text: (columns) => {
      const effect = effects.length === 0 ? '' : `\n${effectTable(effects, columns)}\n${verdict}\n`;
      return `${summaryTable(summaries, columns)}${effect}`;
    },
    files: {
      'figure3.svg': await renderSvg(gapFigure(panels, style)),
      'figure3.html': renderHtml('Adam with and without DSCD, and its rivals', figures, note),
    },
  };
}

/** Table of all settings with their best gaps. */
function summaryTable(summaries: readonly SyntheticSummary[], columns: number): string {
  const head = ['function', 'method', 'learning rate', 'schedule', 'median', 'min', 'max', 'evaluations', 'gradients'];
  const rows = summaries.map((summary) => [
    summary.function,
    summary.method,
    textOf(summary.learningRate),
    textOf(summary.schedule),
    shortNumber(summary.bestGap.median),
    shortNumber(summary.bestGap.min),
    shortNumber(summary.bestGap.max),
    String(summary.evaluations),
    String(summary.gradients),
  ]);
  return `best gap\n${textTable([head, ...rows], 4, { columns })}`;
}

/** Table of the gain that DSCD brings to every setting of Adam. */
function effectTable(effects: readonly DscdEffect[], columns: number): string {
  const head = ['function', 'learning rate', 'schedule', 'DSCD', 'adam', 'adam+dscd', 'change', 'seeds it won'];
  const rows = effects.map((effect) => [
    effect.function,
    textOf(effect.learningRate),
    textOf(effect.schedule),
    effect.verdict,
    shortNumber(effect.alone),
    shortNumber(effect.withDscd),
    change(effect),
    `${effect.wins} of ${effect.seeds}`,
  ]);
  return `median best gap of Adam without and with DSCD\n${textTable([head, ...rows], 4, { columns })}`;
}

/** Change of the gap in percent of Adam's. */
function change({ alone, withDscd, verdict }: DscdEffect): string {
  if (verdict === 'tied' || alone === 0) return '';
  const percent = (100 * (withDscd - alone)) / alone;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
}

function textOf(value: string | number | null): string {
  return value === null ? '' : String(value);
}
