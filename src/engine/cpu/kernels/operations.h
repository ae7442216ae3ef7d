/* The operations, as the planner writes them (`operations.ts` has the same list). Pictures are channels last. */

#define MAX_TERMS 256
/* Places named `drops` hold what drop-path multiplies each picture's part by, [pictures]; -1: nothing is dropped. */

/* Of a tile that is meant to stay in L1 (8 KB). */
#define TILE_FLOATS 2048

enum {
  OP_FILL = 1,
  OP_UNIT,
  OP_POINT,
  OP_POOL,
  OP_STEM,
  OP_NORMALIZE,
  OP_MIX,
  OP_COEFFICIENTS,
  OP_LOGITS,
  OP_ZERO,
  OP_LOGITS_BACKWARD,
  OP_GRADIENT_SUMS,
  OP_GRADIENT_COEFFICIENTS,
  OP_UNIT_BACKWARD,
  OP_BETWEEN_UNITS,
  OP_POINT_BACKWARD,
  OP_POOL_BACKWARD,
  OP_STATE_GRADIENT,
  OP_STEM_BACKWARD,
  OP_REDUCE,
  OP_MULTIPLY_ADD,
  OP_SCATTER,
  OP_GATHER,
  OP_AUXILIARY_POOL,
  OP_AUXILIARY_POOL_BACKWARD,
};

typedef struct {
  place x, to;
  int32_t height, width, channels, pad, normalize;
  place scale, shift;
} fill_operation;

typedef struct {
  place x;
  int32_t pad, height, width, channels, kernel, dilation, stride;
  place depthwise, pointwise, z, sums, row;
} unit_operation;

typedef struct {
  place g, drops, z, abc, x;
  int32_t pad, height, width, channels, kernel, dilation, stride;
  place depthwise, turned, transposed, gradients;
  int32_t weights;
  place row, spread, dx;
  int32_t add;
} unit_backward_operation;

typedef struct {
  place dx, z, scale, shift, g, sums;
  int32_t pixels, channels;
} between_operation;

typedef struct {
  place x, g;
  int32_t channels, stride, phase;
} point_input;

typedef struct {
  int32_t height, width, from, channels;
  place weights, z, sums, row;
  /* of the gradient */
  place g, drops, abc, transposed, gradients;
  int32_t weigh;
  int32_t inputs;
  point_input input[];
} point_operation;

typedef struct {
  place x;
  int32_t height, width, channels, stride, average;
  /* winner: -1 where no backward pass follows; sums: -1 where no batch norm does */
  place z, winner, sums;
} pool_operation;

/* Gradient of a node, and what it multiplied the term at hand by: mixing weight (-1: 1) and drops. */
typedef struct {
  place g, mixing, drops;
} weighted_gradient;

typedef struct {
  place dx;
  int32_t height, width, channels, stride, average;
  /* abc: -1 where there is no batch norm */
  place z, winner, abc, row;
  int32_t edges;
  weighted_gradient edge[];
} pool_backward_operation;

typedef struct {
  place image;
  int32_t size, channels;
  place weights, z, sums, row;
  /* of the gradient */
  place g, abc, gradients;
} stem_operation;

typedef struct {
  place z, scale, shift, x;
  int32_t pixels, channels;
} normalize_operation;

/* mixing: -1 for 1; scale, shift: -1 where there is no batch norm */
typedef struct {
  place z, mixing, drops, scale, shift;
} mix_term;

typedef struct {
  place node;
  int32_t pixels, channels;
  place row;
  int32_t add, terms;
  mix_term term[];
} mix_operation;

typedef struct {
  /* Sums of each picture, [pictures][2][channels]; pixels a picture. */
  place sums;
  int32_t pictures, pixels, channels;
  place mean, variance, scale, shift;
  /* Scale and shift of an affine norm, or -1. */
  place gamma, beta;
} coefficients_operation;

typedef struct {
  place node;
  int32_t channels;
  place g;
} logits_input;

typedef struct {
  /* rectify: the features are means of what is above 0 */
  int32_t pixels, classes, rectify;
  place weights, bias, features, logits;
  /* of the gradient: [pictures][classes]; partial gradients [chunks][features + 1][classes] */
  place gradient, gradients;
  int32_t inputs;
  logits_input input[];
} logits_operation;

typedef struct {
  place x;
  int32_t channels;
  place g;
} auxiliary_input;

/* x of each input: [height][width][channels]; z: [(height - 5) / 3 + 1][(width - 5) / 3 + 1][all channels], dz likewise */
typedef struct {
  int32_t height, width, from;
  place z, dz;
  int32_t inputs;
  auxiliary_input input[];
} auxiliary_pool_operation;

typedef struct {
  place to;
  int32_t floats;
} zero_operation;

typedef struct {
  place g;
  int32_t pixels, channels;
  place sums;
  int32_t terms;
  place z[];
} gradient_sums_operation;

/* Where the sums of g and of g z stand for one edge that leads from a norm. */
typedef struct {
  /* [pictures][rows][channels]: row 0 has the sums of g, row `product` those of g z. */
  place sums;
  int32_t rows, product;
  /* Mixing weight (-1: 1), and where the gradient in it goes (-1: nowhere). */
  place mixing, dmixing, drops;
} gradient_share;

typedef struct {
  int32_t pictures, pixels, channels;
  /* Of the norm; -1: a skip connection, which has none. */
  place mean, variance;
  /* Scale of an affine norm and its gradients, or -1. */
  place gamma, dgamma, dbeta;
  /* What comes out: [3][channels]; and the mixing weight that a is multiplied by, or -1. */
  place abc, through;
  int32_t shares;
  gradient_share share[];
} gradient_coefficients_operation;

typedef struct {
  place g, x;
  int32_t pixels, channels;
  place dx;
  int32_t edges;
  weighted_gradient edge[];
} state_gradient_operation;

typedef struct {
  /* to[size] = sum over chunks of from[chunk][size], in order */
  place from;
  int32_t chunks, size;
  place to;
} reduce_operation;

/* Between numbers in a row and places of their own: each index counts floats from `places`. */
typedef struct {
  place row, index, places;
  /* Numbers in the row; an index from `span` on, or below 0, stands for none. */
  int32_t count, span;
} index_operation;

typedef struct {
  /* Rounds of 1280 multiply-adds; the place keeps a sum, so that they are not left out. */
  int32_t rounds;
  place sum;
} multiply_add_operation;
