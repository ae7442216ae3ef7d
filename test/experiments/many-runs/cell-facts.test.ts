import { expect, it } from 'vitest';
import { describeCells, hasDegenerateCell } from '../../../experiments/many-runs/cell-facts.ts';
import { deriveCells } from '../../../src/search/derive.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import { createAlphaOptimizer, setUpSearch } from '../../../src/search/setup.ts';
import { CELL_KINDS } from '../../../src/space/cell.ts';

it('says of cells what their derivation says', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    // A threshold that few operations reach, so that some cells are degenerate and some invalid.
    const options = resolveSearchOptions({ method: 'random', threshold: 0.99, seed }, 'quick');
    const setup = setUpSearch(options);
    const alpha = createAlphaOptimizer(options, setup).position;
    const { genotype, cells } = deriveCells(setup.method, options.threshold, setup.shape, alpha);
    const facts = describeCells(genotype, options.nodes);
    for (const kind of CELL_KINDS) {
      const { valid, degenerate, choices, connectedNodes } = cells[kind];
      expect(facts[kind]).toEqual({ valid, degenerate, operations: choices.length, usedNodes: connectedNodes.length });
      seen.add(`${valid} ${degenerate}`);
    }
    expect(hasDegenerateCell(facts)).toBe(cells.normal.degenerate || cells.reduce.degenerate);
  }
  expect([...seen].sort()).toEqual(['false false', 'true false', 'true true']);
});
