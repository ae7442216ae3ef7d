import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Genotype, GenotypeEntry } from '../../src/space/genotype.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

type GoldenEntry = [primitive: string, ...numbers: number[]];
interface GoldenNetwork {
  readonly notation: 'op-from' | 'op-to-from';
  readonly genotype: { readonly [cell in 'normal' | 'reduce']: GoldenEntry[] };
}

// Published genotypes; see README.md of the golden data.
const golden = JSON.parse(readFileSync(new URL('../golden/network-counts.json', import.meta.url), 'utf8')) as {
  networks: Record<string, GoldenNetwork>;
};

/** The text in which a golden genotype was published. */
function published({ normal, reduce }: GoldenNetwork['genotype'], concat = 'range(2, 6)'): string {
  const list = (entries: GoldenEntry[]): string =>
    `[${entries.map(([primitive, ...numbers]) => `('${primitive}', ${numbers.join(', ')})`).join(', ')}]`;
  return `Genotype(normal=${list(normal)}, normal_concat=${concat}, reduce=${list(reduce)}, reduce_concat=${concat})`;
}

/** A genotype of which only the normal cell matters, as text. */
const withNormal = (normal: string, concat = 'range(2, 3)'): string =>
  `Genotype(normal=${normal}, normal_concat=${concat}, reduce=[], reduce_concat=range(2, 2))`;

const entryInto = (to: number): fc.Arbitrary<GenotypeEntry> =>
  fc.record({
    primitive: fc.constantFrom(...FAIR_DARTS_PRIMITIVES),
    from: fc.integer({ min: 0, max: to - 1 }),
    to: fc.constant(to),
  });

/** Two operations into every node, ordered by node. */
const pairedCell = fc
  .integer({ min: 0, max: 6 })
  .chain((nodes) => fc.tuple(...Array.from({ length: 2 * nodes }, (_, i) => entryInto(2 + Math.floor(i / 2)))));

const freeCell = fc.array(fc.integer({ min: 2, max: 8 }).chain(entryInto), { maxLength: 12 });

describe('the published genotypes', () => {
  it.each(Object.entries(golden.networks))('%s is read, and written as it was', (_, { genotype, notation }) => {
    const read = readGenotype(published(genotype));
    for (const cell of ['normal', 'reduce'] as const) {
      const expected = genotype[cell].map(([primitive, ...numbers], i) =>
        notation === 'op-from'
          ? { primitive, from: numbers[0], to: 2 + Math.floor(i / 2) }
          : { primitive, to: numbers[0], from: numbers[1] },
      );
      expect(read[cell]).toEqual(expected);
    }
    expect(writeGenotype(read, notation === 'op-from' ? 'pairs' : 'triples')).toBe(published(genotype));
    expect(readGenotype(published(genotype, '[2, 3, 4, 5]'))).toEqual(read);
  });
});

describe('round trips', () => {
  it('are exact in triples, whatever the genotype', () => {
    fc.assert(
      fc.property(fc.record({ normal: freeCell, reduce: freeCell }), (genotype: Genotype) => {
        expect(readGenotype(writeGenotype(genotype, 'triples'))).toEqual(genotype);
      }),
    );
  });

  it('are exact up to the largest node', () => {
    const cell: GenotypeEntry[] = [{ primitive: 'skip_connect', from: 0, to: 999 }];
    const genotype = { normal: cell, reduce: cell };
    expect(readGenotype(writeGenotype(genotype, 'triples'))).toEqual(genotype);
  });

  it('are exact in pairs where every node has two operations', () => {
    fc.assert(
      fc.property(fc.record({ normal: pairedCell, reduce: pairedCell }), (genotype: Genotype) => {
        expect(readGenotype(writeGenotype(genotype, 'pairs'))).toEqual(genotype);
      }),
    );
  });
});

