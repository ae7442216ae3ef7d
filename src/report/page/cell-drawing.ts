import { type Graph, instance, type Viz } from '@viz-js/viz';
import type { CellChoice } from '../../record/run-result.ts';
import { INPUT_NODES } from '../../space/cell.ts';
import { connectedNodes, runningNodes } from '../../space/genotype.ts';

/** A margin below this share of its mixing weight is thin. */
const THIN_SHARE = 0.01;

/** The rule of `isThin`, for people. */
export const THIN_RULE =
  'A margin is thin if it is below 1 % of the mixing weight: a search that goes little otherwise chooses the runner-up.';

/** A discrete cell to be drawn. */
export interface DrawnCell {
  readonly choices: readonly CellChoice[];
  /** Nodes that the output concatenates. @default all that an activation reaches */
  readonly outputs?: readonly number[];
  /** Number of intermediate nodes of the space; those that the cell does not use are drawn too. @default those named */
  readonly nodes?: number;
}

/** Whether a choice could easily have gone to its runner-up; `THIN_RULE` says when. */
export function isThin({ weight, margin }: Pick<CellChoice, 'weight' | 'margin'>): boolean {
  return weight !== null && margin !== null && margin < THIN_SHARE * weight;
}

/** Intermediate nodes that the cell does not run. */
export function unusedNodes(cell: DrawnCell): number[] {
  const { choices, outputs = connectedNodes(choices) } = cell;
  const running = new Set(runningNodes({ normal: choices, reduce: [], normalConcat: outputs }, 'normal'));
  return innerNodes(cell).filter((node) => !running.has(node));
}

function innerNodes({ choices, nodes = 0 }: DrawnCell): number[] {
  const end = Math.max(INPUT_NODES + nodes, ...choices.map(({ to }) => to + 1));
  return Array.from({ length: end - INPUT_NODES }, (_, i) => i + INPUT_NODES);
}

/** Placeholders for the surrounding text color, full and pale, which Graphviz cannot name. */
const INK = '#010203';
const PALE = '#010204';

/** Graphviz is loaded once, for the first drawing. */
let drawer: Promise<Viz> | null = null;

/**
 * Draws a discrete cell from its input nodes on the left to its output on the right, with the nodes in order. An operation
 * stands in a box of its own in the middle of its edge, with its mixing weight and its margin; a thin margin makes the box
 * dashed. Nodes that do not run are pale, and edges that no activation reaches are dotted.
 *
 * @returns an SVG element for a page, light or dark
 */
export async function drawCell(cell: DrawnCell): Promise<string> {
  drawer ??= instance();
  const viz = await drawer;
  const svg = viz.renderString(toGraph(cell), { format: 'svg' });
  return svg
    .slice(svg.indexOf('<svg'))
    .replaceAll(/ (xmlns(:\w+)?|id)="[^"]*"/g, '') // a page needs no namespaces, and an id must be its only one
    .replaceAll(/<!--.*?-->\n?/gs, '')
    .replaceAll(/ (?:xml:space|text-anchor|font-family)="[^"]*"/g, '') // the page's style sets them
    .replaceAll(/ (?:d|points|c?[xy])="[^"]*"/g, (places) => places.replaceAll(/(\.\d)\d+/g, '$1'))
    .replaceAll(INK, 'currentColor')
    .replaceAll(new RegExp(`(fill|stroke)="${PALE}"`, 'g'), '$1="currentColor" $1-opacity="0.45"')
    .trim();
}

/** Puts a cell in words, for those who do not see its drawing. */
export function describeCell({ choices, outputs = connectedNodes(choices) }: DrawnCell): string {
  const byNode = Map.groupBy(choices, ({ to }) => to);
  const sums = [...byNode]
    .toSorted(([a], [b]) => a - b)
    .map(
      ([to, own]) =>
        `node ${to} sums ${own.map(({ primitive, from }) => `${primitive} of node ${from}`).join(' and ')}`,
    );
  const joined = outputs.toSorted((a, b) => a - b).map((node) => `node ${node}`);
  return [...sums, `the output joins ${joined.length === 0 ? 'no node' : joined.join(' and ')}`].join('; ');
}

