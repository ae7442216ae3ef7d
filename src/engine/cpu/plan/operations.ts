import { type FieldsOf, flag, int, list, named, optionalPlace, place, type Struct, struct } from './struct.ts';

/*
 * The operations that the kernels run: the code of each, and its fields in order. `tools/build-kernels.ts` writes
 * `kernels/operations.h` from this table. Tensors are channels last and hold all pictures, one after the other; shapes
 * in the comments are those of one picture.
 */

/** Most terms of one `mix`, and skip connections that leave one state: the kernels have room for no more. */
export const MAX_TERMS = 256;

const MIXING = 'Mixing weight; -1: 1.';
const SKIPPED = 'Mixing weight of what it is for: at -0 it makes zeros, and has no gradients; -1: it is always made.';
const DROPS = 'Factors of drop-path, [pictures]; -1: nothing is dropped.';
const KEPT = 'Bytes, shaped like x: 1 where the ReLU lets a value through; -1: it does where that is above 0.';
const ROW = 'Scratch: rows of pixels.';
const UNIT_SIZES = ['pad', 'height', 'width', 'channels', 'kernel', 'dilation', 'stride'] as const;

const POINT_INPUT = struct('point_input', 'One of the inputs that stand side by side.', {
  ...named('place', 'x', 'g'),
  ...named('int', 'channels', 'stride'),
  phase: int('First row and column that is read: 0 or 1.'),
  kept: optionalPlace(KEPT),
});

const POINT = struct('point_operation', 'A pointwise convolution of several inputs, and its gradient.', {
  ...named('int', 'height', 'width', 'from', 'channels'),
  weights: place('[from][channels]'),
  z: place('Result, [height][width][channels].'),
  sums: place('Sums of z and of its squares, [2][channels].'),
  row: place(ROW),
  g: optionalPlace('Gradient at the output of the batch norm that follows; -1 in the forward pass, as abc is.'),
  drops: optionalPlace(DROPS),
  abc: optionalPlace('Coefficients of the gradient of that batch norm, [3][channels].'),
  transposed: place('Weights for the way back, [channels][from].'),
  gradients: optionalPlace('Partial gradients of the weights, [chunks][from][channels]; -1 if they are not wanted.'),
  wanted: flag('Whether the gradients of the weights are wanted.'),
  mixing: optionalPlace(SKIPPED),
  inputs: list('input', POINT_INPUT),
});

const WEIGHTED_GRADIENT = struct('weighted_gradient', 'Gradient of a node, and the factors of the term at hand.', {
  g: place('Gradient of the node.'),
  mixing: optionalPlace(MIXING),
  drops: optionalPlace(DROPS),
});

const POOL = struct('pool_operation', 'A pool 3x3; of a bypass 2x2.', {
  x: place('[height][width][channels]'),
  ...named('int', 'height', 'width', 'channels', 'stride'),
  average: flag('Whether it is the average; else the maximum.'),
  z: place('Result, [height / stride][width / stride][channels].'),
  winner: optionalPlace('Bytes, shaped like z: the tap of the maximum; -1 if no backward pass follows.'),
  held: flag('Whether the winners are there already, and are taken as they are.'),
  sums: optionalPlace('Sums of z and of its squares, [2][channels]; -1 if no batch norm follows.'),
});

const STEM = struct('stem_operation', 'The convolution 3x3 of pictures, [size][size][3], and its gradient.', {
  image: place('Pictures.'),
  ...named('int', 'size', 'channels'),
  weights: place('[28][channels], the last row being zero.'),
  z: place('Result, [size][size][channels].'),
  sums: place('Sums of z and of its squares, [2][channels].'),
  row: place(ROW),
  g: optionalPlace('Gradient at the output of the batch norm that follows; -1 in the forward pass, as the next two.'),
  abc: optionalPlace('Coefficients of the gradient of that batch norm, [3][channels].'),
  gradients: optionalPlace('Partial gradients of the weights, [chunks][28][channels].'),
});

