import { describe, expect, it } from 'vitest';
import { networkTensors } from '../../src/export/network-tensors.ts';
import { readSafetensors, writeSafetensors } from '../../src/export/safetensors.ts';
import { torchTensors } from '../../src/export/torch-tensors.ts';
import { buildRetrainedNetwork, type RetrainedNetworkOptions } from '../../src/network/retrained-network.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import type { GenotypeDialect } from '../../src/space/genotype-text.ts';
import { EVERY_PRIMITIVE, randomState } from './random-network.ts';

const SIZES = { channels: 4, layers: 3, image: 8 };

function tensorsOf(genotype: Genotype, dialect: GenotypeDialect, options: Partial<RetrainedNetworkOptions> = {}) {
  const graph = buildRetrainedNetwork({ ...SIZES, ...options, genotype });
  return torchTensors({ graph, state: randomState(graph, 1), genotype, dialect, iterations: 7 });
}

/** Names and shapes, in the order of names. */
function listOf(tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>): string[] {
  return Array.from(tensors, ([name, { shape }]) => `${name} ${shape.join('x')}`).toSorted();
}

/** A `BatchNorm2d` in PyTorch's `state_dict`. */
const norm = (name: string, channels: number): string[] => [
  ...['weight', 'bias', 'running_mean', 'running_var'].map((leaf) => `${name}.${leaf} ${channels}`),
  `${name}.num_batches_tracked `,
];

/** `ReLUConvBN` */
const projection = (name: string, inputs: number, outputs: number): string[] => [
  `${name}.op.1.weight ${outputs}x${inputs}x1x1`,
  ...norm(`${name}.op.2`, outputs),
];

/** `FactorizedReduce` */
const halving = (name: string, inputs: number, outputs: number): string[] => [
  `${name}.conv_1.weight ${outputs / 2}x${inputs}x1x1`,
  `${name}.conv_2.weight ${outputs / 2}x${inputs}x1x1`,
  ...norm(`${name}.bn`, outputs),
];

/** `SepConv` */
const separable = (name: string, channels: number, kernel: number): string[] => [
  `${name}.op.1.weight ${channels}x1x${kernel}x${kernel}`,
  `${name}.op.2.weight ${channels}x${channels}x1x1`,
  ...norm(`${name}.op.3`, channels),
  `${name}.op.5.weight ${channels}x1x${kernel}x${kernel}`,
  `${name}.op.6.weight ${channels}x${channels}x1x1`,
  ...norm(`${name}.op.7`, channels),
];

/** `DilConv` */
const dilated = (name: string, channels: number, kernel: number): string[] => [
  `${name}.op.1.weight ${channels}x1x${kernel}x${kernel}`,
  `${name}.op.2.weight ${channels}x${channels}x1x1`,
  ...norm(`${name}.op.3`, channels),
];

/** Stem and classifier of `NetworkCIFAR` with 4 channels. */
const ends = (features: number): string[] => [
  'stem.0.weight 12x3x3x3',
  ...norm('stem.1', 12),
  `classifier.weight 10x${features}`,
  'classifier.bias 10',
];

/** Genotype(normal=[(sep_conv_3x3, 0), (dil_conv_5x5, 1)], reduce=[(max_pool_3x3, 0), (skip_connect, 1)]) */
const SMALL: Genotype = {
  normal: [
    { primitive: 'sep_conv_3x3', from: 0, to: 2 },
    { primitive: 'dil_conv_5x5', from: 1, to: 2 },
  ],
  reduce: [
    { primitive: 'max_pool_3x3', from: 0, to: 2 },
    { primitive: 'skip_connect', from: 1, to: 2 },
  ],
};

/** Names of what does not depend on the dialect. Cell 0 is normal, cells 1 and 2 reduce; each has one node. */
const SMALL_BESIDE = [
  ...ends(16),
  ...projection('cells.0.preprocess0', 12, 4),
  ...projection('cells.0.preprocess1', 12, 4),
  ...projection('cells.1.preprocess0', 12, 8),
  ...projection('cells.1.preprocess1', 4, 8),
  ...halving('cells.2.preprocess0', 4, 16),
  ...projection('cells.2.preprocess1', 8, 16),
];