describe('readGenotype', () => {
  it('takes what Python takes: names, comments, either quote, tuples, closing commas', () => {
    const text = `# found after 50 epochs
      DSCD = Genotype(
        reduce_concat = (2,),   # last first
        reduce = (("max_pool_3x3", 1), ["skip_connect", 0],),
        normal = [
          ('sep_conv_3x3', 0), # input
          ('dil_conv_5x5', 1),
        ],
        normal_concat = range(2, 3),
      )`;
    expect(writeGenotype(readGenotype(text), 'pairs')).toBe(
      "Genotype(normal=[('sep_conv_3x3', 0), ('dil_conv_5x5', 1)], normal_concat=range(2, 3), reduce=[('max_pool_3x3', 1), ('skip_connect', 0)], reduce_concat=range(2, 3))",
    );
  });

  it.each(['03/20 07:54:12 PM genotype = ', '2020-03-20 07:54:12,123 genotype = ', '03/20 07:54:12 PM '])(
    'reads a line of a log: %s…',
    (start) => {
      const text = withNormal("[('sep_conv_3x3', 0), ('dil_conv_5x5', 1)]");
      expect(readGenotype(`${start}${text}\n`)).toEqual(readGenotype(text));
      const place = start.length + 'Genotype(['.length + 1;
      expect(() => readGenotype(`${start}Genotype([`)).toThrow(`at character ${place} of the genotype`);
    },
  );

  it('reads a cell without operations', () => {
    expect(readGenotype(withNormal("[('skip_connect', 3, 0)]", 'range(2, 6)'))).toEqual({
      normal: [{ primitive: 'skip_connect', from: 0, to: 3 }],
      reduce: [],
    });
  });

  it.each([
    ["[('sep_conv_7x7', 0), ('skip_connect', 1)]", "there is no operation sep_conv_7x7, got ('sep_conv_7x7', 0)"],
    ["[('conv_7x1_1x7', 0), ('none', 1)]", 'there is no operation conv_7x1_1x7, '],
    [
      "[('noisy', 2, 0)]",
      "there is no operation noisy, got ('noisy', 2, 0); the operations are max_pool_3x3, avg_pool_3x3",
    ],
    ["[('skip_connect', 0), ('skip_connect', 2)]", "node 2 can only read earlier nodes, got ('skip_connect', 2)"],
    ["[('skip_connect', 3, 3)]", "node 3 can only read earlier nodes, got ('skip_connect', 3, 3)"],
    ["[('skip_connect', 1, 0)]", "node 1 is an input and takes no operation, got ('skip_connect', 1, 0)"],
    ["[('skip_connect', 0)]", 'normal has 1 pairs, but every node takes 2'],
    ["[('skip_connect', 0), ('skip_connect', 2, 0)]", "pairs and triples are mixed: ('skip_connect', 2, 0)"],
    ["[('skip_connect', 1, 2, 3)]", "an operation comes with one node or two, got ('skip_connect', 1, 2, 3)"],
    ["[('skip_connect')]", "an operation comes with one node or two, got ('skip_connect')"],
    ['[()]', 'an entry of the genotype lacks its operation'],
    ["[('skip_connect', 1000)]", "a node's number is a whole one from 0 to 999, got 1000"],
    ["[('skip_connect', -1)]", "a node's number is a whole one from 0 to 999, got -1"],
    ["[('skip_connect', 2.5, 0)]", "a node's number is a whole one from 0 to 999, got 2.5"],
    ["[('skip_connect]", "expected a value at character 19 of the genotype, but found '"],
    ["[('skip_connect', 0), ", 'expected a value at character 39 of the genotype, but found ,'],
    ["[('skip_connect', 0) ('skip_connect', 1)]", 'expected , or ] at character 38 of the genotype, but found ('],
    ['5', 'normal must be a list, got 5'],
    ['deque([])', 'normal must be a list, got deque(…)'],
    ["['skip_connect', 0]", "an entry must be a list such as ('sep_conv_3x3', 0), got 'skip_connect'"],
    ['[(0, 1)]', 'an entry begins with a quoted operation, got (0, 1)'],
    ["[('skip_connect', None)]", "an operation is followed by numbers, got ('skip_connect', None)"],
    ["[('skip_connect', Node(0))]", "an operation is followed by numbers, got ('skip_connect', Node(…))"],
    ["[[('skip_connect', 0)], ('skip_connect', 1)]", "normal mixes operations with lists of them: ('skip_connect', 1)"],
    ['[{"op": "skip_connect"}]', "an entry must be a list such as ('sep_conv_3x3', 0), got {…}"],
  ])('refuses %s', (normal, message) => {
    const read = () => readGenotype(withNormal(normal));
    expect(read).toThrow(GenotypeError);
    expect(read).toThrow(message);
  });

  it.each([
    ['', 'expected Genotype(normal=[...], ...) at character 1 of the genotype, but the text ends'],
    ['\n# x\n[(1, 2)]', 'expected Genotype(normal=[...], ...) at line 3, character 1, but found [(1,'],
    ['|nor_conv_3x3~0|+|none~0|', 'but found |nor_conv_3x3~0|+|none~0'],
    ["OrderedDict([('normal', [])])", 'but found OrderedDict('],
    ['{"normal": []}', 'the genotype lacks reduce'],
    ['Genotype(normal=[]', 'expected , or ) at character 19 of the genotype, but the text ends'],
    ['Genotype(normal=gene, normal_concat=concat)', 'normal must be a list, got gene'],
    ['Genotype(normal=[], normal=[])', 'normal is given twice'],
    ['Genotype([], normal=[])', 'normal is given twice'],
    ['Genotype(cell=[])', 'a genotype has the fields normal, normal_concat, reduce, reduce_concat, got cell'],
    ['Genotype([], [], [], [], [])', 'reduce_concat, got a field at position 5'],
    ['Genotype(normal=[], normal_concat=[])', 'the genotype lacks reduce'],
    ['Genotype(normal=[], reduce=None)', 'the genotype lacks reduce'],
    ['Genotype(normal=[], normal_concat=range(2))', 'range takes two whole numbers: range(2, 6)'],
    ['Genotype(normal=[], normal_concat=range(2, 6, 0))', 'range takes two whole numbers: range(2, 6)'],
    [
      'Genotype(normal=[], reduce=[], reduce_concat="2, 3")',
      "reduce_concat must be a list of nodes, such as range(2, 6), got '2, 3'",
    ],
    ['Genotype(normal=[], reduce=[], reduce_concat=[[2]])', 'reduce_concat must be a list of nodes'],
  ])('refuses %j', (text, message) => {
    expect(() => readGenotype(text)).toThrow(GenotypeError);
    expect(() => readGenotype(text)).toThrow(message);
  });
});

