import { type Graph, instance, type Viz } from '@viz-js/viz';
import type { Run } from '../../record/read-run.ts';
import type { CellChoice } from '../../record/run-result.ts';
import { CELL_KINDS, type CellKind, INPUT_NODES } from '../../space/cell.ts';
import { describeValidity } from '../../space/discretize.ts';
import { concatenatedNodes, connectedNodes, type Genotype, genotypeSchema } from '../../space/genotype.ts';
import type { PageSection } from './page-section.ts';

/** Draws both cells, each with its validity and the margins of its choices; no section before the cells are derived. */
export async function cellSections(run: Run): Promise<PageSection[]> {
  const sections: PageSection[] = [];
  for (const cell of CELL_KINDS) {
    const choices = choicesOf(run, cell);
    if (choices === null) continue;
    const heading = nameOfCell(cell);
    const empty = choices.length === 0;
    const note = [validityOf(run, cell), empty ? 'The cell keeps no operation.' : ''].filter((text) => text !== '');
    sections.push({
      heading,
      note: note.join('\n'),
      ...(empty ? {} : { svg: await drawCell(choices, outputsOf(run, cell, choices)) }),
    });
    if (choices.some(({ weight }) => weight !== null)) {
      sections.push({
        heading: `${heading}: its choices`,
        note: 'The margin is how far the mixing weight can fall, all else equal, before the runner-up (another operation or the threshold) ends the choice.',
        columns: ['operation', 'from', 'to', 'mixing weight', 'margin', 'runner-up'],
        rows: choices.map(({ primitive, from, to, weight, margin, runnerUp }) => [
          primitive,
          String(from),
          String(to),
          weight?.toFixed(4) ?? '',
          margin?.toFixed(4) ?? '',
          describeRunnerUp(runnerUp),
        ]),
      });
    }
  }
  return sections;
}

/** Says whether a cell is valid, degenerate or invalid, and why; empty while the cell is not derived. */
export function validityOf({ result }: Run, cell: CellKind): string {
  const derived = result?.cells?.[cell];
  return derived === undefined ? '' : describeValidity(derived);
}

/** Whether a derived cell is invalid or degenerate. */
export function isFaulty({ result }: Run, cell: CellKind): boolean {
  const derived = result?.cells?.[cell];
  return derived !== undefined && (!derived.valid || derived.degenerate);
}

/** Names a cell for a heading. */
export function nameOfCell(cell: CellKind): string {
  return cell === 'normal' ? 'Normal cell' : 'Reduction cell';
}

/** A retraining was given its cells, so its choices have no mixing weights and no margins. */
function choicesOf(run: Run, cell: CellKind): CellChoice[] | null {
  const derived = run.result?.cells?.[cell].choices;
  if (derived !== undefined) return derived;
  const genotype = genotypeOf(run);
  return genotype?.[cell].map((entry) => ({ ...entry, weight: null, margin: null, runnerUp: null })) ?? null;
}

function genotypeOf({ record, result }: Pick<Run, 'record' | 'result'>): Genotype | undefined {
  return result?.genotype ?? genotypeSchema.safeParse(record.options.genotype).data;
}

/** Nodes that the cell's output concatenates. A derived cell concatenates all that an activation reaches. */
function outputsOf(run: Run, cell: CellKind, choices: readonly CellChoice[]): number[] {
  const genotype = run.result?.cells ? undefined : genotypeOf(run);
  return genotype === undefined ? connectedNodes(choices) : concatenatedNodes(genotype, cell);
}

function describeRunnerUp(runnerUp: CellChoice['runnerUp']): string {
  if (runnerUp === null) return '';
  if (runnerUp === 'threshold') return runnerUp;
  return `${runnerUp.primitive} from ${runnerUp.from} to ${runnerUp.to}`;
}

/** Placeholder for the surrounding text color, which Graphviz cannot name. */
const INK = '#010203';

/** Graphviz is loaded once, for the first drawing. */
let drawer: Promise<Viz> | null = null;

/**
 * Draws a discrete cell from its input nodes on the left to its output on the right. Each edge names its operation,
 * mixing weight and margin. Edges that no activation reaches are dotted.
 *
 * @param outputs nodes that the output concatenates. @default all that an activation reaches
 * @returns an SVG element for a page, light or dark
 */
export async function drawCell(
  choices: readonly CellChoice[],
  outputs: readonly number[] = connectedNodes(choices),
): Promise<string> {
  drawer ??= instance();
  const viz = await drawer;
  const svg = viz.renderString(toGraph(choices, outputs), { format: 'svg' });
  return svg
    .slice(svg.indexOf('<svg'))
    .replaceAll(/ xmlns(:\w+)?="[^"]*"/g, '') // a page needs no namespaces
    .replaceAll(/<!--.*?-->\n?/gs, '')
    .replaceAll(INK, 'currentColor')
    .trim();
}

function toGraph(choices: readonly CellChoice[], outputs: readonly number[]): Graph {
  const reached = new Set(connectedNodes(choices));
  const named = new Set([0, 1, ...choices.flatMap(({ from, to }) => [from, to])]);
  const isFed = (node: number): boolean => node < INPUT_NODES || reached.has(node);
  const nodes = [...named]
    .toSorted((a, b) => a - b)
    .map((node) => ({
      name: `node ${node}`,
      attributes:
        node < INPUT_NODES
          ? { label: `input ${node}`, shape: 'box' }
          : { label: String(node), style: isFed(node) ? 'solid' : 'dotted' },
    }));
  const edges = choices.map(({ primitive, from, to, weight, margin }) => {
    const color = colorOf(primitive);
    const numbers = [weight === null ? '' : weight.toFixed(3), margin === null ? '' : `margin ${margin.toFixed(3)}`];
    const label = [primitive, numbers.filter((text) => text !== '').join(', ')]
      .filter((line) => line !== '')
      .join('\n');
    const style = isFed(from) ? 'solid' : 'dotted';
    return { tail: `node ${from}`, head: `node ${to}`, attributes: { label, color, style } };
  });
  const joins = outputs
    .toSorted((a, b) => a - b)
    .map((node) => ({ tail: `node ${node}`, head: 'output', attributes: { style: 'dashed' } }));
  return {
    graphAttributes: { rankdir: 'LR', bgcolor: 'transparent', nodesep: 0.3, ranksep: 0.4 },
    nodeAttributes: { shape: 'circle', fontname: 'sans-serif', fontsize: 13, color: INK, fontcolor: INK, margin: 0.03 },
    edgeAttributes: { fontname: 'sans-serif', fontsize: 11, color: INK, fontcolor: INK, arrowsize: 0.7, penwidth: 1.5 },
    nodes: [...nodes, { name: 'output', attributes: { label: 'output', shape: 'box' } }],
    edges: [...edges, ...joins],
  };
}

/** Color of a primitive's edge, visible on white and on black. */
function colorOf(primitive: CellChoice['primitive']): string {
  if (primitive.startsWith('sep_')) return '#3b8fe8';
  if (primitive.startsWith('dil_')) return '#9457d6';
  return primitive === 'skip_connect' ? '#3fa34d' : '#e8743b'; // the pools
}
