import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GenotypeEntry } from '../../src/space/genotype.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';

const entryInto = (to: number): fc.Arbitrary<GenotypeEntry> =>
  fc.record({
    primitive: fc.constantFrom(...FAIR_DARTS_PRIMITIVES),
    from: fc.integer({ min: 0, max: to - 1 }),
    to: fc.constant(to),
  });

/** A cell of two operations into every node, and its nodes all, some of them, or in another order. */
const pairedCell = fc.integer({ min: 1, max: 4 }).chain((nodes) => {
  const all = Array.from({ length: nodes }, (_, i) => i + 2);
  return fc.record({
    entries: fc.tuple(...all.flatMap((node) => [entryInto(node), entryInto(node)])),
    concat: fc.oneof(fc.constant(all), fc.shuffledSubarray(all, { minLength: 1 })),
  });
});
type Cell = typeof pairedCell extends fc.Arbitrary<infer T> ? T : never;

/** How a program prints a genotype: each part is one choice of its writer. */
const printer = fc.record({
  operation: fc.constantFrom(
    (name: string) => `'${name}'`,
    (name: string) => `"${name}"`,
    (name: string) => `np.str_('${name}')`,
    (name: string) => `u'${name}'`,
  ),
  number: fc.constantFrom(
    (n: number) => `${n}`,
    (n: number) => `np.int64(${n})`,
    (n: number) => `numpy.int32( ${n} )`,
    (n: number) => `tensor(${n}, device='cuda:0')`,
    (n: number) => `int(${n})`,
  ),
  triples: fc.boolean(),
  /** Mixing weights, whole ones among them. */
  weights: fc.constantFrom(null, ['0.13'], ['1.0'], ['1', '0.5', '3e-05', 'np.float32(0.25)', 'nan']),
  entry: fc.constantFrom(['(', ')'], ['[', ']'], ['tuple([', '])']),
  list: fc.constantFrom(['[', ']'], ['(', ',)'], ['list((', ',))'], ['[ ', ', # last\n]'], ['np.array([', '])']),
  nested: fc.constantFrom(null, ['[', ']'], ['(', ')']),
  concat: fc.constantFrom('list', 'tuple', 'range', 'list of a range', 'numpy'),
  fields: fc.constantFrom('named', 'reversed', 'positional', 'dictionary', 'JSON names'),
  callee: fc.constantFrom('Genotype', 'DARTSGenotype', 'genotypes.Genotype', 'dict', 'Genotype '),
  around: fc.constantFrom(
    ['', ''],
    ['DARTS_V2 = ', '\n'],
    ['best : Genotype = ', '  # 97.4 %'],
    ['03/20 07:54:12 PM genotype = ', '\r\n03/20 07:54:13 PM alphas = {"normal": [[0.1]]}\n'],
    ['2021-03-20 07:54:12,123 INFO:root:(epoch 3) best genotype: ', '\n{"normal": {"valid": true}}'],
    ['#!/bin/sh\npython train.py --arch "', '" --layers 20'],
    ['{"epoch": 3, "genotype": ', ', "accuracy": 0.5}'],
    ['Genotype = namedtuple("Genotype", "normal normal_concat reduce reduce_concat")\n\nnew = ', '\n'],
    [
      'class Genotype(NamedTuple):\n    normal: list\n\nprint(',
      ')\n\ndef f():\n  return Genotype(normal=a, reduce=b)\n',
    ],
  ),
});
type Printer = typeof printer extends fc.Arbitrary<infer T> ? T : never;

