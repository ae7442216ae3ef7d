import type { MixingWeights } from '../engine/engine.ts';
import type { ConvUnit, HalvingOperation, NodeBlock, Operation, PoolOperation } from '../network/block-graph.ts';
import type { OnnxGraphBuilder } from './onnx-graph-builder.ts';

/** Height and width are axes 2 and 3. */
const SPATIAL_AXES = [2n, 3n];

/**
 * The sum of a node's operations: in a supernet each times its mixing weight (eq. 8 and 9), in a discrete cell as they
 * are.
 *
 * @throws RangeError where no operation adds anything
 */
export function addNode(builder: OnnxGraphBuilder, block: NodeBlock, mixing: MixingWeights | null): string {
  const terms = block.edges.flatMap(({ edge, input, operations }) =>
    operations.flatMap((operation, column): string[] => {
      if (operation.kind === 'none') return [];
      const value = addOperation(builder, operation, builder.read(input));
      if (edge === null) return [value];
      const weight = mixing?.[block.cellKind][edge * operations.length + column];
      if (weight === undefined)
        throw new RangeError(`edge ${edge} of the ${block.cellKind} cell has no mixing weights`);
      const name = `mixing.${block.cellKind}.${edge}.${column}`;
      return [builder.add('Mul', null, [value, builder.tensor(name, [], Float32Array.of(weight))])];
    }),
  );
  const [first, ...others] = terms;
  if (first === undefined) throw new RangeError(`${block.output.name} must add up at least one operation`);
  return others.reduce((sum, term) => builder.add('Add', null, [sum, term]), first);
}

function addOperation(builder: OnnxGraphBuilder, operation: Exclude<Operation, { kind: 'none' }>, input: string) {
  switch (operation.kind) {
    case 'identity':
      return input;
    case 'max-pool':
    case 'average-pool':
      return addPool(builder, operation, input);
    case 'halving':
      return addHalving(builder, operation, input);
    case 'conv':
      return operation.units.reduce((value, unit) => addConvUnit(builder, unit, value), input);
  }
}

/** In the operators of ONNX a maximum never takes the padding, and an average counts it only where it is told to. */
function addPool(builder: OnnxGraphBuilder, { kind, stride, norm }: PoolOperation, input: string): string {
  const window = { kernel_shape: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] };
  const pooled =
    kind === 'max-pool'
      ? builder.add('MaxPool', null, [input], window)
      : builder.add('AveragePool', null, [input], { ...window, count_include_pad: 0 });
  return norm === null ? pooled : builder.norm(pooled, norm);
}

/** The second convolution reads all but the first row and column. */
export function addHalving(builder: OnnxGraphBuilder, operation: HalvingOperation, input: string): string {
  const { convA, convB, norm } = operation;
  const rectified = builder.relu(input);
  const shifted = builder.add('Slice', null, [
    rectified,
    builder.tensor('slice.starts', [2], BigInt64Array.of(1n, 1n)),
    // An end beyond the last position means the last position.
    builder.tensor('slice.ends', [2], BigInt64Array.of(2n ** 31n - 1n, 2n ** 31n - 1n)),
    builder.tensor('slice.axes', [2], BigInt64Array.from(SPATIAL_AXES)),
  ]);
  const halves = [builder.conv(rectified, convA, { stride: 2 }), builder.conv(shifted, convB, { stride: 2 })];
  return builder.norm(builder.add('Concat', null, halves, { axis: 1 }), norm);
}

function addConvUnit(builder: OnnxGraphBuilder, unit: ConvUnit, input: string): string {
  const { kernel, stride, dilation, depthwise, pointwise, norm } = unit;
  const [groups = 1] = depthwise.shape;
  const padding = (dilation * (kernel - 1)) / 2;
  const filtered = builder.conv(builder.relu(input), depthwise, { stride, padding, dilation, groups });
  return builder.norm(builder.conv(filtered, pointwise), norm);
}
