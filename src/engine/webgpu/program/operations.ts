import { OPERATIONS } from '../../cpu/plan/operations.ts';
import {
  type FieldsOf,
  flag,
  int,
  list,
  named,
  optionalPlace,
  place,
  type Struct,
  struct,
} from '../../cpu/plan/struct.ts';

/*
 * The operations that the kernels in WGSL run. They are the planner's, with these differences. There is no scratch: a unit
 * reads the state itself, rectified on the way, and hands the gradient at its depthwise output to a place of its own. Gradients
 * of weights are operations apart. Index tables stand among the words of the program.
 */

/** How the workgroups of an operation are laid out. */
export interface GpuOperation {
  readonly struct: Struct;
  /** What the x of its workgroups counts. */
  readonly over: 'pictures' | 'chunks' | 'once';
  /** Fields whose places it writes, `list.field` for those of a list's elements; all other places are only read. */
  readonly writes: readonly string[];
  /** Whether it writes single floats beside each other, so that its kernel may not see the memory as vectors. */
  readonly scalars?: boolean;
  /** Files of functions that its kernel shares with others, beside `common`. @default none */
  readonly uses?: readonly string[];
}

type WithoutFields<S extends Struct, Names extends string> = Omit<S, 'fields'> & {
  readonly fields: Omit<S['fields'], Names>;
};

/** A struct without some of its fields. */
function without<S extends Struct, const Names extends string>(
  of: S,
  ...names: readonly Names[]
): WithoutFields<S, Names> {
  const fields = Object.entries(of.fields).filter(([name]) => !(names as readonly string[]).includes(name));
  return { ...of, fields: Object.fromEntries(fields) as Omit<S['fields'], Names> };
}

const { point, stem, logits, pool } = OPERATIONS;

const UNIT_INPUT = {
  x: place('What the unit reads, [height][width][channels].'),
  kept: optionalPlace('Notes of where the ReLU lets a value through; -1: where that is above 0.'),
  scale: optionalPlace('Scale of the batch norm before the ReLU, [channels]; -1 if there is none, as for the shift.'),
  ...named('optional place', 'shift'),
  ...named('int', 'height', 'width', 'channels', 'kernel', 'dilation', 'stride'),
  depthwise: place('[kernel][kernel][channels]'),
  mixing: optionalPlace('Mixing weight of what it is for: at -0 it makes zeros; -1: it is always made.'),
};

const NORM_GRADIENT = {
  g: place('Gradient at the output of the batch norm.'),
  drops: optionalPlace('Factors of drop-path, [pictures]; -1: nothing is dropped.'),
  z: place('What came before the batch norm.'),
  abc: place('Coefficients of the gradient of the batch norm, [3][channels].'),
};

const SPREAD_USE = struct('spread_use', 'A unit whose gradient at the input is gathered.', {
  spread: place('Gradient at its depthwise output.'),
  depthwise: place('[kernel][kernel][channels]'),
  ...named('int', 'kernel', 'dilation', 'stride'),
  mixing: optionalPlace('Mixing weight of what it is for: at -0 it has no gradient.'),
});

const stateGradient = OPERATIONS.stateGradient.struct.fields;
const between = OPERATIONS.betweenUnits.struct.fields;

