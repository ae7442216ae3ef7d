import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockGraph, NodeBlock, ValueSpec } from '../../src/network/block-graph.ts';
import { reductionCells } from '../../src/network/skeleton.ts';
import { buildSupernet, type SupernetOptions } from '../../src/network/supernet.ts';
import { edgeCount } from '../../src/space/cell.ts';
import { FAIR_DARTS_PRIMITIVES, PRIMITIVES } from '../../src/space/primitives.ts';

const FAIR: SupernetOptions = { channels: 16, layers: 8, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image: 32 };

const supernets = fc.record({
  channels: fc.integer({ min: 1, max: 4 }).map((half) => 2 * half),
  layers: fc.integer({ min: 1, max: 7 }),
  nodes: fc.integer({ min: 1, max: 5 }),
  primitives: fc.subarray([...PRIMITIVES], { minLength: 1 }),
  image: fc.integer({ min: 1, max: 8 }).map((quarter) => 4 * quarter),
  stemMultiplier: fc.integer({ min: 1, max: 3 }),
  pictureChannels: fc.constantFrom(1, 3),
  classes: fc.integer({ min: 1, max: 12 }),
});

const nodeBlocks = (graph: BlockGraph): NodeBlock[] => graph.blocks.filter((block) => block.kind === 'node');

/** The values a block reads. */
function inputsOf(block: BlockGraph['blocks'][number]): readonly ValueSpec[] {
  if (block.kind === 'node') return block.edges.map(({ input }) => input);
  return block.kind === 'concat' ? block.inputs : [block.input];
}

describe('reductionCells', () => {
  it.each([
    [3, [1, 2]],
    [5, [1, 3]],
    [8, [2, 5]],
    [20, [6, 13]],
  ])('of %i cells stand at a third and two thirds', (layers, expected) => {
    expect([...reductionCells(layers)]).toEqual(expected);
  });
});

