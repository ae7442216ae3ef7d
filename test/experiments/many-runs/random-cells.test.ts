import { describe, expect, it } from 'vitest';
import { drawRandomCells } from '../../../experiments/many-runs/random-cells.ts';
import { VIEWS, viewCell } from '../../../experiments/signal/supernet-view.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import { createSearchObjective } from '../../../src/search/search-objective.ts';
import { setUpSearch } from '../../../src/search/setup.ts';
import { connectedNodes } from '../../../src/space/genotype.ts';

const OPTIONS = resolveSearchOptions({ method: 'random' }, 'smoke');

describe('random cells', () => {
  it('are the same for the same seeds, whatever else is drawn', () => {
    const four = drawRandomCells(OPTIONS, 100, 4);
    expect(drawRandomCells(OPTIONS, 100, 4)).toEqual(four);
    expect(drawRandomCells({ ...OPTIONS, seed: 7 }, 100, 2)).toEqual(four.slice(0, 2));
    const [, second] = four;
    expect(drawRandomCells(OPTIONS, second?.seed ?? 0, 1)).toEqual([second]);
    const [low, high] = OPTIONS.domain;
    for (const { alpha } of four) for (const value of alpha) expect(value >= low && value <= high).toBe(true);
  });

  it('pass activations: a seed whose cells pass none is skipped', () => {
    // With so high a threshold some seeds give no valid cell.
    const cells = drawRandomCells({ ...OPTIONS, threshold: 0.99 }, 0, 20);
    expect(cells.at(-1)?.seed).toBeGreaterThan(19);
    for (const { genotype } of cells) {
      expect(connectedNodes(genotype.normal)).not.toEqual([]);
      expect(connectedNodes(genotype.reduce)).not.toEqual([]);
    }
    expect(() => drawRandomCells({ ...OPTIONS, threshold: 0.9999 }, 5, 2)).toThrow(
      'only 0 of the seeds from 5 to 204 give valid cells',
    );
  });
});

describe('the views of a cell', () => {
  it('keep all mixing weights, those of the kept operations, or ones in their places', () => {
    const { shape, objective } = setUpSearch(OPTIONS);
    for (const { alpha, genotype } of drawRandomCells(OPTIONS, 0, 5)) {
      const mixing = createSearchObjective(objective).mixing(alpha);
      const [relaxed, kept, discrete] = VIEWS.map((view) => viewCell(view, shape, mixing, genotype));
      expect(relaxed).toBe(mixing);
      for (const kind of ['normal', 'reduce'] as const) {
        const places = [...(discrete?.[kind] ?? [])].flatMap((weight, i) => (weight === 0 ? [] : [i]));
        expect(places).toHaveLength(genotype[kind].length);
        for (const [i, weight] of (discrete?.[kind] ?? []).entries()) {
          expect(weight).toBe(places.includes(i) ? 1 : 0);
          expect(kept?.[kind][i]).toBe(places.includes(i) ? mixing[kind][i] : 0);
          // What is kept reached the threshold; float32 rounds it.
          if (weight === 1) expect(mixing[kind][i]).toBeGreaterThan((OPTIONS.threshold ?? 1) - 1e-6);
        }
      }
    }
  });

  it('put each operation on its edge, in the column of its primitive', () => {
    const shape = { nodes: 2, primitives: ['max_pool_3x3', 'skip_connect'] } as const;
    // Edges 0-2, 1-2, 0-3, 1-3, 2-3.
    const mixing = { normal: new Float32Array(10).fill(0.25), reduce: new Float32Array(10).fill(0.75) };
    const genotype = {
      normal: [{ primitive: 'skip_connect', from: 1, to: 2 }],
      reduce: [{ primitive: 'max_pool_3x3', from: 2, to: 3 }],
    } as const;
    const at = (index: number, value: number): Float32Array => new Float32Array(10).fill(value, index, index + 1);
    expect(viewCell('discrete', shape, mixing, genotype)).toEqual({ normal: at(3, 1), reduce: at(8, 1) });
    expect(viewCell('kept', shape, mixing, genotype)).toEqual({ normal: at(3, 0.25), reduce: at(8, 0.75) });
  });
});