export const GPU_OPERATIONS = {
  unit: {
    over: 'pictures',
    writes: ['z', 'sums'],
    uses: ['filter', 'tile'],
    struct: struct('unit', 'A convolution unit: depthwise, then pointwise.', {
      ...UNIT_INPUT,
      pointwise: place('[channels][channels]'),
      ...named('place', 'z', 'sums'),
    }),
  },
  unitBackward: {
    over: 'pictures',
    writes: ['spread'],
    uses: ['tile'],
    struct: struct('unit_backward', 'The gradient at the depthwise output of a unit.', {
      ...NORM_GRADIENT,
      ...named('int', 'height', 'width', 'channels', 'stride'),
      transposed: place('Pointwise weights for the way back, [channels][channels].'),
      spread: place('Result, [height / stride][width / stride][channels].'),
      mixing: UNIT_INPUT.mixing,
    }),
  },
  unitGradients: {
    over: 'chunks',
    writes: ['gradients'],
    uses: ['filter'],
    struct: struct('unit_gradients', 'Partial gradients of the weights of a unit.', {
      ...UNIT_INPUT,
      ...NORM_GRADIENT,
      spread: place('Gradient at the depthwise output.'),
      gradients: place('Result, [chunks][pointwise, depthwise].'),
    }),
  },
  betweenUnits: {
    over: 'pictures',
    writes: ['g', 'sums'],
    uses: ['spread'],
    struct: struct('between_units', 'The gradient between the two units of a separable convolution.', {
      ...{
        z: between.z,
        scale: between.scale,
        shift: between.shift,
        g: between.g,
        kept: between.kept,
        sums: between.sums,
      },
      ...named('int', 'height', 'width', 'channels'),
      units: list('units', SPREAD_USE),
    }),
  },
  stateGradient: {
    over: 'pictures',
    writes: ['g'],
    uses: ['spread'],
    struct: struct('state_gradient', 'What convolutions and skip connections add to the gradient of a state.', {
      ...named('place', 'g', 'x'),
      kept: stateGradient.kept,
      ...named('int', 'height', 'width', 'channels'),
      units: list('units', SPREAD_USE),
      edges: stateGradient.edges,
    }),
  },
  point: {
    over: 'pictures',
    writes: ['z', 'sums'],
    struct: without(point.struct, 'row', 'g', 'drops', 'abc', 'transposed', 'gradients', 'wanted'),
  },
  pointBackward: {
    over: 'pictures',
    writes: ['inputs.g'],
    struct: without(point.struct, 'row', 'weights', 'sums', 'gradients', 'wanted'),
  },
  pointGradients: {
    over: 'chunks',
    writes: ['gradients'],
    struct: without(point.struct, 'row', 'weights', 'sums', 'transposed', 'wanted'),
  },
  pool: {
    over: 'pictures',
    writes: ['z', 'winner', 'sums'],
    scalars: true,
    struct: { ...pool.struct, fields: { ...pool.struct.fields, bypass: flag('Whether it is 2x2, without padding.') } },
  },
  poolBackward: {
    over: 'pictures',
    writes: ['dx'],
    struct: without(OPERATIONS.poolBackward.struct, 'row'),
  },
  stem: { over: 'pictures', writes: ['z', 'sums'], struct: without(stem.struct, 'row', 'g', 'abc', 'gradients') },
  stemBackward: { over: 'chunks', writes: ['gradients'], struct: without(stem.struct, 'row', 'weights', 'sums') },
  normalize: { over: 'pictures', writes: ['x'], struct: OPERATIONS.normalize.struct },
  mix: { over: 'pictures', writes: ['node'], struct: without(OPERATIONS.mix.struct, 'row') },
  coefficients: {
    over: 'once',
    writes: ['mean', 'variance', 'scale', 'shift'],
    struct: OPERATIONS.coefficients.struct,
  },
  logits: {
    over: 'pictures',
    writes: ['features', 'logits'],
    struct: without(logits.struct, 'gradient', 'gradients'),
  },
  logitsBackward: {
    over: 'pictures',
    writes: ['inputs.g'],
    struct: without(logits.struct, 'bias', 'features', 'logits', 'gradients'),
  },
  logitsGradients: {
    over: 'chunks',
    writes: ['gradients'],
    struct: struct('logits_gradients', 'Partial gradients of a linear layer.', {
      ...named('int', 'count', 'classes'),
      ...named('place', 'features', 'gradient'),
      gradients: place('Result, [chunks][count + 1][classes].'),
    }),
  },
  gradientSums: { over: 'pictures', writes: ['sums'], struct: OPERATIONS.gradientSums.struct },
  gradientCoefficients: {
    over: 'once',
    writes: ['dgamma', 'dbeta', 'abc', 'shares.dmixing'],
    struct: OPERATIONS.gradientCoefficients.struct,
  },
  zero: { over: 'pictures', writes: ['to'], struct: OPERATIONS.zero.struct },
  reduce: { over: 'once', writes: ['to'], struct: OPERATIONS.reduce.struct },
  scatter: {
    over: 'once',
    writes: ['places'],
    scalars: true,
    struct: struct('scatter', 'Numbers on their way from a row to places of their own.', {
      ...named('place', 'row'),
      index: int('Word of the first index.'),
      ...named('place', 'places'),
      ...named('int', 'count', 'span'),
    }),
  },
  gather: {
    over: 'once',
    writes: ['row'],
    scalars: true,
    struct: struct('gather', 'Numbers on their way from places of their own to a row.', {
      ...named('place', 'row'),
      index: int('Word of the first index.'),
      ...named('place', 'places'),
      ...named('int', 'count', 'span'),
    }),
  },
  auxiliaryPool: {
    over: 'pictures',
    writes: ['z'],
    struct: without(OPERATIONS.auxiliaryPool.struct, 'dz'),
  },
  auxiliaryPoolBackward: {
    over: 'pictures',
    writes: ['inputs.g'],
    struct: without(OPERATIONS.auxiliaryPool.struct, 'z'),
  },
  pick: {
    over: 'pictures',
    writes: ['to'],
    struct: {
      ...OPERATIONS.pick.struct,
      fields: { ...OPERATIONS.pick.struct.fields, index: int('Word of the first number.') },
    },
  },
  keep: { over: 'pictures', writes: ['to'], scalars: true, struct: OPERATIONS.keep.struct },
  copy: { over: 'pictures', writes: ['to'], scalars: true, struct: OPERATIONS.copy.struct },
} as const satisfies Readonly<Record<string, GpuOperation>>;

export type GpuOperationName = keyof typeof GPU_OPERATIONS;

/** Fields of an operation by name; null for a place that is missing. */
export type GpuFields<Name extends GpuOperationName> = FieldsOf<(typeof GPU_OPERATIONS)[Name]['struct']>;

/** An operation and its fields. */
export type GpuCall = {
  readonly [Name in GpuOperationName]: { readonly name: Name; readonly fields: GpuFields<Name> };
}[GpuOperationName];
