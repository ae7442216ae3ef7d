import { type Graph, instance, type Viz } from '@viz-js/viz';
import type { CellChoice } from '../../record/run-result.ts';
import { INPUT_NODES } from '../../space/cell.ts';
import { connectedNodes } from '../../space/genotype.ts';

/** Stands for the color of the text around the drawing, which Graphviz has no word for. */
const INK = '#010203';

/** By kind of operation; each stands out from white and from black. */
const COLORS: readonly (readonly [start: string, color: string])[] = [
  ['sep_', '#3b8fe8'],
  ['dil_', '#9457d6'],
  ['skip_', '#3fa34d'],
  ['', '#e8743b'], // the pools
];

let drawer: Promise<Viz> | null = null;

/**
 * Draws a discrete cell: its nodes from the inputs on the left to the output on the right, and on every edge what is
 * kept, with its mixing weight and the margin of the choice. Operations that no activation reaches are dotted.
 *
 * @returns an SVG element for a page, in light and dark
 */
export async function drawCell(choices: readonly CellChoice[]): Promise<string> {
  drawer ??= instance();
  const viz = await drawer;
  const svg = viz.renderString(toGraph(choices), { format: 'svg' });
  return svg
    .slice(svg.indexOf('<svg'))
    .replaceAll(/ xmlns(:\w+)?="[^"]*"/g, '') // names of formats: a page needs none
    .replaceAll(/<!--.*?-->\n?/gs, '')
    .replaceAll(INK, 'currentColor')
    .trim();
}

function toGraph(choices: readonly CellChoice[]): Graph {
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
    const color = COLORS.find(([start]) => primitive.startsWith(start))?.[1] ?? INK;
    const numbers = [weight === null ? '' : weight.toFixed(3), margin === null ? '' : `margin ${margin.toFixed(3)}`];
    const label = [primitive, numbers.filter((text) => text !== '').join(', ')]
      .filter((line) => line !== '')
      .join('\n');
    const style = isFed(from) ? 'solid' : 'dotted';
    return { tail: `node ${from}`, head: `node ${to}`, attributes: { label, color, style } };
  });
  const joins = [...reached].map((node) => ({ tail: `node ${node}`, head: 'output', attributes: { style: 'dashed' } }));
  return {
    graphAttributes: { rankdir: 'LR', bgcolor: 'transparent', nodesep: 0.3, ranksep: 0.4 },
    nodeAttributes: { shape: 'circle', fontname: 'sans-serif', fontsize: 13, color: INK, fontcolor: INK, margin: 0.03 },
    edgeAttributes: { fontname: 'sans-serif', fontsize: 11, color: INK, fontcolor: INK, arrowsize: 0.7, penwidth: 1.5 },
    nodes: [...nodes, { name: 'output', attributes: { label: 'output', shape: 'box' } }],
    edges: [...edges, ...joins],
  };
}