describe('buildSupernet', () => {
  it('names and shapes weights as PyTorch does, in the order of the network', () => {
    const primitives = ['skip_connect', 'sep_conv_3x3', 'dil_conv_5x5'] as const;
    const { weights } = buildSupernet({ channels: 2, layers: 2, nodes: 1, primitives, image: 8, classes: 3 });
    const edge = (name: string, c: number) => [
      [`${name}.skip_connect.conv_a.weight`, c / 2, c, 1, 1],
      [`${name}.skip_connect.conv_b.weight`, c / 2, c, 1, 1],
      [`${name}.sep_conv_3x3.dw1.weight`, c, 1, 3, 3],
      [`${name}.sep_conv_3x3.pw1.weight`, c, c, 1, 1],
      [`${name}.sep_conv_3x3.dw2.weight`, c, 1, 3, 3],
      [`${name}.sep_conv_3x3.pw2.weight`, c, c, 1, 1],
      [`${name}.dil_conv_5x5.dw.weight`, c, 1, 5, 5],
      [`${name}.dil_conv_5x5.pw.weight`, c, c, 1, 1],
    ];
    // Of two cells both reduce: they stand at floor(2 / 3) and floor(4 / 3).
    expect(weights.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['stem.conv.weight', 6, 3, 3, 3],
      ['stem.bn.weight', 6],
      ['stem.bn.bias', 6],
      ['cells.0.preprocess0.conv.weight', 4, 6, 1, 1],
      ['cells.0.preprocess1.conv.weight', 4, 6, 1, 1],
      ...edge('cells.0.edges.0', 4),
      ...edge('cells.0.edges.1', 4),
      ['cells.1.preprocess0.conv_a.weight', 4, 6, 1, 1],
      ['cells.1.preprocess0.conv_b.weight', 4, 6, 1, 1],
      ['cells.1.preprocess1.conv.weight', 8, 4, 1, 1],
      ...edge('cells.1.edges.0', 8),
      ...edge('cells.1.edges.1', 8),
      ['classifier.weight', 3, 8],
      ['classifier.bias', 3],
    ]);
  });

  it('is the same network whether all edges share a list or each has one of its own', () => {
    fc.assert(
      fc.property(supernets, (options) => {
        const lists = Array.from({ length: edgeCount(options.nodes) }, () => [...options.primitives]);
        const byEdge = { ...options, primitives: { normal: lists, reduce: lists } };
        expect(buildSupernet(byEdge)).toEqual(buildSupernet(options));
      }),
      { numRuns: 20 },
    );
  });

  it('gives each edge its own primitives, then `none` for the rest of the columns', () => {
    const primitives = {
      normal: [['skip_connect'], ['sep_conv_3x3', 'noise']],
      reduce: [['max_pool_3x3', 'none', 'dil_conv_3x3'], []],
    } as const;
    const graph = buildSupernet({ ...FAIR, channels: 2, layers: 3, nodes: 1, primitives });
    expect(graph.mixing).toEqual({ edges: 2, columns: 3, edgeDrops: false });
    const kinds = nodeBlocks(graph).map(({ edges }) => edges.map((e) => e.operations.map(({ kind }) => kind)));
    const normal = [
      ['identity', 'none', 'none'],
      ['conv', 'noise', 'none'],
    ];
    const reduce = [
      ['max-pool', 'none', 'conv'],
      ['none', 'none', 'none'],
    ];
    expect(kinds).toEqual([normal, reduce, reduce]);
    const ofEdges = graph.weights.map(({ name }) => name).filter((name) => name.includes('.edges.'));
    expect(ofEdges.filter((name) => name.startsWith('cells.0.'))).toEqual(
      ['dw1', 'pw1', 'dw2', 'pw2'].map((part) => `cells.0.edges.1.sep_conv_3x3.${part}.weight`),
    );
  });

  it('adds an auxiliary skip as the last column: the identity, or a halving with weights of its own', () => {
    const options = { ...FAIR, channels: 2, layers: 3, nodes: 2 };
    const [plain, graph] = [buildSupernet(options), buildSupernet({ ...options, auxiliarySkip: true })];
    expect(graph.mixing).toEqual({ ...plain.mixing, columns: plain.mixing.columns + 1 });
    const edges = nodeBlocks(graph).flatMap((node) => node.edges);
    expect(edges.map(({ stride, operations }) => [stride, operations.at(-1)?.kind])).toEqual(
      edges.map(({ stride }) => [stride, stride === 1 ? 'identity' : 'halving']),
    );
    const names = (of: BlockGraph): string[] => of.weights.map(({ name }) => name);
    const added = names(graph).filter((name) => !names(plain).includes(name));
    expect(added.slice(0, 2)).toEqual([
      'cells.1.edges.0.auxiliary_skip.conv_a.weight',
      'cells.1.edges.0.auxiliary_skip.conv_b.weight',
    ]);
    // Four edges of two cells halve.
    expect(added.length).toBe(2 * 2 * 4);
    expect(names(graph).filter((name) => !added.includes(name))).toEqual(names(plain));
  });

  it('halves the pictures and doubles the channels at both reduction cells', () => {
    const graph = buildSupernet(FAIR);
    const cells = graph.blocks.filter((block) => block.kind === 'concat').map(({ output }) => output);
    expect(cells.map(({ height, channels }) => [height, channels])).toEqual([
      [32, 64],
      [32, 64],
      [16, 128],
      [16, 128],
      [16, 128],
      [8, 256],
      [8, 256],
      [8, 256],
    ]);
    // What comes from before a reduction cell is still twice as large, so it is halved rather than projected.
    const halvings = graph.blocks.filter((block) => block.kind === 'halving').map(({ output }) => output.name);
    expect(halvings).toEqual(['cells.3.states.0', 'cells.6.states.0']);
  });

  it('gives every node an edge from each earlier one, with all primitives on it', () => {
    fc.assert(
      fc.property(supernets, (options) => {
        const graph = buildSupernet(options);
        const { nodes, primitives, layers } = options;
        expect(graph.mixing).toEqual({ edges: edgeCount(nodes), columns: primitives.length, edgeDrops: false });
        for (let cell = 0; cell < layers; cell++) {
          const own = nodeBlocks(graph).filter((block) => block.cell === cell);
          expect(own.map(({ edges }) => edges.length)).toEqual(Array.from({ length: nodes }, (_, i) => i + 2));
          const edges = own.flatMap((block) => block.edges);
          expect(edges.map(({ edge }) => edge)).toEqual(Array.from({ length: edgeCount(nodes) }, (_, i) => i));
          for (const { operations } of edges) expect(operations).toHaveLength(primitives.length);
        }
      }),
    );
  });

  it('moves by two positions only from the inputs of a reduction cell', () => {
    fc.assert(
      fc.property(supernets, (options) => {
        for (const { cell, cellKind, edges, output } of nodeBlocks(buildSupernet(options))) {
          expect(cellKind).toBe(reductionCells(options.layers).has(cell) ? 'reduce' : 'normal');
          for (const [from, { input, stride }] of edges.entries()) {
            expect(stride).toBe(cellKind === 'reduce' && from < 2 ? 2 : 1);
            expect([input.channels, Math.ceil(input.height / stride)]).toEqual([output.channels, output.height]);
          }
        }
      }),
    );
  });

  it('makes every value once, before it is read, and reads it with the shape it was made with', () => {
    fc.assert(
      fc.property(supernets, (options) => {
        const graph = buildSupernet(options);
        const { image, classes } = graph;
        const { pictureChannels: channels } = graph;
        const pictures: ValueSpec = { name: 'image', height: image, width: image, channels };
        const made = new Map([['image', pictures]]);
        expect(channels).toBe(options.pictureChannels);
        for (const block of graph.blocks) {
          for (const input of inputsOf(block)) expect(input).toEqual(made.get(input.name));
          expect(made.has(block.output.name)).toBe(false);
          made.set(block.output.name, block.output);
        }
        expect(graph.blocks.at(-1)?.output).toEqual({ name: 'logits', height: 1, width: 1, channels: classes });
        for (const list of [graph.weights, graph.norms]) {
          const names = list.map(({ name }) => name);
          expect(new Set(names).size).toBe(names.length);
        }
      }),
    );
  });

  it('has no affine batch norm but the stem’s', () => {
    const affine = buildSupernet(FAIR).norms.filter((norm) => norm.affine !== null);
    expect(affine.map(({ name }) => name)).toEqual(['stem.bn']);
  });

  it.each([
    [{ channels: 3 }, 'channels must be even (a halving splits them), got 3'],
    [{ channels: 0 }, 'channels must be a positive integer, got 0'],
    [{ layers: 2.5 }, 'layers must be a positive integer, got 2.5'],
    [{ nodes: -1 }, 'nodes must be a positive integer, got -1'],
    [{ image: Number.NaN }, 'image must be a positive integer, got NaN'],
    [{ image: 6 }, 'image must be a multiple of 4, as the reduction cells halve it, got 6'],
    [{ stemMultiplier: 0 }, 'stemMultiplier must be a positive integer, got 0'],
    [{ classes: 0 }, 'classes must be a positive integer, got 0'],
    [
      { primitives: ['skip_connect', 'conv_9x9'] as unknown as typeof FAIR.primitives },
      `a primitive must be one of ${PRIMITIVES.join(', ')}, got conv_9x9`,
    ],
    [
      { nodes: 1, primitives: { normal: [[], []], reduce: [['none']] } as const },
      'a reduce cell must have 2 lists of primitives, got 1',
    ],
  ])('refuses %o', (part, message) => {
    expect(() => buildSupernet({ ...FAIR, ...part })).toThrow(new RangeError(message));
  });
});
