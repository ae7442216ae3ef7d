import { shortNumber, textTable } from '../../src/command/text-table.ts';
import type { DscdEffect, SyntheticSummary } from './synthetic-summary.ts';

/** All settings with their best gaps. */
export function summaryTable(summaries: readonly SyntheticSummary[]): string {
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
  return `best gap\n${textTable([head, ...rows], 4)}`;
}

/** What DSCD made of every setting of Adam. */
export function effectTable(effects: readonly DscdEffect[]): string {
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
  return `median best gap of Adam without and with DSCD\n${textTable([head, ...rows], 4)}`;
}

/** By how much the gap changed, in percent of Adam's. */
function change({ alone, withDscd, verdict }: DscdEffect): string {
  if (verdict === 'tied' || alone === 0) return '';
  const percent = (100 * (withDscd - alone)) / alone;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
}

function textOf(value: string | number | null): string {
  return value === null ? '' : String(value);
}