/** Prints a genotype as a program might. */
function print(cells: { normal: Cell; reduce: Cell }, how: Printer): string {
  let written = 0;
  const printEntry = ({ primitive, from, to }: GenotypeEntry): string => {
    const weight = how.weights === null ? [] : [how.weights[(written + 1) % how.weights.length] as string];
    written++;
    const numbers = (how.triples ? [to, from] : [from]).map(how.number);
    return how.entry.join([how.operation(primitive), ...numbers, ...weight].join(', '));
  };
  const printCell = ({ entries }: Cell): string => {
    const nodes = Map.groupBy(entries, ({ to }) => to).values();
    const { nested } = how;
    const items =
      nested === null
        ? entries.map(printEntry)
        : Array.from(nodes, (one) => nested.join(one.map(printEntry).join(', ')));
    return how.list.join(items.join(',\n  '));
  };
  const printNodes = ({ concat }: Cell): string => {
    const start = concat[0] as number;
    const isRange = concat.every((node, i) => node === start + i);
    const list = `[${concat.map(how.number).join(', ')}]`;
    if (how.concat === 'numpy') return `np.array(${list})`;
    if (how.concat === 'tuple') return `(${concat.join(', ')},)`;
    if (how.concat === 'list' || !isRange) return list;
    return how.concat === 'range'
      ? `range(${start}, ${start + concat.length})`
      : `list(range(${start}, ${start + concat.length}))`;
  };
  const { normal, reduce } = cells;
  const values = [printCell(normal), printNodes(normal), printCell(reduce), printNodes(reduce)];
  const snake = ['normal', 'normal_concat', 'reduce', 'reduce_concat'];
  const names = how.fields === 'JSON names' ? ['normal', 'normalConcat', 'reduce', 'reduceConcat'] : snake;
  const named = values.map((value, i) => [names[i] as string, value] as const);
  const [before, after] = how.around as [string, string];
  if (how.fields === 'dictionary' || how.fields === 'JSON names') {
    return `${before}{${named.map(([name, value]) => `"${name}": ${value}`).join(', ')}}${after}`;
  }
  if (how.fields === 'positional') return `${before}genotypes.DARTSGenotype(${values.join(', ')})${after}`;
  const fields = named.map(([name, value]) => `${name}=${value}`);
  return `${before}${how.callee}(${(how.fields === 'named' ? fields : fields.toReversed()).join(', ')})${after}`;
}

const PLAIN: Printer = {
  operation: (name) => `'${name}'`,
  number: String,
  triples: false,
  weights: null,
  entry: ['(', ')'],
  list: ['[', ']'],
  nested: null,
  concat: 'list',
  fields: 'named',
  callee: 'Genotype',
  around: ['', ''],
};

