import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BlockGraph, NodeBlock } from '../../src/network/block-graph.ts';
import { countMacs, countParameters } from '../../src/network/count.ts';
import { countRetrainedNetwork } from '../../src/network/count-retrained.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import type { Genotype, GenotypeEntry } from '../../src/space/genotype.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import { isPrimitive, type Primitive } from '../../src/space/primitives.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';

type Listed = readonly (readonly [string, ...number[]])[];

/** `network-counts.json`: pairs `[primitive, from]`, two for every node, or triples `[primitive, to, from]`. */
const COUNTS = JSON.parse(readFileSync(new URL('../golden/network-counts.json', import.meta.url), 'utf8')) as {
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly genotype: { readonly normal: Listed; readonly reduce: Listed };
        readonly params: number;
        readonly paramsWithAuxiliary: number;
        readonly macs: number;
        readonly macsWithAuxiliary: number;
      }
    >
  >;
};

function entries(listed: Listed): GenotypeEntry[] {
  return listed.map(([primitive, ...numbers], i) => {
    if (!isPrimitive(primitive)) throw new RangeError(primitive);
    const [to, from] = numbers.length === 2 ? numbers : [2 + Math.floor(i / 2), numbers[0]];
    return { primitive, to: to as number, from: from as number };
  });
}

const PAPER = { channels: 36, layers: 20, image: 32 };

describe.each(Object.entries(COUNTS.networks))('%s', (_, listed) => {
  const genotype: Genotype = { normal: entries(listed.genotype.normal), reduce: entries(listed.genotype.reduce) };

  it('has the parameters and multiply-adds of the PyTorch network, exactly', () => {
    const network = buildRetrainedNetwork({ ...PAPER, genotype });
    expect(countParameters(network)).toBe(listed.params);
    expect(countMacs(network)).toBe(listed.macs);
  });

  it('has them with the auxiliary head too', () => {
    const network = buildRetrainedNetwork({ ...PAPER, genotype, auxiliary: true });
    expect(countParameters(network)).toBe(listed.paramsWithAuxiliary);
    expect(countMacs(network)).toBe(listed.macsWithAuxiliary);
  });
});

/**
 * Figures that repositories print beside their genotypes, in millions: parameters, with the auxiliary head where the
 * FairDARTS repository counted it, and multiply-adds. Cut or rounded, as it happened.
 */
const PUBLISHED: [name: string, parameters: number, auxiliary: boolean, macs: number | null][] = [
  ['SNAS', 2.66, false, 422],
  ['GDAS_V1', 3.36, false, 519],
  ['PDARTS', 3.43, false, 532],
  ['MdeNAS', 3.78, false, 599],
  ['FairDARTS_c', 2.59, false, 400],
  ['FairDARTS_d', 3.84, true, 532],
  ['FairDARTS_e', 3.12, true, 414],
  ['FairDARTS_f', 3.62, true, 497],
  ['FairDARTS_g', 3.37, true, 453],
  ['DCO_SPARSE_BS_64', 3.01, false, 469],
  ['SGAS_Cri1_CIFAR_Best', 3.8, false, null],
  ['SGAS_Cri2_CIFAR_Best', 4.09, false, null],
  ['DARTS_PT_s5_0', 2.85, false, null],
  ['DARTS_PT_s5_1', 3.05, false, null],
  ['DARTS_PT_s5_2', 2.66, false, null],
  ['DARTS_PT_s5_3', 3.33, false, null],
];

it.each(PUBLISHED)('%s has the size that was published with it: %d M', (name, parameters, auxiliary, macs) => {
  const genotype = publishedGenotype(name);
  const counted = countRetrainedNetwork({ ...PAPER, genotype });
  const million = 1e6;
  const size = counted.parameters + (auxiliary ? counted.parametersAuxiliary : 0);
  // The last of two decimals, cut or rounded.
  expect(Math.abs(size / million - parameters)).toBeLessThan(0.01);
  if (macs !== null) expect(Math.floor(counted.publishedOperations / million)).toBe(macs);
});