const MIX_TERM = struct('mix_term', 'A term of a node: what an operation made, and what it is multiplied by.', {
  z: place('[pixels][channels]'),
  mixing: optionalPlace(MIXING),
  drops: optionalPlace(DROPS),
  scale: optionalPlace('Scale of the batch norm, [channels]; -1 if there is none, as for the shift.'),
  ...named('optional place', 'shift'),
});

const LOGITS_INPUT = struct('logits_input', 'One of the inputs that stand side by side, [pixels][channels].', {
  ...named('place', 'node'),
  ...named('int', 'channels'),
  ...named('place', 'g'),
});

const LOGITS = struct('logits_operation', 'A linear layer over the mean of the pixels, and its gradient.', {
  ...named('int', 'pixels', 'classes'),
  rectify: flag('Whether a ReLU comes before the mean.'),
  weights: place('[features][classes]'),
  bias: place('[classes]'),
  features: place('Means, [features].'),
  logits: place('[classes]'),
  gradient: place('Gradient at the logits, [classes].'),
  gradients: optionalPlace('Partial gradients, [chunks][features + 1][classes]; -1 in the forward pass.'),
  inputs: list('input', LOGITS_INPUT),
});

const AUXILIARY_INPUT = struct(
  'auxiliary_input',
  'One of the inputs that stand side by side, [height][width][channels].',
  {
    ...named('place', 'x'),
    ...named('int', 'channels'),
    ...named('place', 'g'),
  },
);

const AUXILIARY_POOL = struct('auxiliary_pool_operation', 'The average pool of the auxiliary head, and its gradient.', {
  ...named('int', 'height', 'width'),
  from: int('Channels of all inputs.'),
  z: place('Result, [(height - 5) / 3 + 1][(width - 5) / 3 + 1][from].'),
  dz: place('Gradient at the result.'),
  inputs: list('input', AUXILIARY_INPUT),
});

const GRADIENT_SHARE = struct('gradient_share', 'One use of the output of a batch norm.', {
  sums: place('[pictures][rows][channels]: row 0 has the sums of g.'),
  rows: int('Rows of the sums.'),
  product: int('Row of the sums of g z.'),
  mixing: optionalPlace(MIXING),
  dmixing: optionalPlace('Gradient of the mixing weight; -1 if it is not wanted.'),
  drops: optionalPlace(DROPS),
});

const INDEX = struct('index_operation', 'Numbers on their way between a row and places of their own.', {
  ...named('place', 'row'),
  index: place('Floats from `places` for each number; below 0 or from `span` on: none.'),
  places: place('Where the indices count from.'),
  count: int('Numbers in the row.'),
  ...named('int', 'span'),
});