describe('every dialect in every container and wrapper', () => {
  it('is read as the same genotype', () => {
    fc.assert(
      fc.property(fc.record({ normal: pairedCell, reduce: pairedCell }), printer, (cells, how) => {
        const genotype = readGenotype(print(cells, PLAIN));
        expect({ normal: genotype.normal, reduce: genotype.reduce }).toEqual({
          normal: cells.normal.entries,
          reduce: cells.reduce.entries,
        });
        expect(readGenotype(print(cells, how))).toStrictEqual(genotype);
        for (const dialect of ['pairs', 'triples'] as const) {
          expect(readGenotype(writeGenotype(genotype, dialect))).toStrictEqual(genotype);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const V2 = publishedGenotype('DARTS_V2');
const A = publishedGenotype('FairDARTS_a');
const [v2, a] = [writeGenotype(V2, 'pairs'), writeGenotype(A, 'triples')];

describe('containers', () => {
  const cell = (entries: string) =>
    `Genotype(normal=${entries}, normal_concat=range(2, 3), reduce=${entries}, reduce_concat=range(2, 3))`;
  const flat = readGenotype(cell("[('sep_conv_3x3', 0), ('skip_connect', 1)]"));

  it.each([
    "[[('sep_conv_3x3', 0), ('skip_connect', 1)]]",
    "((('sep_conv_3x3', 0), ('skip_connect', 1)),)",
    "[('sep_conv_3x3', 0, 0.13), ('skip_connect', 1, 0.12)]",
    "[('sep_conv_3x3', 0, 1.), ('skip_connect', 1, 1)]",
    "[('sep_conv_3x3', 0, 1e-3), ('skip_connect', 1)]",
    "[('sep_conv_3x3', 2, 0), ('skip_connect', 2, 1)]",
    "[('sep_conv_3x3', 2, 0, 0.9), ('skip_connect', 2, 1, .5)]",
    '[{"primitive": "sep_conv_3x3", "from": 0, "to": 2}, {"to": 2, "primitive": "skip_connect", "from": 1, "margin": null}]',
    '[[{"primitive": "sep_conv_3x3", "from": 0}, {"primitive": "skip_connect", "from": 1}]]',
  ])('%s', (entries) => {
    expect(readGenotype(cell(entries))).toStrictEqual(flat);
  });

  it('takes any number of operations into a node if there is a list for each node', () => {
    const nested = "[[('sep_conv_3x3', 0)], [], [('skip_connect', 2), ('max_pool_3x3', 1), ('skip_connect', 0)]]";
    const { normal } = readGenotype(`Genotype(normal=${nested}, reduce=[])`);
    expect(normal.map(({ from, to }) => [to, from])).toEqual([
      [2, 0],
      [4, 2],
      [4, 1],
      [4, 0],
    ]);
  });

  it('needs no list of concatenated nodes, and passes over fields that are None', () => {
    const { normal, reduce } = V2;
    const fields = v2.replaceAll(/, (normal|reduce)_concat=range\(2, 6\)/g, '');
    expect(readGenotype(fields)).toStrictEqual({ normal, reduce });
    expect(readGenotype(fields.replace('reduce=', 'normal_concat=None, reduce='))).toStrictEqual({ normal, reduce });
    expect(readGenotype(`${v2.slice(0, -1)}, connectN=None, connects=None)`)).toStrictEqual({ normal, reduce });
    expect(readGenotype(JSON.stringify(V2, null, 2))).toStrictEqual({ normal, reduce });
  });

  it('leaves out what contributes nothing: an entry none, and a node of such entries', () => {
    const { normal, normalConcat } = readGenotype(
      "Genotype(normal=[('none', 0), ('none', 1), ('none', 2), ('skip_connect', 0)], normal_concat=range(2, 4), reduce=[])",
    );
    expect(normal).toEqual([{ primitive: 'skip_connect', from: 0, to: 3 }]);
    expect(normalConcat).toBe(undefined);
  });
});

describe('lists of concatenated nodes', () => {
  const pairs = "[('skip_connect', 0), ('skip_connect', 1), ('skip_connect', 0), ('skip_connect', 2)]";
  const withList = (list: string) =>
    `Genotype(normal=${pairs}, normal_concat=${list}, reduce=${pairs}, reduce_concat=range(2, 4))`;

  it.each([
    ['[3]', '[3]', [3]],
    ['(3, 2)', '[3, 2]', [3, 2]],
    ['range(3, 1, -1)', '[3, 2]', [3, 2]],
    ['[2]', 'range(2, 3)', [2]],
    ['list(range(2, 4))', 'range(2, 4)', undefined],
    ['np.arange(2, 4)', 'range(2, 4)', undefined],
  ])('reads %s, and writes it as %s', (list, written, nodes) => {
    const genotype = readGenotype(withList(list));
    expect(genotype.normalConcat).toEqual(nodes);
    expect(genotype).not.toHaveProperty('reduceConcat');
    expect(writeGenotype(genotype, 'pairs')).toBe(withList(written));
    expect(readGenotype(writeGenotype(genotype, 'triples'))).toStrictEqual(genotype);
  });

  it.each([
    ['[4]', 'normal_concat must be among the cell’s nodes, range(2, 4), got [4]'],
    ['[1, 2]', 'normal_concat must leave out the inputs, 0 and 1, got [1, 2]'],
    ['[3, 3]', 'normal_concat must not name a node twice, got [3, 3]'],
    ['[]', 'normal_concat must name a node that exists, got []'],
    ['range(2, 10**9)', 'expected , or ) at character'],
    ['range(2, 1000000000)', "a node's number is from 0 to 999, got 1000000000"],
    ['range(-1000000000, 2)', "a node's number is from 0 to 999, got -1000000000"],
    ['[2] * 1000000000', 'but found *'],
  ])('refuses %s', (list, message) => {
    expect(() => readGenotype(withList(list))).toThrow(GenotypeError);
    expect(() => readGenotype(withList(list))).toThrow(message);
  });

  it('takes lists of absent nodes with triples, which name the nodes of the space', () => {
    const triples = "[('skip_connect', 4, 0), ('skip_connect', 2, 1)]";
    const read = (list: string) => readGenotype(`Genotype(normal=${triples}, normal_concat=${list}, reduce=[])`);
    expect(read('range(2, 6)')).not.toHaveProperty('normalConcat');
    expect(read('[2, 4]')).not.toHaveProperty('normalConcat');
    expect(read('[]')).not.toHaveProperty('normalConcat');
    expect(read('range(2, 4)')).toHaveProperty('normalConcat', [2, 3]);
    expect(() => read('[3, 5]')).toThrow('normal_concat must name a node that exists, got [3, 5]');
  });
});

describe('inside longer texts', () => {
  it('counts the last genotype of a log, whatever stands around it', () => {
    const line = (epoch: number, text: string) =>
      `03/20 07:54:12 PM epoch ${epoch} lr 2.5e-02\n03/20 07:54:13 PM genotype = ${text}\n03/20 07:54:13 PM tensor([[0.1, 0.2]], device='cuda:0')\n`;
    expect(readGenotype(line(0, a) + line(1, v2))).toStrictEqual(V2);
    expect(readGenotype(line(0, v2) + line(1, a))).toStrictEqual(A);
    // Printed without a prefix, every line names it `genotype`.
    expect(readGenotype(`genotype = ${v2}\nstep 3\ngenotype = ${a}\n`)).toStrictEqual(A);
  });

  it('says where the last genotype of a log breaks off', () => {
    const log = `genotype = ${v2}\nvalid 0.5\n07:54 ${v2.slice(0, 40)}`;
    expect(() => readGenotype(log)).toThrow("expected a value at line 3, character 46, but found '");
  });

  const file = `from collections import namedtuple
Genotype = namedtuple('Genotype', 'normal normal_concat reduce reduce_concat')
PRIMITIVES = ['none', 'max_pool_3x3']

NASNet = Genotype(normal=[('sep_conv_7x7', 0), ('skip_connect', 1)], normal_concat=[2], reduce=[], reduce_concat=[])
# TEST = Genotype(
#   normal = [('a', 0)],
DARTS_V2 = ${v2}
  Fair: Genotype = ${a}  # 2.8 M
DARTS = DARTS_V2
Networks = {'DARTS': DARTS}
`;

  it('takes a definition or an alias by its name', () => {
    expect(readGenotype(file, 'DARTS_V2')).toStrictEqual(V2);
    expect(readGenotype(file, 'DARTS')).toStrictEqual(V2);
    expect(readGenotype(file, 'Fair')).toStrictEqual(A);
    expect(() => readGenotype(file, 'NASNet')).toThrow('there is no operation sep_conv_7x7');
    expect(readGenotype(`${file}DARTS = Fair\n`, 'DARTS')).toStrictEqual(A);
    expect(readGenotype(`DARTS_V2 = ${v2}\nDARTS = DARTS_V2\n`)).toStrictEqual(V2);
  });

  it.each([
    [null, 'choose one of several genotypes by its name (FILE#NAME): NASNet, DARTS_V2, Fair, DARTS'],
    ['TEST', 'no genotype is named TEST; there are NASNet, DARTS_V2, Fair, DARTS'],
  ])('lists the names where %j names none', (name, message) => {
    expect(() => readGenotype(file, name)).toThrow(message);
  });

  it('says that a log names none', () => {
    expect(() => readGenotype(`07:54 ${v2}`, 'DARTS')).toThrow('no genotype is named DARTS; the text names none');
  });
});

describe('any text', () => {
  it('is read or refused with one sentence', () => {
    const pieces = [
      '#',
      '\n',
      ' ',
      'Genotype(',
      '{"normal":',
      'normal=',
      '[',
      '(',
      "'skip_connect'",
      ', 0',
      ')',
      '?',
      '{',
      'X = ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
        try {
          readGenotype(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(GenotypeError);
          expect((error as Error).message).not.toMatch(/\n/);
        }
      }),
    );
  });

  // Each would take minutes, or the whole stack, if its length counted more than once.
  const many = 100_000;
  it.each<[string, string]>([
    ['brackets', `Genotype(normal=${'['.repeat(many)}`],
    ['calls', 'Genotype(normal='.repeat(many)],
    ['calls on lists', 'Genotype(['.repeat(many)],
    ['dictionaries', '{"normal":["'.repeat(many)],
    ['braces', '{'.repeat(many)],
    ['entries', `Genotype(normal=[${"('skip_connect', 0), ".repeat(many)}`],
    ['operations', `Genotype(normal=['${'skip_connect'.repeat(many)}`],
    ['names', `${'genotype'.repeat(many)} (`],
    ['dots', `${'genotype.'.repeat(many)}`],
    ['blanks', `Genotype${' '.repeat(many)}x${' '.repeat(many)}(${' '.repeat(many)}`],
    ['comments', `${'#'.repeat(many)}\n?`],
    ['lines', `${'X = Y\n'.repeat(many)}`],
    ['definitions', `${'X = Genotype(normal=1, \n'.repeat(many)}`],
    ['quotes', `Genotype(normal=${"['".repeat(many)}`],
    ['colons', `X ${':'.repeat(many)}${' Genotype([ '.repeat(1000)}`],
  ])('of many %s is refused at once', (_, text) => {
    expect(() => readGenotype(text)).toThrow(GenotypeError);
  });
});