function toGraph(cell: DrawnCell): Graph {
  const { choices, outputs = connectedNodes(choices) } = cell;
  const reached = new Set(connectedNodes(choices));
  const unused = new Set(unusedNodes(cell));
  const isFed = (node: number): boolean => node < INPUT_NODES || reached.has(node);
  const inner = innerNodes(cell);
  const circles = inner.map((node) => {
    const named = isFed(node) || choices.some(({ to }) => to === node);
    const pale = unused.has(node) ? { color: PALE, fontcolor: PALE } : {};
    return {
      name: `node ${node}`,
      attributes: { label: String(node), group: 'nodes', style: named && !isFed(node) ? 'dotted' : 'solid', ...pale },
    };
  });
  const boxes = choices.map((choice, i) => ({
    name: `operation ${i}`,
    attributes: {
      label: labelOf(choice),
      shape: 'box',
      style: isThin(choice) ? 'rounded,dashed' : 'rounded',
      color: isFed(choice.from) ? colorOf(choice.primitive) : PALE,
      ...{ fontsize: 11, height: 0.3, margin: '0.16,0.05' }, // a browser's font may be wider than Graphviz thinks
    },
  }));
  const halves = choices.flatMap(({ primitive, from, to }, i) => {
    const attributes = { color: colorOf(primitive), style: isFed(from) ? 'solid' : 'dotted' };
    return [
      { tail: `node ${from}`, head: `operation ${i}`, attributes: { ...attributes, dir: 'none' } },
      { tail: `operation ${i}`, head: `node ${to}`, attributes },
    ];
  });
  const joins = outputs
    .toSorted((a, b) => a - b)
    .map((node) => ({
      tail: `node ${node}`,
      head: 'output',
      attributes: { style: 'dashed', color: PALE, penwidth: 1 },
    }));
  // Unseen edges keep the nodes in order, and the output behind them.
  const order = inner.map((node) => {
    const head = node === inner.at(-1) ? 'output' : `node ${node + 1}`;
    return { tail: `node ${node}`, head, attributes: { style: 'invis', weight: 20 } };
  });
  const inputs = Array.from({ length: INPUT_NODES }, (_, node) => ({
    name: `node ${node}`,
    attributes: { label: `input ${node}`, shape: 'box' },
  }));
  return {
    graphAttributes: { rankdir: 'LR', bgcolor: 'transparent', nodesep: 0.18, ranksep: 0.28 },
    nodeAttributes: {
      ...{ shape: 'circle', fontname: 'Helvetica', fontsize: 13, margin: 0.04 },
      ...{ color: INK, fontcolor: INK },
    },
    edgeAttributes: { color: INK, arrowsize: 0.7, penwidth: 1.5 },
    nodes: [...circles, ...boxes, { name: 'output', attributes: { label: 'output', shape: 'box' } }],
    edges: [...halves, ...joins, ...order],
    subgraphs: [
      {
        graphAttributes: { rank: 'same' },
        nodes: inputs,
        edges: [{ tail: 'node 0', head: 'node 1', attributes: { style: 'invis' } }],
      },
    ],
  };
}

function labelOf(choice: CellChoice): string {
  const { primitive, weight, margin } = choice;
  const lines = [
    primitive,
    weight === null ? '' : weight.toFixed(3),
    margin === null ? '' : `${isThin(choice) ? 'thin ' : ''}margin ${margin.toFixed(3)}`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** Color of a primitive's edge, visible on white and on black. */
function colorOf(primitive: CellChoice['primitive']): string {
  if (primitive.startsWith('sep_')) return '#3b8fe8';
  if (primitive.startsWith('dil_')) return '#9457d6';
  return primitive === 'skip_connect' ? '#3fa34d' : '#e8743b'; // the pools
}