describe('writeGenotype', () => {
  const skip = (to: number, from: number): GenotypeEntry => ({ primitive: 'skip_connect', from, to });

  it('refuses pairs where a node has other than two operations', () => {
    const two = [skip(2, 0), skip(2, 1)];
    for (const [reduce, message] of [
      [[...two, skip(3, 0)], 'node 3 of the reduce cell has 1: write triples'],
      [[...two, skip(2, 1)], 'node 2 of the reduce cell has 3: write triples'],
      [[skip(3, 0), skip(3, 1)], 'node 2 of the reduce cell has 0: write triples'],
    ] as const) {
      const write = () => writeGenotype({ normal: two, reduce }, 'pairs');
      expect(write).toThrow(GenotypeError);
      expect(write).toThrow(`pairs give every node 2 operations, but ${message}`);
    }
  });

  it('orders pairs by node', () => {
    const genotype = { normal: [skip(3, 2), skip(2, 1), skip(3, 0), skip(2, 0)], reduce: [] };
    expect(readGenotype(writeGenotype(genotype, 'pairs')).normal).toEqual([
      skip(2, 1),
      skip(2, 0),
      skip(3, 2),
      skip(3, 0),
    ]);
  });

  it('lists the nodes of both cells in triples, also where one cell is empty', () => {
    expect(writeGenotype({ normal: [], reduce: [skip(5, 1)] }, 'triples')).toBe(
      "Genotype(normal=[], normal_concat=range(2, 6), reduce=[('skip_connect', 5, 1)], reduce_concat=range(2, 6))",
    );
  });
});
