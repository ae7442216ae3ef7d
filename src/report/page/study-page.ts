import { estimateImportance, type Importance } from '../../optimize/study/importance.ts';
import { bestFigure, historyFigure, importanceFigure } from '../figures/study-figures.ts';
import type { StudyRow } from '../study-table.ts';
import type { PageSection } from './page-section.ts';
import { renderHtml } from './render-html.ts';

/** Most coordinates whose history is drawn, and whose share is shown by itself. */
const MOST_HISTORIES = 12;
const MOST_SHARES = 30;

/** What a table of evaluations says. */
export interface StudySummary {
  readonly evaluations: number;
  readonly coordinates: number;
  /** Smallest finite loss; null if there is none. */
  readonly best: number | null;
  /** Number and position of its evaluation. */
  readonly number: number | null;
  readonly position: readonly number[] | null;
  /** Number of evaluations of each kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Number of proposals accepted. */
  readonly accepted: number;
  /** Number of losses that are not finite. */
  readonly notFinite: number;
  /** null if there are too few evaluations to tell. */
  readonly importance: Importance | null;
}

/** @param rows at least one */
export function summarizeStudy(rows: readonly StudyRow[]): StudySummary {
  const finite = rows.filter(({ loss }) => loss !== null);
  const best = finite.reduce<StudyRow | null>(
    (least, row) => (least === null || (row.loss as number) < (least.loss as number) ? row : least),
    null,
  );
  const kinds: Record<string, number> = {};
  for (const { kind } of rows) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return {
    evaluations: rows.length,
    coordinates: (rows[0] as StudyRow).position.length,
    best: best?.loss ?? null,
    number: best?.number ?? null,
    position: best?.position ?? null,
    kinds,
    accepted: rows.filter(({ accepted }) => accepted === true).length,
    notFinite: rows.length - finite.length,
    importance: estimateImportance(rows),
  };
}

/** Coordinates by falling share; in their own order if the shares are unknown. */
export function rankCoordinates({ coordinates, importance }: StudySummary): number[] {
  const shares = importance?.shares ?? [];
  return Array.from({ length: coordinates }, (_, i) => i).sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
}

/**
 * Makes a page about the evaluations of a run.
 *
 * @param minimum smallest loss that there is; null: unknown
 * @param chosen coordinates whose history is drawn; null: those that mattered most
 */
export function studyPage(
  rows: readonly StudyRow[],
  summary: StudySummary,
  minimum: number | null,
  chosen: readonly number[] | null,
): string {
  const ranked = rankCoordinates(summary);
  const sections: PageSection[] = [
    {
      heading: minimum === null ? 'Best loss' : 'Gap to the minimum',
      note: 'After each evaluation, the smallest finite loss so far.',
      spec: bestFigure(rows, minimum),
    },
  ];
  const { importance } = summary;
  if (importance !== null) {
    const bars = ranked
      .slice(0, MOST_SHARES)
      .map((i) => ({ name: `coordinate ${i}`, share: importance.shares[i] as number }));
    sections.push({
      heading: 'Which coordinates mattered',
      note:
        'Share of the variance of the loss that a coordinate explains by itself, over the values that were tried: main effects ' +
        'of an additive model. Interactions, noise and detail finer than a bin are unexplained.',
      spec: importanceFigure([...bars, { name: 'unexplained', share: importance.unexplained }]),
    });
  }
  for (const i of chosen ?? ranked.slice(0, MOST_HISTORIES)) {
    sections.push({ heading: `Coordinate ${i}`, spec: historyFigure(rows, i) });
  }
  return renderHtml('Evaluations of a run', sections);
}
