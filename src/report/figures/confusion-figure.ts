import type { RunPredictions } from '../../record/prediction-file.ts';
import { containerWidth } from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

/** Height of a row, in pixels. */
const ROW = 10;

/**
 * Maps a confusion matrix of many classes to colors, for a page: a row per label, a column per prediction. The color is
 * the share of the label's pictures.
 */
export function confusionFigure({ classes, confusion }: Pick<RunPredictions, 'classes' | 'confusion'>): FigureSpec {
  // By number: two classes of one name would share a row.
  const values = confusion.flatMap((row, i) => {
    const all = row.reduce((sum, pictures) => sum + pictures, 0);
    return row.flatMap((n, j) => (n === 0 ? [] : [{ i, j, n, s: Math.round((1e3 * n) / all) / 1e3 }]));
  });
  // Separators of lines, which JSON allows, end a text in Vega's expressions.
  const names = JSON.stringify(classes).replaceAll(/[\u2028\u2029]/g, ' ');
  const axis = (title: string, more: object = {}) => ({
    type: 'nominal',
    title,
    scale: { domain: classes.map((_, i) => i) },
    axis: { labelExpr: `${names}[datum.value]`, labelFontSize: 8, labelOverlap: true, ...more },
  });
  return {
    ...containerWidth(),
    height: ROW * classes.length,
    data: { values },
    transform: ['i', 'j'].map((field) => ({
      calculate: `${names}[datum.${field}]`,
      as: `${field}Name`,
    })),
    mark: { type: 'rect' },
    encoding: {
      y: { field: 'i', ...axis('label') },
      x: { field: 'j', ...axis('prediction', { labelAngle: -90, orient: 'top' }) },
      color: {
        field: 's',
        type: 'quantitative',
        scale: { type: 'sqrt', domain: [0, 1], scheme: 'viridis' },
        legend: { orient: 'bottom', title: 'share of the label’s pictures', direction: 'horizontal', format: '.0%' },
      },
      tooltip: [
        { field: 'iName', title: 'label' },
        { field: 'jName', title: 'prediction' },
        { field: 'n', title: 'pictures' },
        { field: 's', title: 'share', format: '.1%' },
      ],
    },
  } as FigureSpec;
}
