import { describe, expect, it } from 'vitest';
import type { CellChoice } from '../../../src/record/run-result.ts';
import { drawCell } from '../../../src/report/page/cell-sections.ts';
import { FETCHED } from '../fixtures.ts';

const CHOICES: readonly CellChoice[] = [
  { primitive: 'sep_conv_3x3', from: 0, to: 3, weight: 0.91, margin: 0.06, runnerUp: 'threshold' },
  { primitive: 'skip_connect', from: 2, to: 3, weight: 0.9, margin: null, runnerUp: null }, // nothing feeds node 2
];

/** Texts of the groups of a class. */
function texts(svg: string, kind: 'node' | 'edge'): string[] {
  return [...svg.matchAll(new RegExp(`class="${kind}">(.*?)</g>`, 'gs'))].map(([, group = '']) =>
    [...group.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, text]) => text).join(' '),
  );
}

describe('the drawing of a cell', () => {
  it('names the nodes, and on every edge the operation, its mixing weight and margin', async () => {
    const svg = await drawCell(CHOICES);
    expect(texts(svg, 'node').toSorted()).toEqual(['2', '3', 'input 0', 'input 1', 'output']);
    expect(texts(svg, 'edge')).toEqual(['sep_conv_3x3 0.910, margin 0.060', 'skip_connect 0.900', '']);
    expect(svg).toMatch(/<title>node 3&#45;&gt;output<\/title>/);
  });

  it('dots nodes and edges that no activation reaches', async () => {
    const dotted = (svg: string): number => svg.match(/stroke-dasharray="1,5"/g)?.length ?? 0;
    expect(dotted(await drawCell(CHOICES))).toBe(2); // node 2 and its outgoing edge
    expect(dotted(await drawCell(CHOICES.slice(0, 1)))).toBe(0);
  });

  it('joins the output to the nodes that it concatenates', async () => {
    const joined = (svg: string): string[] =>
      [...svg.matchAll(/<title>node (\d+)&#45;&gt;output<\/title>/g)].map(([, node = '']) => node);
    const chain = [2, 3, 4].map((to): CellChoice => ({ ...(CHOICES[1] as CellChoice), from: to - 1, to }));
    expect(joined(await drawCell(chain))).toEqual(['2', '3', '4']);
    expect(joined(await drawCell(chain, [4, 2]))).toEqual(['2', '4']);
  });

  it('takes the surrounding text color and fetches nothing', async () => {
    const svg = await drawCell(CHOICES);
    expect(svg.startsWith('<svg ')).toBe(true);
    expect(svg).not.toMatch(FETCHED);
    expect(svg).not.toMatch(/"(black|white|#010203)"/);
    expect(svg).toContain('fill="currentColor"');
  });
});
