import type {
  Block,
  ConvOperation,
  HalvingOperation,
  MixedEdge,
  NodeBlock,
  Operation,
  PoolOperation,
} from '../../network/block-graph.ts';
import {
  averagePool,
  concat,
  depthwise,
  globalAveragePool,
  linear,
  maxPool,
  normalize,
  pointwise,
  relu,
  scaleShift,
  stemConvolution,
  subsample,
} from './operators.ts';
import type { Pass } from './pass.ts';
import type { Value } from './tape.ts';

/** Runs the blocks whose outputs the pass does not have yet, in their order. */
export function runBlocks(pass: Pass, blocks: readonly Block[]): void {
  try {
    for (const block of blocks) {
      if (!pass.values.has(block.output.name)) pass.values.set(block.output.name, runBlock(pass, block));
    }
  } catch (error) {
    pass.releaseShared();
    throw error;
  }
}

/** Reads a block's inputs among the pass's values, and returns its output. */
function runBlock(pass: Pass, block: Block): Value {
  switch (block.kind) {
    case 'stem': {
      const { scale, shift } = block.norm.affine ?? {};
      const normalized = normalize(pass, stemConvolution(pass, pass.value(block.input.name), block.conv), block.norm);
      return scale && shift ? scaleShift(pass, normalized, scale, shift) : normalized;
    }
    case 'projection':
      return normalize(pass, pointwise(pass, rectified(pass, block.input.name), block.conv), block.norm);
    case 'halving':
      return halving(pass, block.input.name, block.operation);
    case 'node':
      return node(pass, block);
    case 'concat': {
      const output = concat(
        pass,
        block.inputs.map((input) => pass.value(input.name)),
      );
      pass.releaseShared();
      return output;
    }
    case 'global-average-pool':
      return globalAveragePool(pass, pass.value(block.input.name));
    case 'auxiliary-head':
      throw new RangeError('this engine does not run an auxiliary head');
    case 'classifier':
      return linear(pass, pass.value(block.input.name), block.weight, block.bias);
  }
}

interface Term {
  readonly value: Value;
  /** Position of its mixing weight in the cell's flat matrix. */
  readonly position: number;
  /** Made for this node alone. */
  readonly own: boolean;
}

/** Sum over a node's edges and their operations of mixing weight times operation (eq. 8 and 9). */
function node(pass: Pass, block: NodeBlock): Value {
  const terms = block.edges.flatMap((edge) => edgeTerms(pass, edge));
  const mixing = pass.mixing[block.cellKind];
  const weights = terms.map((term) => mixing[term.position] as number);
  const tensors = terms.map((term) => term.value.tensor);
  const output = pass.kernels.weightedSum(tensors, weights);
  const value = pass.tape.record(
    output,
    ({ tensor, scale }) => {
      pass.mixingProducts.push({
        cellKind: block.cellKind,
        positions: terms.map((term) => term.position),
        products: pass.kernels.dots(tensor, tensors),
        scale,
      });
      for (const [i, term] of terms.entries()) term.value.addGradient(tensor, scale * (weights[i] as number), true);
    },
    true,
  );
  for (const term of terms) if (term.own) pass.release(term.value);
  return value;
}

function edgeTerms(pass: Pass, edge: MixedEdge): Term[] {
  return edge.operations.flatMap((operation, column): Term[] => {
    // `none` adds nothing, and its gradient is 0.
    if (operation.kind === 'none') return [];
    const value = runOperation(pass, edge.input.name, operation);
    const own = operation.kind === 'conv' || operation.kind === 'halving';
    return [{ value, position: (edge.edge ?? 0) * edge.operations.length + column, own }];
  });
}

function runOperation(pass: Pass, input: string, operation: Exclude<Operation, { kind: 'none' }>): Value {
  switch (operation.kind) {
    case 'identity':
      return pass.value(input);
    case 'halving':
      return pass.scoped(() => halving(pass, input, operation));
    case 'conv':
      return pass.scoped(() => convolutionUnits(pass, input, operation));
    case 'max-pool':
    case 'average-pool':
      return pool(pass, input, operation);
  }
}

function pool(pass: Pass, input: string, { kind, stride, norm }: PoolOperation): Value {
  const pooled = pass.shared(`${input}, ${kind}`, () => {
    const whole = kind === 'max-pool' ? maxPool(pass, pass.value(input)) : averagePool(pass, pass.value(input));
    return stride === 1 ? whole : subsample(pass, whole, 'even');
  });
  if (norm === null) return pooled;
  // By the mini-batch all edges from one node normalize alike; the running statistics are each edge's own.
  const key = pass.options.statistics === 'batch' ? `${input}, ${kind}, normalized` : norm.name;
  const value = pass.shared(key, () => normalize(pass, pooled, norm));
  pass.repeatMoments(norm, value);
  return value;
}

function halving(pass: Pass, input: string, { convA, convB, norm }: HalvingOperation): Value {
  const halves = [
    pointwise(pass, phase(pass, input, 'even'), convA),
    pointwise(pass, phase(pass, input, 'odd'), convB),
  ];
  return normalize(pass, concat(pass, halves), norm);
}

function convolutionUnits(pass: Pass, input: string, { units }: ConvOperation): Value {
  let value = rectified(pass, input);
  for (const [i, unit] of units.entries()) {
    if (i > 0) value = relu(pass, value);
    let filtered: Value;
    if (unit.stride === 2 && unit.dilation === 2) {
      // Such a filter reads even positions only: on those alone it is a plain one.
      filtered = depthwise(pass, phase(pass, input, 'even'), unit.depthwise, unit.kernel, 1);
    } else {
      filtered = depthwise(pass, value, unit.depthwise, unit.kernel, unit.dilation);
      if (unit.stride === 2) filtered = subsample(pass, filtered, 'even');
    }
    value = normalize(pass, pointwise(pass, filtered, unit.pointwise), unit.norm);
  }
  return value;
}

function rectified(pass: Pass, input: string): Value {
  return pass.shared(`${input}, relu`, () => relu(pass, pass.value(input)));
}

function phase(pass: Pass, input: string, which: 'even' | 'odd'): Value {
  return pass.shared(`${input}, relu, ${which}`, () => subsample(pass, rectified(pass, input), which));
}
