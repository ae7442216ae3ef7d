import type { Run } from '../../record/read-run.ts';
import { isMethodName, SEARCH_METHODS } from '../../search/methods.ts';
import { describeStop } from '../../search/watches/describe-stop.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import type { Genotype } from '../../space/genotype.ts';
import { GenotypeError } from '../../space/genotype-syntax.ts';
import { writeGenotype } from '../../space/genotype-text.ts';
import { describeCell, drawCell, isThin, THIN_RULE, unusedNodes } from './cell-drawing.ts';
import { nextCommands } from './next-commands.ts';
import { escapeHtml, type PageMarkup, renderCode, renderNote } from './page-section.ts';
import { adviceFor, nameOfCell, type RunCells, validityOf } from './run-cells.ts';
import { percent } from './run-facts.ts';

/** A number of the result, and what it is. */
interface Tile {
  readonly value: string;
  readonly label: string;
}

/**
 * Shows what a run has come to: accuracies, both cells and whether they are valid, the genotype, and the commands to go
 * on with.
 *
 * @param found cells of the run; null if there are none yet
 */
export async function resultCard(run: Run, found: RunCells | null): Promise<PageMarkup> {
  const parts = [
    renderTiles(tilesOf(run)),
    renderNote(meaningOf(run)),
    renderNote(run.result?.stopped ? `The search ${describeStop(run.result.stopped)}.` : ''),
    renderNote(verdictOf(run)),
    ...(found === null ? [] : await drawCells(found)),
    ...(found === null ? [] : [`<h3>Genotype</h3>${renderCode(genotypeText(run, found.genotype))}`]),
    ...nextCommands(run).map(({ purpose, command }) => `<h3>${purpose}</h3>${renderCode(command)}`),
  ];
  return {
    heading: 'Result',
    ...(run.result === null && { note: describeLive(found) }),
    markup: parts.join(''),
  };
}

function describeLive(found: RunCells | null): string {
  const epoch = found?.epoch ?? null;
  return `The run has not ended.${epoch === null ? '' : ` These are its cells as they would be derived after epoch ${epoch}.`}`;
}

function renderTiles(tiles: readonly Tile[]): string {
  if (tiles.length === 0) return '';
  const items = tiles.map(
    ({ value, label }) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="tiles">${items.join('')}</dl>`;
}

/** Numbers of the result, or of the newest epoch while there is none. The most important comes first. */
function tilesOf({ record, epochs, result, retrained }: Run): Tile[] {
  const last = epochs.at(-1);
  const all = [
    ...(retrained === null ? [] : retrainedTiles(retrained)),
    ...(result === null || record.job === 'search' ? [] : retrainedTiles(result)),
  ];
  if (result !== null && record.job === 'search') {
    const { searchAccuracy: accuracy, searchPictures: pictures } = result;
    const supernet = (kind: string, split: keyof typeof accuracy): Tile => ({
      value: percent(accuracy[split]),
      label: `${split} accuracy of the supernet, on ${count(pictures[split])}${kind}`,
    });
    all.push(supernet('test pictures', 'test'), supernet('pictures that alpha learned from', 'validation'));
    all.push(supernet('pictures that w learned from', 'train'));
  }
  if (result === null && last !== undefined) {
    const { validation, test, epoch } = last;
    const after = `after epoch ${epoch}`;
    const searched = `validation accuracy of the supernet ${after}, on ${count(validation.pictures)}pictures`;
    const trained = `test accuracy ${after}, on ${count(test.pictures)}test pictures`;
    all.push(
      { value: percent(validation.accuracy), label: searched },
      { value: percent(test.accuracy), label: trained },
    );
  }
  return all.filter(({ value }) => value !== '');
}

function retrainedTiles({ test, parameters, macs }: NonNullable<Run['result']>): Tile[] {
  return [
    {
      value: percent(test.accuracy),
      label: `test accuracy of the retrained network, on all ${count(test.pictures)}test pictures`,
    },
    { value: magnitude(parameters), label: 'parameters of the retrained network' },
    { value: magnitude(macs), label: 'multiply-adds for a picture' },
  ];
}

/** Says what the accuracies of a search are worth. */
function meaningOf({ record: { job }, retrained, epochs, result }: Run): string {
  if (job === 'retraining' || retrained !== null || (result === null && epochs.length === 0)) return '';
  return 'The supernet holds all operations at once. Its accuracies do not tell what the cells alone reach: retrain them.';
}

/** Says whether the cells of a search are valid, and what to try if one is not. */
function verdictOf(run: Run): string {
  const told = CELL_KINDS.map((kind) => [nameOfCell(kind).toLowerCase(), validityOf(run, kind)]).filter(
    ([, text]) => text !== '',
  );
  if (told.length === 0) return '';
  if (told.every(([, text]) => text === 'valid')) return 'Both cells are valid.';
  const advice = adviceFor(run);
  return [
    ...told.map(([name, text]) => `The ${name} is ${text}.`),
    `${advice[0]?.toUpperCase()}${advice.slice(1)}.`,
  ].join('\n');
}

async function drawCells({ cells }: RunCells): Promise<string[]> {
  const drawn = await Promise.all(
    CELL_KINDS.map(async (kind) => {
      const heading = `<h3>${nameOfCell(kind)}</h3>`;
      if (cells[kind].choices.length === 0) return `${heading}${renderNote('The cell keeps no operation.')}`;
      const label = escapeHtml(`${nameOfCell(kind)}: ${describeCell(cells[kind])}`);
      const svg = await drawCell(cells[kind]);
      // The drawing shrinks to two thirds, then it scrolls.
      const least = Math.round((2 / 3) * Number(/width="(\d+)pt"/.exec(svg)?.[1] ?? 0));
      const fitting = svg.replace('<svg ', `<svg style="min-width: ${least}pt" `);
      return `${heading}<figure class="cell" role="img" aria-label="${label}" tabindex="0">${fitting}</figure>`;
    }),
  );
  const thin = CELL_KINDS.some((kind) => cells[kind].choices.some(isThin));
  const unused = CELL_KINDS.some((kind) => unusedNodes(cells[kind]).length > 0) ? 'A pale node is not used. ' : '';
  return [
    ...drawn,
    renderNote(`${unused}${thin ? `A dashed box is a choice by a thin margin. ${THIN_RULE}` : ''}`.trim()),
  ];
}

/** The genotype in the dialect of the search; that of a retraining in pairs, if pairs can write it. */
function genotypeText({ record }: Run, genotype: Genotype): string {
  const { method } = record.options;
  const triples =
    record.job === 'search' &&
    !(typeof method === 'string' && isMethodName(method) && SEARCH_METHODS[method].dialect === 'pairs');
  try {
    return writeGenotype(genotype, triples ? 'triples' : 'pairs');
  } catch (error) {
    if (!(error instanceof GenotypeError)) throw error;
    return writeGenotype(genotype, 'triples');
  }
}

/** Writes a number and a space; empty if it is unknown. */
function count(number: number | null): string {
  return number === null ? '' : `${number.toLocaleString('en')} `;
}

/** Writes a large number in three digits; empty if it is unknown. */
function magnitude(number: number | null): string {
  if (number === null) return '';
  const [unit, size] = number >= 1e6 ? [' M', 1e6] : number >= 1e3 ? [' k', 1e3] : ['', 1];
  return `${Number((number / size).toPrecision(3))}${unit}`;
}
