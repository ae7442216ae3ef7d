import { describe, expect, it } from 'vitest';
import type { RunPredictions } from '../../../src/record/prediction-file.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { renderSection } from '../../../src/report/page/page-section.ts';
import { predictionSections } from '../../../src/report/page/prediction-sections.ts';
import { PREDICTIONS, texts } from '../fixtures.ts';

/** The section of a heading, as HTML. */
function html(heading: string, predictions: RunPredictions = PREDICTIONS): string {
  const section = predictionSections(predictions).find((each) => each.heading === heading);
  if (section === undefined) throw new Error(`there is no section ${heading}`);
  return renderSection(section, 0);
}

/** Rows of a table, each the texts of its cells. */
function rows(markup: string): string[][] {
  const body = markup.slice(markup.indexOf('<tbody>'));
  return [...body.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, text = '']) => text),
  );
}

/** So many classes, each of ten pictures, of which one is taken for the next class. */
function many(count: number): RunPredictions {
  const confusion = Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (_, j) => (i === j ? 9 : j === (i + 1) % count ? 1 : 0)),
  );
  const classes = Array.from({ length: count }, (_, i) => `class ${i}`);
  return { classes, pictures: 10 * count, confusion, mistakes: [] };
}

const headings = (predictions: RunPredictions) => predictionSections(predictions).map(({ heading }) => heading);

describe('the predictions on a page', () => {
  it('have a matrix of numbers', () => {
    const matrix = html('Confusion matrix');
    expect(rows(matrix)).toEqual([
      ['cat', '2', '1', '0'],
      ['dog &quot;&lt;b&gt;&#39;', '2', '3', '0'],
      ['owl', '0', '0', '0'],
    ]);
    expect(matrix).not.toContain('NaN');
    expect(matrix.match(/class="right"/g)).toHaveLength(3);
  });

  it('have the accuracy of each class', () => {
    expect(rows(html('Accuracy by class'))).toEqual([
      ['dog &quot;&lt;b&gt;&#39;', '60.00 %', '3', '5', 'cat (2)'],
      ['cat', '66.67 %', '2', '3', 'dog &quot;&lt;b&gt;&#39; (1)'],
      ['owl', '', '0', '0', ''],
    ]);
  });

  it('have the mistakes as pictures, with label, prediction and probability', () => {
    const mistakes = html('Likeliest mistakes');
    expect(mistakes).toContain('<img src="data:image/png;base64,AAAA" alt="test picture 5"');
    expect(mistakes).toContain('dog &quot;&lt;b&gt;&#39; → cat<br><small>75.00 %, picture 5</small>');
    expect(mistakes.match(/<img/g)).toHaveLength(3);
  });

  it('map the matrix of many classes to colors, and leave out that of too many', async () => {
    const [map] = predictionSections(many(21));
    if (map === undefined || !('spec' in map)) throw new Error('21 classes must have a map');
    const svg = await renderSvg(map.spec);
    expect(svg.match(/aria-roledescription="rect mark"/g)).toHaveLength(2 * 21);
    expect(texts(svg)).toEqual(expect.arrayContaining(['class 0', 'class 20', 'prediction']));
    expect(headings(many(100))).toContain('Confusion matrix');
    expect(headings(many(101))).toEqual(['Accuracy by class', 'Most confused classes']);
    expect(rows(html('Accuracy by class', many(101)))).toHaveLength(100);
    expect(html('Accuracy by class', many(101))).toContain('These are the 100 lowest of 101.');
    expect(rows(html('Most confused classes', many(101)))).toHaveLength(20);
  });

  it('draw classes of any names', async () => {
    const { classes, ...rest } = many(21);
    const [map] = predictionSections({ ...rest, classes: classes.with(3, 'a\'b"c\\d</script>\u2028') });
    if (map === undefined || !('spec' in map)) throw new Error('21 classes must have a map');
    expect(texts(await renderSvg(map.spec)).join()).toContain('a\'b"c\\d&lt;/script&gt;');
  });

  it('without mistakes have no pairs and no pictures', () => {
    const right = {
      ...many(2),
      confusion: [
        [10, 0],
        [0, 10],
      ],
    };
    expect(headings(right)).toEqual(['Confusion matrix', 'Accuracy by class']);
  });
});
