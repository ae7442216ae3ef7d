import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellChoice } from '../../../src/record/run-result.ts';
import { describeCell, drawCell, isThin, unusedNodes } from '../../../src/report/page/cell-drawing.ts';
import { FETCHED } from '../fixtures.ts';

const CHOICES: readonly [CellChoice, CellChoice] = [
  { primitive: 'sep_conv_3x3', from: 0, to: 3, weight: 0.91, margin: 0.06, runnerUp: 'threshold' },
  { primitive: 'skip_connect', from: 2, to: 3, weight: 0.9, margin: null, runnerUp: null }, // nothing feeds node 2
];

/** Nodes that are drawn, by name: the texts of each, its left end and whether it is pale. */
function nodesOf(svg: string) {
  const groups = svg.matchAll(/class="node">\s*<title>(.*?)<\/title>(.*?)<\/g>/gs);
  return [...groups].map(([, name = '', body = '']) => ({
    name,
    texts: [...body.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, text]) => text),
    left: Number(/<text [^>]*x="([-\d.]+)"/.exec(body)?.[1]),
    pale: /stroke-opacity/.test(body),
    dashed: /stroke-dasharray="5,2"/.test(body),
  }));
}

describe('the drawing of a cell', () => {
  it('names the nodes, and in a box on every edge the operation, its mixing weight and margin', async () => {
    const svg = await drawCell({ choices: CHOICES });
    const texts = nodesOf(svg).map((node) => node.texts.join(' '));
    expect(texts.toSorted()).toEqual([
      ...['2', '3', 'input 0', 'input 1', 'output'],
      'sep_conv_3x3 0.910 margin 0.060',
      'skip_connect 0.900',
    ]);
    for (const half of ['node 0&#45;&gt;operation 0', 'operation 0&#45;&gt;node 3', 'node 3&#45;&gt;output']) {
      expect(svg).toContain(`<title>${half}</title>`);
    }
  });

  it('has the nodes in order from left to right, whatever the edges are', async () => {
    const edge = fc.integer({ min: 2, max: 6 }).chain((to) => fc.record({ from: fc.nat(to - 1), to: fc.constant(to) }));
    await fc.assert(
      fc.asyncProperty(fc.array(edge, { minLength: 1, maxLength: 10 }), async (edges) => {
        const svg = await drawCell({ choices: edges.map((e) => ({ ...CHOICES[0], ...e })), nodes: 5 });
        const nodes = nodesOf(svg).filter(({ name }) => /^node [2-6]$|^output$/.test(name));
        expect(nodes.toSorted((a, b) => a.left - b.left).map(({ name }) => name)).toEqual([
          ...[2, 3, 4, 5, 6].map((node) => `node ${node}`),
          'output',
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it('draws unused nodes pale', async () => {
    const pale = async (cell: Parameters<typeof drawCell>[0]) => {
      const svg = await drawCell(cell);
      const drawn = nodesOf(svg).flatMap((node) =>
        node.pale && /^node/.test(node.name) ? [Number(node.name.slice(5))] : [],
      );
      expect(drawn).toEqual(unusedNodes(cell));
      return drawn;
    };
    expect(await pale({ choices: [CHOICES[0]], nodes: 4 })).toEqual([2, 4, 5]);
    expect(await pale({ choices: CHOICES })).toEqual([2]);
    // Node 3 leads nowhere if the output does not concatenate it.
    const two = [CHOICES[0], { ...CHOICES[0], to: 2 }];
    expect(await pale({ choices: two })).toEqual([]);
    expect(await pale({ choices: two, outputs: [2] })).toEqual([3]);
  });

  it('dots nodes and edges that no activation reaches', async () => {
    const dotted = (svg: string): number => svg.match(/stroke-dasharray="1,5"/g)?.length ?? 0;
    expect(dotted(await drawCell({ choices: CHOICES }))).toBe(2); // both halves of the edge from node 2
    // With a second edge from node 3 on: node 3, and both halves of that edge.
    const more = [
      { ...CHOICES[1], from: 2, to: 3 },
      { ...CHOICES[1], from: 3, to: 4 },
    ];
    expect(dotted(await drawCell({ choices: more }))).toBe(6); // and node 4, which nothing feeds either
    expect(dotted(await drawCell({ choices: CHOICES.slice(0, 1) }))).toBe(0);
  });

  it('marks a margin below 1 % of its mixing weight', async () => {
    const margins = [0.0089, 0.0091, null];
    const choices = margins.map(
      (margin, i): CellChoice => ({ ...CHOICES[1], from: i === 0 ? 0 : 1, to: i + 2, margin }),
    );
    expect(choices.map(isThin)).toEqual([true, false, false]);
    expect(isThin({ weight: null, margin: null })).toBe(false);
    const boxes = nodesOf(await drawCell({ choices })).filter(({ name }) => name.startsWith('operation'));
    expect(boxes.map(({ dashed }) => dashed)).toEqual([true, false, false]);
    expect(boxes.map(({ texts }) => texts.at(-1))).toEqual(['thin margin 0.009', 'margin 0.009', '0.900']);
  });

  it('joins the output to the nodes that it concatenates', async () => {
    const joined = (svg: string): string[] =>
      [...svg.matchAll(/<title>node (\d+)&#45;&gt;output<\/title>\s*<path fill="none" stroke="currentColor"/g)].map(
        ([, node = '']) => node,
      );
    const chain = [2, 3, 4].map((to): CellChoice => ({ ...CHOICES[1], from: to - 1, to }));
    expect(joined(await drawCell({ choices: chain }))).toEqual(['2', '3', '4']);
    expect(joined(await drawCell({ choices: chain, outputs: [4, 2] }))).toEqual(['2', '4']);
  });

  it('takes the surrounding text color and fetches nothing', async () => {
    const svg = await drawCell({ choices: CHOICES });
    expect(svg.startsWith('<svg ')).toBe(true);
    expect(svg).not.toMatch(FETCHED);
    expect(svg).not.toMatch(/"(black|white|#01020[34])"/);
    expect(svg).toContain('fill="currentColor"');
  });
});

it('a cell is put in words', () => {
  expect(describeCell({ choices: CHOICES })).toBe(
    'node 3 sums sep_conv_3x3 of node 0 and skip_connect of node 2; the output joins node 3',
  );
  expect(describeCell({ choices: [] })).toBe('the output joins no node');
});
