import type { NetworkState } from '../engine/engine.ts';
import type { BatchNormSpec, BlockGraph, WeightSpec } from '../network/block-graph.ts';
import { type Makers, primitiveOperation } from '../network/operations.ts';
import { CELL_KINDS, type CellKind, INPUT_NODES } from '../space/cell.ts';
import type { Genotype } from '../space/genotype.ts';
import { GenotypeError } from '../space/genotype-syntax.ts';
import type { GenotypeDialect } from '../space/genotype-text.ts';
import { networkTensors } from './network-tensors.ts';
import type { Tensor, TensorValues } from './safetensors.ts';
import { checkTriplesRun, type TorchNames, torchName } from './torch-names.ts';

/** A retrained network, and how the public PyTorch code writes its genotype. */
export interface TorchNetwork {
  readonly graph: BlockGraph;
  readonly state: NetworkState;
  readonly genotype: Genotype;
  /** Must be able to say the genotype, entry by entry. */
  readonly dialect: GenotypeDialect;
  /** Number of steps of SGD, which each batch norm has tracked. */
  readonly iterations: number;
}

/**
 * Lists a retrained network's tensors under the names of the public PyTorch code (see `torchName`), so that its
 * `NetworkCIFAR` takes them with `load_state_dict(strict=True)`: weights, running statistics and `num_batches_tracked`.
 * The code of triples builds operations that never run, because their source does not exist; they get zeros, and
 * batch norms without effect.
 *
 * @throws GenotypeError if the public code would not compute the same network
 * @throws RangeError if the state lacks a weight of the graph
 */
export function torchTensors(network: TorchNetwork): Map<string, Tensor<TensorValues>> {
  const { graph, state, genotype, dialect, iterations } = network;
  if (CELL_KINDS.some((kind) => genotype[kind].some(({ primitive }) => primitive === 'noise'))) {
    throw new GenotypeError('the public PyTorch code has no operation noise');
  }
  if (dialect === 'triples') checkTriplesRun(genotype);
  const cells = cellsOf(graph);
  const names: TorchNames = { genotype, dialect, kinds: cells.map(({ kind }) => kind) };
  const idle = idleParts(cells, genotype, graph);
  const floats = networkTensors(
    { ...graph, weights: [...graph.weights, ...idle.weights], norms: [...graph.norms, ...idle.norms] },
    { ...state, weights: { ...state.weights, ...idle.values } },
  );
  // The integers come first, so that every tensor begins at a multiple of its values' size.
  const integers = [...graph.norms, ...idle.norms].map((norm): [string, Tensor<TensorValues>] => {
    const tracked = idle.norms.includes(norm) ? 0 : iterations;
    return [`${norm.name}.num_batches_tracked`, { shape: [], values: BigInt64Array.of(BigInt(tracked)) }];
  });
  return new Map([...integers, ...floats].map(([name, tensor]) => [torchName(name, names), tensor]));
}

/** A cell of a graph: its kind, and the channels of its nodes. */
interface CellOfGraph {
  readonly kind: CellKind;
  readonly channels: number;
}

function cellsOf({ blocks }: BlockGraph): CellOfGraph[] {
  const cells: CellOfGraph[] = [];
  for (const block of blocks) {
    if (block.kind === 'node') cells[block.cell] = { kind: block.cellKind, channels: block.output.channels };
  }
  return cells;
}

/** Weights and batch norms of operations that the graph leaves out, with values that mean nothing. */
function idleParts(cells: readonly CellOfGraph[], genotype: Genotype, graph: BlockGraph) {
  const known = new Set(graph.weights.map(({ name }) => name));
  const weights: WeightSpec[] = [];
  const norms: BatchNormSpec[] = [];
  const values: Record<string, Float32Array> = {};
  const add = (fill: number, name: string, shape: readonly number[]): WeightSpec => {
    const spec = { name, shape };
    if (known.has(name)) return spec;
    weights.push(spec);
    values[name] = new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(fill);
    return spec;
  };
  const make: Makers = {
    weight: (name, ...shape) => add(0, name, shape),
    norm(name, channels) {
      const affine = { scale: add(1, `${name}.weight`, [channels]), shift: add(0, `${name}.bias`, [channels]) };
      const spec = { name, channels, affine };
      if (!known.has(affine.scale.name)) norms.push(spec);
      return spec;
    },
  };
  for (const [cell, { kind, channels }] of cells.entries()) {
    for (const [place, { primitive, from }] of genotype[kind].entries()) {
      const name = `cells.${cell}.entries.${place}.${primitive}`;
      const stride = kind === 'reduce' && from < INPUT_NODES ? 2 : 1;
      primitiveOperation(make, primitive, name, channels, stride, 'bare pools');
    }
  }
  return { weights, norms, values };
}
