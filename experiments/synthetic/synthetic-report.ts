import { gapFigure, interactiveGapFigure } from '../../src/report/figures/gap-figure.ts';
import { renderSvg } from '../../src/report/figures/render-svg.ts';
import { renderHtml } from '../../src/report/page/render-html.ts';
import type { ComparisonReport } from '../comparison/comparison.ts';
import { gapStyle, toPanels } from './synthetic-figure.ts';
import type { SyntheticFlags } from './synthetic-flags.ts';
import type { SyntheticResult } from './synthetic-run.ts';
import { compareDscd, describeEffects, groupRuns, summarize } from './synthetic-summary.ts';
import { effectTable, summaryTable } from './synthetic-tables.ts';

/** What is shown of the results: tables, figures, JSON lines. */
export async function reportSynthetic(
  results: readonly SyntheticResult[],
  flags: SyntheticFlags,
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
    text: `${summaryTable(summaries)}${effects.length === 0 ? '' : `\n${effectTable(effects)}\n${verdict}\n`}`,
    files: {
      'figure3.svg': await renderSvg(gapFigure(panels, style)),
      'figure3.html': renderHtml('Adam with and without DSCD, and its rivals', figures, note),
    },
  };
}
