import type { RunPredictions } from '../../record/prediction-file.ts';
import { confusionFigure } from '../figures/confusion-figure.ts';
import { classAccuracies, confusedPairs } from './confusion.ts';
import { escapeHtml, type PageSection, renderFrame } from './page-section.ts';
import { percent } from './run-facts.ts';

/** Most classes whose confusion is a table of numbers; more are a map of colors. */
const MOST_IN_TABLE = 20;

/** Most classes whose confusion is shown whole. */
const MOST_IN_MAP = 100;

/** Most confused pairs that are listed. */
const MOST_PAIRS = 20;

/** Most of a cell's color that covers the background: text stays readable on it. */
const COVER = 0.65;

/** Shows what a retrained network takes the test pictures for. */
export function predictionSections(predictions: RunPredictions): PageSection[] {
  return [
    ...confusionSections(predictions),
    classSection(predictions),
    ...pairSections(predictions),
    ...mistakeSections(predictions),
  ];
}

function confusionSections(predictions: RunPredictions): PageSection[] {
  const { classes, pictures } = predictions;
  const heading = 'Confusion matrix';
  const which = `All ${pictures.toLocaleString('en')} test pictures: a row per label, a column per prediction.`;
  if (classes.length > MOST_IN_MAP) return [];
  if (classes.length > MOST_IN_TABLE) {
    const note = `${which} Point at a square to see its classes and its number of pictures.`;
    return [{ heading, note, alt: `${heading} of ${classes.length} classes`, spec: confusionFigure(predictions) }];
  }
  const note = `${which} Blue are those that are right; the stronger a color, the larger the share of the label’s pictures.`;
  return [{ heading, note, markup: renderFrame('table', heading, renderMatrix(predictions)) }];
}

function renderMatrix({ classes, confusion }: RunPredictions): string {
  const names = classes.map(escapeHtml);
  const head = names.map((name) => `<th scope="col"><span>${name}</span></th>`).join('');
  const rows = confusion.map((row, i) => {
    const all = Math.max(
      1,
      row.reduce((sum, pictures) => sum + pictures, 0),
    );
    const cells = row.map((pictures, j) => {
      const share = (COVER * Math.sqrt(pictures / all)).toFixed(3);
      return `<td${i === j ? ' class="right"' : ''} style="--share:${share}">${pictures}</td>`;
    });
    return `<tr><th scope="row">${names[i]}</th>${cells.join('')}</tr>`;
  });
  return `<table class="confusion"><thead><tr><th>label, prediction</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function classSection(predictions: RunPredictions): PageSection {
  const all = classAccuracies(predictions);
  const shown = all.slice(0, MOST_IN_MAP);
  const rows = shown.map(({ name, pictures, correct, accuracy, mostly }) => {
    const cells = [name, correct.toLocaleString('en'), pictures.toLocaleString('en')];
    const other = mostly === null ? '' : `${mostly.name} (${mostly.pictures})`;
    const bar = `<td class="bar" style="--share:${(100 * (accuracy ?? 0)).toFixed(1)}%">${percent(accuracy)}</td>`;
    const [first, ...rest] = cells.map((text) => `<td>${escapeHtml(text)}</td>`);
    return `<tr>${first}${bar}${rest.join('')}<td>${escapeHtml(other)}</td></tr>`;
  });
  const heading = 'Accuracy by class';
  const head = ['class', 'accuracy', 'right', 'pictures', 'else mostly taken for'].map((text) => `<th>${text}</th>`);
  const table = `<table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return {
    heading,
    note: `The lowest first.${shown.length < all.length ? ` These are the ${shown.length} lowest of ${all.length}.` : ''}`,
    markup: renderFrame(shown.length > MOST_IN_TABLE ? 'table tall' : 'table', heading, table),
  };
}

function pairSections(predictions: RunPredictions): PageSection[] {
  const all = confusedPairs(predictions);
  if (all.length === 0) return [];
  return [
    {
      heading: 'Most confused classes',
      note: `Pictures of one class that are taken for another: ${Math.min(MOST_PAIRS, all.length)} of ${all.length} pairs.`,
      columns: ['label', 'prediction', 'pictures', 'share of the label’s'],
      rows: all
        .slice(0, MOST_PAIRS)
        .map(({ label, predicted, pictures, share }) => [label, predicted, String(pictures), percent(share)]),
    },
  ];
}

function mistakeSections({ classes, mistakes }: RunPredictions): PageSection[] {
  if (mistakes.length === 0) return [];
  const items = mistakes.map(({ index, label, predicted, probability, png }) => {
    const [right, wrong] = [label, predicted].map((k) => escapeHtml(classes[k] as string));
    return (
      `<figure><img src="${png}" alt="test picture ${index}" width="96" height="96">` +
      `<figcaption>${right} → ${wrong}<br><small>${percent(probability)}, picture ${index}</small></figcaption></figure>`
    );
  });
  return [
    {
      heading: 'Likeliest mistakes',
      note: 'The test pictures that the network takes for another class with the greatest probability: label → prediction.',
      markup: `<div class="pictures">${items.join('')}</div>`,
    },
  ];
}