export const OPERATIONS = {
  fill: {
    code: 1,
    struct: struct('fill_operation', 'A rectified and padded copy of a tensor, for the convolution units.', {
      x: place('[height][width][channels]'),
      to: place('Scratch: [height + 2 pad][width + 2 pad][channels].'),
      ...named('int', 'height', 'width', 'channels', 'pad'),
      normalize: flag('Whether a batch norm comes before the ReLU.'),
      scale: optionalPlace('Scale of that batch norm, [channels]; -1 if there is none, as for the shift.'),
      ...named('optional place', 'shift'),
      mixing: optionalPlace('Mixing weight of what reads it: at -0 nothing is made; -1: it is always made.'),
      kept: optionalPlace(KEPT),
    }),
  },
  unit: {
    code: 2,
    struct: struct('unit_operation', 'A convolution unit: depthwise, then pointwise.', {
      x: place('Scratch: what `fill` made.'),
      ...named('int', ...UNIT_SIZES),
      depthwise: place('[kernel][kernel][channels]'),
      pointwise: place('[channels][channels]'),
      z: place('Result, [height / stride][width / stride][channels].'),
      sums: place('Sums of z and of its squares, [2][channels].'),
      row: place(ROW),
      mixing: optionalPlace(SKIPPED),
    }),
  },
  point: { code: 3, struct: POINT },
  pool: { code: 4, struct: POOL },
  stem: { code: 5, struct: STEM },
  normalize: {
    code: 6,
    struct: struct('normalize_operation', 'A batch norm written out: x = scale z + shift.', {
      ...named('place', 'z', 'scale', 'shift', 'x'),
      ...named('int', 'pixels', 'channels'),
    }),
  },
  mix: {
    code: 7,
    struct: struct('mix_operation', 'A node, or what is added to it: the weighted sum of its terms.', {
      node: place('[pixels][channels]'),
      ...named('int', 'pixels', 'channels'),
      row: place(ROW),
      add: flag('Whether the sum is added to what the node has already.'),
      terms: list('term', MIX_TERM),
    }),
  },
  coefficients: {
    code: 8,
    struct: struct('coefficients_operation', 'Mean, variance, scale and shift of a batch norm, [channels] each.', {
      sums: place('Sums of z and of its squares, [pictures][2][channels].'),
      pictures: int('Pictures of the mini-batch.'),
      pixels: int('Pixels of a picture.'),
      ...named('int', 'channels'),
      ...named('place', 'mean', 'variance', 'scale', 'shift'),
      gamma: optionalPlace('Scale of an affine norm, [channels]; -1 if it is not affine, as for the shift.'),
      ...named('optional place', 'beta'),
    }),
  },
  logits: { code: 9, struct: LOGITS },
  zero: {
    code: 10,
    struct: struct('zero_operation', 'A tensor that becomes zero.', {
      ...named('place', 'to'),
      floats: int('Floats of a picture.'),
    }),
  },
  logitsBackward: { code: 11, struct: LOGITS },
  gradientSums: {
    code: 12,
    struct: struct('gradient_sums_operation', 'Sums of a gradient, and of its products with tensors.', {
      g: place('[pixels][channels]'),
      ...named('int', 'pixels', 'channels'),
      sums: place('[1 + terms][channels]: of g, then of g z for every z.'),
      terms: list('z', 'place'),
    }),
  },
  gradientCoefficients: {
    code: 13,
    struct: struct('gradient_coefficients_operation', 'The gradient of a batch norm, made linear: a g + b z + c.', {
      ...named('int', 'pictures', 'pixels', 'channels'),
      mean: optionalPlace('[channels]; -1 if there is no batch norm, as for the variance.'),
      ...named('optional place', 'variance'),
      gamma: optionalPlace('Scale of an affine norm, [channels]; -1 if it is not affine, as for its gradients.'),
      ...named('optional place', 'dgamma', 'dbeta'),
      abc: optionalPlace('Result, [3][channels]; -1 if there is no batch norm.'),
      through: optionalPlace('Mixing weight that a is multiplied by; -1: 1.'),
      given: flag('Whether mean and variance were given: the gradient is a g then, as they depend on nothing.'),
      shares: list('share', GRADIENT_SHARE),
    }),
  },
  unitBackward: {
    code: 14,
    struct: struct('unit_backward_operation', 'The gradient of a convolution unit.', {
      g: place('Gradient at the output of the batch norm, [height / stride][width / stride][channels].'),
      drops: optionalPlace(DROPS),
      z: place('What the unit made.'),
      abc: place('Coefficients of the gradient of the batch norm, [3][channels].'),
      x: place('Scratch: what `fill` made; read if the gradients of the weights are wanted.'),
      ...named('int', ...UNIT_SIZES),
      depthwise: place('[kernel][kernel][channels]'),
      turned: place('The same by 180 degrees.'),
      transposed: place('Pointwise weights for the way back, [channels][channels].'),
      gradients: optionalPlace('Partial gradients, [chunks][pointwise, depthwise]; -1 if they are not wanted.'),
      wanted: flag('Whether the gradients of the weights are wanted.'),
      row: place(ROW),
      spread: place('Scratch: padded gradient at the depthwise output.'),
      dx: place('Scratch: gradient at the rectified input, [height][width][channels].'),
      add: flag('Whether the gradient is added to what dx has already.'),
      mixing: optionalPlace(SKIPPED),
    }),
  },
  betweenUnits: {
    code: 15,
    struct: struct('between_units_operation', 'The gradient between the two units of a separable convolution.', {
      dx: place('Scratch: gradient at the rectified input of the second unit.'),
      z: place('What the first unit made.'),
      ...named('place', 'scale', 'shift'),
      g: place('Result: gradient at the output of the batch norm of z.'),
      kept: optionalPlace('Bytes, shaped like z: 1 where the ReLU lets a value through; -1: by z.'),
      sums: place('Sums of g and of g z, [2][channels].'),
      ...named('int', 'pixels', 'channels'),
    }),
  },
  pointBackward: { code: 16, struct: POINT },
  poolBackward: {
    code: 17,
    struct: struct('pool_backward_operation', 'The gradient of a pool.', {
      dx: place('Added to, [height][width][channels].'),
      ...named('int', 'height', 'width', 'channels', 'stride'),
      average: flag('Whether it is the average; else the maximum.'),
      z: place('What the pool made.'),
      winner: place('Bytes, shaped like z: the tap of the maximum.'),
      abc: optionalPlace('Coefficients of the gradient of the batch norm, [3][channels]; -1 if there is none.'),
      row: place(ROW),
      edges: list('edge', WEIGHTED_GRADIENT),
    }),
  },
  stateGradient: {
    code: 18,
    struct: struct(
      'state_gradient_operation',
      'What convolutions and skip connections add to the gradient of a state.',
      {
        ...named('place', 'g', 'x'),
        ...named('int', 'pixels', 'channels'),
        dx: optionalPlace('Scratch: gradient at the rectified state; -1 if no convolution leaves it.'),
        kept: optionalPlace(KEPT),
        edges: list('edge', WEIGHTED_GRADIENT),
      },
    ),
  },
  stemBackward: { code: 19, struct: STEM },
  reduce: {
    code: 20,
    struct: struct('reduce_operation', 'to[size] = sum over the chunks of from[chunk][size], in order.', {
      ...named('place', 'from'),
      ...named('int', 'chunks', 'size'),
      ...named('place', 'to'),
    }),
  },
  multiplyAdd: {
    code: 21,
    struct: struct('multiply_add_operation', 'Multiply-adds and nothing else, to measure the peak.', {
      rounds: int('Rounds of 1280 multiply-adds.'),
      sum: place('Keeps a sum, so that no compiler leaves the rounds out.'),
    }),
  },
  scatter: { code: 22, struct: INDEX },
  gather: { code: 23, struct: INDEX },
  auxiliaryPool: { code: 24, struct: AUXILIARY_POOL },
  auxiliaryPoolBackward: { code: 25, struct: AUXILIARY_POOL },
  bypassPool: { code: 26, struct: POOL },
  pick: {
    code: 27,
    struct: struct('pick_operation', 'Channels of a tensor, or of two side by side, picked by their numbers.', {
      to: place('Result, [pixels][channels].'),
      ...named('int', 'pixels', 'channels'),
      add: flag('Whether they are added to what is there already.'),
      index: place('Number of the channel that each takes: of x, then of y; -1: 0.'),
      x: place('[pixels][from]'),
      ...named('int', 'from'),
      y: optionalPlace('[pixels][beside]; -1 if no number goes beyond x.'),
      ...named('int', 'beside'),
    }),
  },
  keep: {
    code: 28,
    struct: struct('keep_operation', 'Notes where a ReLU lets its input through.', {
      x: place('[pixels][channels]'),
      ...named('int', 'pixels', 'channels'),
      normalize: flag('Whether a batch norm comes before the ReLU.'),
      scale: optionalPlace('Scale of that batch norm, [channels]; -1 if there is none, as for the shift.'),
      ...named('optional place', 'shift'),
      to: place('Result, bytes shaped like x: 1 where it is above 0, else 0.'),
    }),
  },
  copy: {
    code: 29,
    struct: struct('copy_operation', 'A copy of a tensor.', {
      ...named('place', 'from', 'to'),
      floats: int('Floats of a picture.'),
    }),
  },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly struct: Struct }>>;

export type OperationName = keyof typeof OPERATIONS;

/** Fields of an operation by name; null for a place that is missing. */
export type OperationFields<Name extends OperationName> = FieldsOf<(typeof OPERATIONS)[Name]['struct']>;

/** Appends an operation to a phase of a schedule. */
export type OperationWriter = <Name extends OperationName>(name: Name, fields: OperationFields<Name>) => void;