describe('torchTensors', () => {
  it('has the names and shapes of NetworkCIFAR of DARTS', () => {
    expect(listOf(tensorsOf(SMALL, 'pairs'))).toEqual(
      [
        ...SMALL_BESIDE,
        ...separable('cells.0._ops.0', 4, 3),
        ...dilated('cells.0._ops.1', 4, 5),
        ...halving('cells.1._ops.1', 8, 8),
        ...halving('cells.2._ops.1', 16, 16),
      ].toSorted(),
    );
  });

  it('has the names and shapes of FairDARTS’s cells', () => {
    expect(listOf(tensorsOf(SMALL, 'triples'))).toEqual(
      [
        ...SMALL_BESIDE,
        ...separable('cells.0._ops.2.0.0', 4, 3),
        ...dilated('cells.0._ops.2.1.0', 4, 5),
        ...halving('cells.1._ops.2.1.0', 8, 8),
        ...halving('cells.2._ops.2.1.0', 16, 16),
      ].toSorted(),
    );
  });

  it('counts the operations of an edge, and has those that FairDARTS’s code builds but never runs', () => {
    const genotype: Genotype = {
      normal: [
        { primitive: 'sep_conv_5x5', from: 1, to: 3 },
        { primitive: 'avg_pool_3x3', from: 1, to: 3 },
        { primitive: 'dil_conv_3x3', from: 1, to: 3 },
        { primitive: 'dil_conv_5x5', from: 2, to: 3 }, // no node 2
      ],
      reduce: SMALL.reduce,
    };
    const tensors = tensorsOf(genotype, 'triples');
    expect(listOf(tensors).filter((name) => name.startsWith('cells.0._ops.'))).toEqual(
      [
        ...separable('cells.0._ops.3.1.0', 4, 5),
        ...dilated('cells.0._ops.3.1.2', 4, 3),
        ...dilated('cells.0._ops.3.2.0', 4, 5),
      ].toSorted(),
    );
    const idle = (part: string) => tensors.get(`cells.0._ops.3.2.0.op.${part}`)?.values;
    expect(idle('1.weight')).toEqual(new Float32Array(100));
    expect(idle('3.weight')).toEqual(new Float32Array(4).fill(1));
    expect(idle('3.running_var')).toEqual(new Float32Array(4).fill(1));
    expect(idle('3.num_batches_tracked')).toEqual(BigInt64Array.of(0n));
  });

  it('has the operations of nodes that do not lead to the output, which DARTS’s code builds', () => {
    const second = (primitive: 'sep_conv_3x3' | 'skip_connect') => ({ primitive, from: 1, to: 3 }) as const;
    const normal = [...SMALL.normal, second('sep_conv_3x3'), second('skip_connect')];
    const tensors = tensorsOf({ ...SMALL, normal, normalConcat: [2] }, 'pairs');
    const names = listOf(tensors).filter((name) => name.startsWith('cells.0._ops.2.'));
    expect(names).toEqual(separable('cells.0._ops.2', 4, 3).toSorted());
    expect(tensors.get('cells.1.preprocess1.op.1.weight')?.shape).toEqual([8, 4, 1, 1]);
  });

  it('has the auxiliary head', () => {
    const tensors = tensorsOf(SMALL, 'pairs', { image: 32, auxiliary: true });
    expect(listOf(tensors).filter((name) => name.startsWith('auxiliary'))).toEqual(
      [
        'auxiliary_head.features.2.weight 128x16x1x1',
        ...norm('auxiliary_head.features.3', 128),
        'auxiliary_head.features.5.weight 768x128x2x2',
        ...norm('auxiliary_head.features.6', 768),
        'auxiliary_head.classifier.weight 10x768',
        'auxiliary_head.classifier.bias 10',
      ].toSorted(),
    );
  });

  it.each(['pairs', 'triples'] as const)('has every value of the network once, in %s', (dialect) => {
    const graph = buildRetrainedNetwork({ ...SIZES, genotype: SMALL });
    const state = randomState(graph, 1);
    const values = Array.from(networkTensors(graph, state).values(), (tensor) => tensor.values);
    const tensors = torchTensors({ graph, state, genotype: SMALL, dialect, iterations: 7 });
    const floats = [...tensors.values()].map((tensor) => tensor.values).filter((each) => each instanceof Float32Array);
    expect(new Set(floats)).toEqual(new Set(values));
    expect(tensors.get('stem.1.num_batches_tracked')).toEqual({ shape: [], values: BigInt64Array.of(7n) });
  });

  it('is read back from safetensors, where each tensor begins at a multiple of its values’ size', () => {
    const tensors = tensorsOf(EVERY_PRIMITIVE, 'triples');
    const file = writeSafetensors({ tensors, metadata: new Map() });
    expect(readSafetensors(file).tensors).toEqual(tensors);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header: Record<string, { dtype: string; data_offsets: number[] }> = JSON.parse(
      new TextDecoder().decode(file.subarray(8, 8 + length)),
    );
    for (const { dtype, data_offsets: offsets } of Object.values(header)) {
      expect((offsets[0] as number) % (dtype === 'I64' ? 8 : 4)).toBe(0);
    }
  });

  it('refuses noise, which the public code does not have', () => {
    const noise = [{ primitive: 'noise', from: 0, to: 2 }] as const;
    const genotype: Genotype = { normal: [{ primitive: 'skip_connect', from: 0, to: 2 }], reduce: noise };
    expect(() => tensorsOf(genotype, 'pairs')).toThrow('has no operation noise');
  });

  it('refuses cells that FairDARTS’s code would compute otherwise, or fail at', () => {
    const late: Genotype = {
      normal: [
        { primitive: 'skip_connect', from: 2, to: 3 },
        { primitive: 'skip_connect', from: 0, to: 3 },
        { primitive: 'skip_connect', from: 0, to: 2 },
      ],
      reduce: SMALL.reduce,
    };
    expect(() => tensorsOf(late, 'triples')).toThrow(
      'FairDARTS’s code runs node 3 of the normal cell before node 2, which it reads',
    );
    const some: Genotype = { ...SMALL, reduceConcat: [2] };
    expect(() => tensorsOf(some, 'triples')).toThrow(
      'FairDARTS’s code concatenates every node of the reduce cell, whatever the list says',
    );
    const cut: Genotype = {
      normal: SMALL.normal,
      reduce: [...SMALL.reduce, { primitive: 'skip_connect', from: 3, to: 4 }],
    };
    expect(() => tensorsOf(cut, 'triples')).toThrow(
      'FairDARTS’s code fails at node 4 of the reduce cell, which no input reaches',
    );
  });
});
