import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatenatedNodes,
  connectedNodes,
  type Genotype,
  type GenotypeEntry,
  genotypeSchema,
  runningNodes,
} from '../../src/space/genotype.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

const skip = (to: number, from: number): GenotypeEntry => ({ primitive: 'skip_connect', from, to });

/** Node 3 comes first, node 4 is absent, node 5 does not lead anywhere if it is not concatenated. */
const ENTRIES = [skip(3, 2), skip(2, 0), skip(5, 2), skip(6, 4)];

/** A genotype with lists, as the options of a run are resolved. */
function resolved(normalConcat?: number[]): Genotype {
  return genotypeSchema.parse({ normal: ENTRIES, reduce: ENTRIES, ...(normalConcat ? { normalConcat } : {}) });
}

describe('the nodes of a cell', () => {
  it.each<[list: number[] | undefined, concatenated: number[], running: number[]]>([
    [undefined, [3, 2, 5], [2, 3, 5]],
    [
      [2, 3, 5],
      [3, 2, 5],
      [2, 3, 5],
    ],
    [
      [2, 3, 4, 5, 6],
      [3, 2, 5],
      [2, 3, 5],
    ],
    [
      [5, 3, 2],
      [5, 3, 2],
      [2, 3, 5],
    ],
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[5], [5], [2, 5]],
    [[2], [2], [2]],
    [[6, 3, 4], [3], [2, 3]],
    [[4, 6], [], []],
  ])('of the list %j', (list, concatenated, running) => {
    const genotype = resolved(list);
    expect(concatenatedNodes(genotype, 'normal')).toEqual(concatenated);
    expect(runningNodes(genotype, 'normal')).toEqual(running);
    expect(concatenatedNodes(genotype, 'reduce')).toEqual([3, 2, 5]);
    expect(connectedNodes(genotype.normal)).toEqual([2, 3, 5]);
  });
});

describe('genotypeSchema', () => {
  it('drops a list that says nothing, so that a genotype with it and one without are the same', () => {
    expect(resolved([2, 3, 4, 5])).toStrictEqual({ normal: ENTRIES, reduce: ENTRIES });
    expect(resolved([3, 2])).toStrictEqual({ normal: ENTRIES, reduce: ENTRIES, normalConcat: [3, 2] });
  });

  it.each([[[]], [[1, 2]], [[2, 2]], [[1000]], [[2.5]], ['2']])('refuses the list %j', (normalConcat) => {
    expect(genotypeSchema.safeParse({ normal: ENTRIES, reduce: ENTRIES, normalConcat }).success).toBe(false);
  });
});

const entries = fc.array(
  fc.integer({ min: 2, max: 7 }).chain((to) =>
    fc.record({
      primitive: fc.constantFrom(...FAIR_DARTS_PRIMITIVES),
      from: fc.integer({ min: 0, max: to - 1 }),
      to: fc.constant(to),
    }),
  ),
  { maxLength: 10 },
);

/** Some nodes in some order, at least one of which exists. */
const list = (cell: readonly GenotypeEntry[]): fc.Arbitrary<number[] | undefined> => {
  const nodes = fc.shuffledSubarray([2, 3, 4, 5, 6, 7, 8], { minLength: 1 });
  return fc.option(
    nodes.filter((those) => connectedNodes(cell).some((node) => those.includes(node))),
    { nil: undefined },
  );
};

it('keeps lists through text: writing and reading a genotype gives it back', () => {
  const any = fc
    .tuple(entries, entries)
    .filter((cells) => cells.every((cell) => connectedNodes(cell).length > 0))
    .chain(([normal, reduce]) =>
      fc.record({
        normal: fc.constant(normal),
        reduce: fc.constant(reduce),
        normalConcat: list(normal),
        reduceConcat: list(reduce),
      }),
    );
  fc.assert(
    fc.property(any, (given) => {
      const genotype = genotypeSchema.parse(given);
      const text = writeGenotype(genotype, 'triples');
      expect(readGenotype(text)).toStrictEqual(genotype);
      expect(writeGenotype(readGenotype(text), 'triples')).toBe(text);
      expect(genotypeSchema.parse(genotype)).toStrictEqual(genotype);
    }),
  );
});