describe('cells that concatenate some of their nodes', () => {
  const text = (concat: string) =>
    "Genotype(normal=[('sep_conv_3x3', 0), ('dil_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_5x5', 2), " +
    "('max_pool_3x3', 1), ('sep_conv_3x3', 3), ('dil_conv_5x5', 2), ('skip_connect', 4)], " +
    `normal_concat=${concat}, ` +
    "reduce=[('max_pool_3x3', 0), ('avg_pool_3x3', 1), ('sep_conv_3x3', 2), ('max_pool_3x3', 0), " +
    "('skip_connect', 3), ('dil_conv_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2)], " +
    `reduce_concat=${concat})`;

  // Numbers of the weights in PyTorch's networks.
  it.each([
    ['range(2, 6)', 2_967_022],
    ['range(2, 5)', 2_629_918],
    ['[5]', 1_955_710],
    ['[5, 4, 3, 2]', 2_967_022],
  ])('have the parameters of the PyTorch network: %s', (concat, parameters) => {
    const genotype = readGenotype(text(concat));
    expect(countRetrainedNetwork({ ...PAPER, genotype }).parameters).toBe(parameters);
    expect(writeGenotype(genotype, 'pairs')).toBe(text(concat));
  });
});

describe('a cell', () => {
  /** Cells 1 and 2 of three reduce. */
  const SIZE = { channels: 4, layers: 3, image: 8 };
  const cell = (...listed: [primitive: Primitive, to: number, from: number][]): GenotypeEntry[] => {
    return listed.map(([primitive, to, from]) => ({ primitive, to, from }));
  };
  const plain = cell(['sep_conv_3x3', 2, 0]);
  const outputOf = (graph: BlockGraph, name: string) => graph.blocks.find(({ output }) => output.name === name)?.output;
  const nodesOf = (graph: BlockGraph, number: number): NodeBlock[] => {
    return graph.blocks.filter((block): block is NodeBlock => block.kind === 'node' && block.cell === number);
  };

  it('leaves out the nodes that do not exist, and narrows what reads it', () => {
    const genotype = { normal: cell(['sep_conv_3x3', 5, 1], ['skip_connect', 3, 0]), reduce: plain };
    const graph = buildRetrainedNetwork({ ...SIZE, genotype });
    expect(outputOf(graph, 'cells.0')?.channels).toBe(2 * 4);
    expect(outputOf(graph, 'cells.1')?.channels).toBe(8);
    const shapeOf = (name: string) => graph.weights.find((weight) => weight.name === name)?.shape;
    expect(shapeOf('cells.1.preprocess1.conv.weight')).toEqual([8, 2 * 4, 1, 1]);
    expect(shapeOf('cells.2.preprocess0.conv_a.weight')).toEqual([8, 2 * 4, 1, 1]);
    expect(shapeOf('classifier.weight')).toEqual([10, 16]);
  });

  it('concatenates its nodes in the order of their first entries', () => {
    const genotype = {
      normal: cell(['sep_conv_3x3', 5, 1], ['skip_connect', 3, 0], ['max_pool_3x3', 5, 0]),
      reduce: plain,
    };
    const concat = buildRetrainedNetwork({ ...SIZE, genotype }).blocks.find(({ output }) => output.name === 'cells.0');
    const names = concat?.kind === 'concat' ? concat.inputs.map(({ name }) => name) : [];
    expect(names).toEqual(['cells.0.states.5', 'cells.0.states.3']);
  });

  it('has stride 2 from its inputs where it reduces, and names weights by the entry', () => {
    const entries = cell(['sep_conv_3x3', 2, 0], ['dil_conv_5x5', 3, 2], ['skip_connect', 3, 1]);
    const graph = buildRetrainedNetwork({ ...SIZE, genotype: { normal: entries, reduce: entries } });
    const strides = (number: number) => nodesOf(graph, number).map(({ edges }) => edges.map(({ stride }) => stride));
    expect(strides(0)).toEqual([[1], [1, 1]]);
    expect(strides(1)).toEqual([[2], [1, 2]]);
    const names = graph.weights.map(({ name }) => name);
    expect(names).toContain('cells.0.entries.0.sep_conv_3x3.bn2.weight');
    expect(names).toContain('cells.1.entries.1.dil_conv_5x5.dw.weight');
    expect(names).toContain('cells.1.entries.2.skip_connect.conv_b.weight');
    expect(names).not.toContain('cells.0.entries.2.skip_connect.conv_b.weight');
  });

  it('may hold two operations on one edge', () => {
    const genotype = { normal: cell(['max_pool_3x3', 2, 0], ['sep_conv_3x3', 2, 0]), reduce: plain };
    const [node] = nodesOf(buildRetrainedNetwork({ ...SIZE, genotype }), 0);
    expect(node?.edges.map(({ input, operations }) => [input.name, operations[0]?.kind])).toEqual([
      ['cells.0.states.0', 'max-pool'],
      ['cells.0.states.0', 'conv'],
    ]);
  });

  it('counts the parameters of entries that never run, as PyTorch has them, and nothing else of them', () => {
    const idle = cell(['dil_conv_3x3', 5, 3], ['skip_connect', 4, 3], ['max_pool_3x3', 4, 3]);
    const counts = (extra: GenotypeEntry[], auxiliarySize = { ...SIZE, image: 32 }) => {
      return countRetrainedNetwork({ ...auxiliarySize, genotype: { normal: [...plain, ...extra], reduce: plain } });
    };
    const { parameters, ...others } = counts(idle);
    const without = counts([]);
    // One normal cell of 4 channels: depthwise, pointwise, scale and shift.
    expect(parameters - without.parameters).toBe(4 * 9 + 4 * 4 + 2 * 4);
    expect({ ...others, parameters: without.parameters }).toEqual(without);
  });

  it('concatenates the listed nodes in their order, and leaves out those that do not lead to them', () => {
    const normal = cell(['skip_connect', 2, 0], ['skip_connect', 3, 2], ['sep_conv_3x3', 4, 3], ['dil_conv_3x3', 5, 2]);
    const graph = buildRetrainedNetwork({ ...SIZE, genotype: { normal, reduce: plain, normalConcat: [4, 2] } });
    expect(nodesOf(graph, 0).map(({ output }) => output.name)).toEqual([
      'cells.0.states.2',
      'cells.0.states.3',
      'cells.0.states.4',
    ]);
    const concat = graph.blocks.find((block) => block.kind === 'concat');
    expect(concat?.inputs.map(({ name }) => name)).toEqual(['cells.0.states.4', 'cells.0.states.2']);
    expect(outputOf(graph, 'cells.0')?.channels).toBe(2 * SIZE.channels);
    expect(graph.weights.filter(({ name }) => name.includes('entries.3'))).toEqual([]);
  });

  it('counts the weights of operations that lead nowhere, halvings among them, as PyTorch builds them', () => {
    const size = { ...SIZE, image: 32 };
    const idle = cell(['skip_connect', 3, 0], ['skip_connect', 3, 2]);
    const genotype = { normal: plain, reduce: [...plain, ...idle], reduceConcat: [2] };
    const counted = countRetrainedNetwork({ ...size, genotype });
    const { parameters, ...without } = countRetrainedNetwork({ ...size, genotype: { normal: plain, reduce: plain } });
    // Reduction cells of 8 and 16 channels: two convolutions to half of them, scale and shift. The other is an identity.
    expect(counted).toEqual({ ...without, parameters: parameters + 8 * 8 + 2 * 8 + 16 * 16 + 2 * 16 });
  });

  it.each([
    ['normal', { normal: [], reduce: plain }],
    ['reduce', { normal: plain, reduce: cell(['sep_conv_3x3', 4, 3]) }],
  ] as const)('is refused where it passes nothing on: %s', (kind, genotype) => {
    expect(() => buildRetrainedNetwork({ ...SIZE, genotype })).toThrow(RangeError);
    expect(() => buildRetrainedNetwork({ ...SIZE, genotype })).toThrow(`the ${kind} cell must pass an activation on`);
  });

  it('is refused where no node that it concatenates exists', () => {
    const genotype = { normal: plain, reduce: plain, normalConcat: [3] };
    expect(() => buildRetrainedNetwork({ ...SIZE, genotype })).toThrow(
      'the normal cell must pass an activation on, but no node that it concatenates is reached from its inputs',
    );
  });

  it('gives the auxiliary head 8x8, or it is refused', () => {
    const genotype = { normal: plain, reduce: plain };
    expect(() => buildRetrainedNetwork({ ...SIZE, genotype, auxiliary: true })).toThrow(
      'the auxiliary head must read 8x8, which takes pictures of 32x32, got 2x2',
    );
  });
});
