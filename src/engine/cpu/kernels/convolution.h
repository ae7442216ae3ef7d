/*
 * Depthwise and pointwise convolutions on rows of pixels, channels last. Included once for every vector width.
 *
 * Register blocking: a block is G pixels of one vector of channels. Its G sums stay in registers during the loop over
 * the taps (or the input channels): each sum is read and written once, and each weight serves G pixels. G is a constant
 * to the compiler, which unrolls; rows are cut into blocks of 8, and the rest into blocks of 4 and 1. The numbers of
 * channels that networks have are constants too (CHANNELS): every address is then a pointer and a number.
 */

/*
 * out[G][channels] (+)= sum over the taps of x * w; x points at the first tap of the first pixel. S and D are the pixels
 * from one output pixel and tap to the next; S is 0 if they are not constants. If they are, and there are registers for
 * it, a pixel of a kernel row is loaded once and serves all its taps: a load for each product would be the bound.
 */
static inline __attribute__((always_inline)) void NAME(depthwise_block)(
    const int G, const int K, const int S, const int D, const float *x, size_t row, size_t step, size_t tap,
    size_t channels, const float *w, int add, float *out) {
  const int keep = S > 0 && MANY_REGISTERS;
  /* Pixels between two that are read, and how many are read of a kernel row. */
  const int apart = S == 2 && D == 2 ? 2 : 1, count = ((G - 1) * S + (K - 1) * D) / apart + 1;
  for (size_t c = 0; c < channels; c += V) {
    vec sum[8] = {0}, pixel[19];
    if (add)
#pragma GCC unroll 8
      for (int p = 0; p < G; p++) sum[p] = load(out + p * channels + c);
    for (int i = 0; i < K; i++) {
      const float *from = x + i * row + c;
      const float *weights = w + i * K * channels + c;
      if (keep)
#pragma GCC unroll 19
        for (int n = 0; n < count; n++) pixel[n] = load_into_register(from + n * apart * channels);
#pragma GCC unroll 5
      for (int j = 0; j < K; j++) {
        const vec weight = load(weights + j * channels);
#pragma GCC unroll 8
        for (int p = 0; p < G; p++)
          sum[p] += (keep ? pixel[(p * S + j * D) / apart] : load(from + j * tap + p * step)) * weight;
      }
    }
#pragma GCC unroll 8
    for (int p = 0; p < G; p++) store(out + p * channels + c, sum[p]);
  }
}

static inline __attribute__((always_inline)) void NAME(depthwise_line)(int kernel, const int S, const int D,
                                                                       const float *x, size_t row, size_t step,
                                                                       size_t tap, int pixels, size_t channels,
                                                                       const float *w, int add, float *out) {
  int p = 0;
#define BLOCKS(G)                                                                                                     \
  for (; p + G <= pixels; p += G) {                                                                                   \
    if (kernel == 3)                                                                                                  \
      NAME(depthwise_block)(G, 3, S, D, x + p * step, row, step, tap, channels, w, add, out + p * channels);          \
    else                                                                                                              \
      NAME(depthwise_block)(G, 5, S, D, x + p * step, row, step, tap, channels, w, add, out + p * channels);          \
  }
  BLOCKS(8)
  BLOCKS(4)
  BLOCKS(1)
#undef BLOCKS
}

/*
 * A row of a depthwise convolution: out[pixels][channels], added to what is there if `add` is set.
 * x: first tap of the first pixel, in a padded picture; row, step, tap: floats from one kernel row, output pixel and
 * tap to the next (stride and dilation are in them); w: [kernel * kernel][channels]
 */
static void NAME(depthwise_row)(int kernel, const float *x, size_t row, size_t step, size_t tap, int pixels,
                                size_t channels, const float *w, int add, float *out) {
#define LINE(C, D)                                                                                                    \
  if (step == C && tap == D * C)                                                                                      \
    return NAME(depthwise_line)(kernel, 1, D, x, row, C, D * C, pixels, C, w, add, out);                              \
  if (step == 2 * C && tap == D * C)                                                                                  \
    return NAME(depthwise_line)(kernel, 2, D, x, row, 2 * C, D * C, pixels, C, w, add, out);
  CHANNELS(LINE, channels, 1)
  CHANNELS(LINE, channels, 2)
#undef LINE
  NAME(depthwise_line)(kernel, 0, 0, x, row, step, tap, pixels, channels, w, add, out);
}

/*
 * out[G][channels], 2 * channels apart, (+)= sum over KI x KJ taps of x * w. w_row and w_tap lead from one kernel row and
 * tap to the next. A phase is the pixels of one parity: at stride 2 they share the taps that meet a pixel of the output.
 */
static inline __attribute__((always_inline)) void NAME(phase_block)(const int G, const int KI, const int KJ,
                                                                    const float *x, size_t row, size_t channels,
                                                                    const float *w, size_t w_row, size_t w_tap,
                                                                    int add, float *out) {
  for (size_t c = 0; c < channels; c += V) {
    vec sum[8] = {0}, pixel[12];
    if (add)
#pragma GCC unroll 8
      for (int p = 0; p < G; p++) sum[p] = load(out + 2 * p * channels + c);
    for (int i = 0; i < KI; i++) {
      const float *from = x + i * row + c;
      const float *weights = w + i * w_row + c;
      if (MANY_REGISTERS)
#pragma GCC unroll 12
        for (int n = 0; n < G + KJ - 1; n++) pixel[n] = load_into_register(from + n * channels);
#pragma GCC unroll 5
      for (int j = 0; j < KJ; j++) {
        const vec weight = load(weights + j * w_tap);
#pragma GCC unroll 8
        for (int p = 0; p < G; p++) sum[p] += (MANY_REGISTERS ? pixel[j + p] : load(from + (j + p) * channels)) * weight;
      }
    }
#pragma GCC unroll 8
    for (int p = 0; p < G; p++) store(out + 2 * p * channels + c, sum[p]);
  }
}

static inline __attribute__((always_inline)) void NAME(phase_line)(int rows, int taps, const float *x, size_t row,
                                                                   int pixels, size_t channels, const float *w,
                                                                   size_t w_row, size_t w_tap, int add, float *out) {
  int p = 0;
#define BLOCKS(G)                                                                                                     \
  for (; p + G <= pixels; p += G) {                                                                                   \
    const float *from = x + p * channels;                                                                             \
    float *to = out + 2 * p * channels;                                                                               \
    switch (taps) {                                                                                                   \
      case 1: NAME(phase_block)(G, rows, 1, from, row, channels, w, w_row, w_tap, add, to); break;                    \
      case 2: NAME(phase_block)(G, rows, 2, from, row, channels, w, w_row, w_tap, add, to); break;                    \
      case 3: NAME(phase_block)(G, rows, 3, from, row, channels, w, w_row, w_tap, add, to); break;                    \
      default: NAME(phase_block)(G, rows, 5, from, row, channels, w, w_row, w_tap, add, to);                          \
    }                                                                                                                 \
  }
  BLOCKS(8)
  BLOCKS(4)
  BLOCKS(1)
#undef BLOCKS
}

static void NAME(phase_row)(int rows, int taps, const float *x, size_t row, int pixels, size_t channels,
                            const float *w, size_t w_row, size_t w_tap, int add, float *out) {
#define LINE(C, unused) return NAME(phase_line)(rows, taps, x, row, pixels, C, w, w_row, w_tap, add, out);
  CHANNELS(LINE, channels, 0)
#undef LINE
  NAME(phase_line)(rows, taps, x, row, pixels, channels, w, w_row, w_tap, add, out);
}

/* out[G][to] = x[G][from] * w[from][to] */
static inline __attribute__((always_inline)) void NAME(pointwise_block)(
    const int G, const float *x, size_t step, size_t from, size_t to, const float *w, float *out) {
  for (size_t c = 0; c < to; c += V) {
    vec sum[8] = {0};
    for (size_t k = 0; k < from; k++) {
      const vec weight = load(w + k * to + c);
#pragma GCC unroll 8
      for (int p = 0; p < G; p++) sum[p] += x[p * step + k] * weight;
    }
#pragma GCC unroll 8
    for (int p = 0; p < G; p++) store(out + p * to + c, sum[p]);
  }
}

static inline __attribute__((always_inline)) void NAME(pointwise_line)(const float *x, size_t step, int pixels,
                                                                       size_t from, size_t to, const float *w,
                                                                       float *out) {
  int p = 0;
#define BLOCKS(G)                                                                                                     \
  for (; p + G <= pixels; p += G) NAME(pointwise_block)(G, x + p * step, step, from, to, w, out + p * to);
  BLOCKS(8)
  BLOCKS(4)
  BLOCKS(1)
#undef BLOCKS
}

/* A row of a pointwise convolution: out[pixels][to] = x[pixels][from] * w[from][to]; pixels of x `step` floats apart. */
static void NAME(pointwise_row)(const float *x, size_t step, int pixels, size_t from, size_t to, const float *w,
                                float *out) {
#define LINE(C, unused)                                                                                               \
  if (from == C && step == C) return NAME(pointwise_line)(x, C, pixels, C, C, w, out);
  CHANNELS(LINE, to, 0)
#undef LINE
#define LINE(S) return NAME(pointwise_line)(x, S, pixels, from, to, w, out);
  STEPS(LINE, step)
#undef LINE
  NAME(pointwise_line)(x, step, pixels, from, to, w, out);
}

/* dw[G input channels][to] += sum over pixels of x[pixels][from] * dy[pixels][to]: G rows of the gradient in registers. */
static inline __attribute__((always_inline)) void NAME(pointwise_gradient_block)(
    const int G, const float *x, size_t step, const float *dy, int pixels, size_t to, float *dw) {
  for (size_t c = 0; c < to; c += V) {
    vec sum[8];
#pragma GCC unroll 8
    for (int k = 0; k < G; k++) sum[k] = load(dw + k * to + c);
    for (int p = 0; p < pixels; p++) {
      const vec gradient = load(dy + p * to + c);
#pragma GCC unroll 8
      for (int k = 0; k < G; k++) sum[k] += x[p * step + k] * gradient;
    }
#pragma GCC unroll 8
    for (int k = 0; k < G; k++) store(dw + k * to + c, sum[k]);
  }
}

static inline __attribute__((always_inline)) void NAME(pointwise_gradient_line)(const float *x, size_t step,
                                                                                const float *dy, int pixels,
                                                                                size_t from, size_t to, float *dw) {
  size_t k = 0;
  for (; k + 8 <= from; k += 8) NAME(pointwise_gradient_block)(8, x + k, step, dy, pixels, to, dw + k * to);
  for (; k < from; k += 4) NAME(pointwise_gradient_block)(4, x + k, step, dy, pixels, to, dw + k * to);
}

/* Gradient of a pointwise convolution in its weights, over a row: dw[from][to] += x^T * dy. */
static void NAME(pointwise_gradient_row)(const float *x, size_t step, const float *dy, int pixels, size_t from,
                                         size_t to, float *dw) {
#define LINE(C, unused)                                                                                               \
  if (from == C && step == C) return NAME(pointwise_gradient_line)(x, C, dy, pixels, C, C, dw);
  CHANNELS(LINE, to, 0)
#undef LINE
#define LINE(S) return NAME(pointwise_gradient_line)(x, S, dy, pixels, from, to, dw);
  STEPS(LINE, step)
#undef LINE
  NAME(pointwise_gradient_line)(x, step, dy, pixels, from, to, dw);
}

/* Rows of pixels of the input x and of the gradient dy at the output, with the floats from one to the next. */
#ifndef GRADIENT_ROWS
#define GRADIENT_ROWS
typedef struct {
  const float *x, *dy;
  size_t x_next, dy_next;
  int rows, pixels;
} gradient_rows;
#endif

/*
 * R kernel rows of the gradient of a depthwise convolution in its weights. Each tap has two sums in registers, one for the
 * even pixels and one for the odd: a sum waits for its own last product, and more rows at once leave it less to wait.
 */
static inline __attribute__((always_inline)) void NAME(depthwise_gradient_block)(
    const int R, const int K, const gradient_rows *from, size_t start, size_t row, size_t step, size_t tap,
    size_t channels, float *dw) {
  for (size_t c = 0; c < channels; c += V) {
    vec sum[2][3][5] = {{{{0}}}};
    for (int r = 0; r < from->rows; r++) {
      const float *x = from->x + r * from->x_next + start + c, *dy = from->dy + r * from->dy_next + c;
      int p = 0;
      for (; p + 4 <= from->pixels; p += 4) {
#pragma GCC unroll 4
        for (int q = 0; q < 4; q++) {
          const vec gradient = load(dy + (p + q) * channels);
#pragma GCC unroll 3
          for (int i = 0; i < R; i++)
#pragma GCC unroll 5
            for (int j = 0; j < K; j++) sum[q % 2][i][j] += load(x + i * row + (p + q) * step + j * tap) * gradient;
        }
      }
      for (; p < from->pixels; p++) {
        const vec gradient = load(dy + p * channels);
#pragma GCC unroll 3
        for (int i = 0; i < R; i++)
#pragma GCC unroll 5
          for (int j = 0; j < K; j++) sum[0][i][j] += load(x + i * row + p * step + j * tap) * gradient;
      }
    }
#pragma GCC unroll 3
    for (int i = 0; i < R; i++)
#pragma GCC unroll 5
      for (int j = 0; j < K; j++) {
        float *to = dw + (i * K + j) * channels + c;
        store(to, load(to) + (sum[0][i][j] + sum[1][i][j]));
      }
  }
}

static inline __attribute__((always_inline)) void NAME(depthwise_gradient_line)(int kernel, const gradient_rows *from,
                                                                                size_t row, size_t step, size_t tap,
                                                                                size_t channels, float *dw) {
  if (kernel == 3 && MANY_REGISTERS)
    return NAME(depthwise_gradient_block)(3, 3, from, 0, row, step, tap, channels, dw);
  for (int i = 0; i < kernel; i++) {
    if (kernel == 3)
      NAME(depthwise_gradient_block)(1, 3, from, i * row, row, step, tap, channels, dw + i * 3 * channels);
    else
      NAME(depthwise_gradient_block)(1, 5, from, i * row, row, step, tap, channels, dw + i * 5 * channels);
  }
}

/*
 * Gradient of a depthwise convolution in its weights, over some rows of output: adds to dw[kernel * kernel][channels].
 * row, step, tap as for depthwise_row
 */
static void NAME(depthwise_gradient_rows)(int kernel, const gradient_rows *from, size_t row, size_t step, size_t tap,
                                          size_t channels, float *dw) {
#define LINE(C, D)                                                                                                    \
  if (step == C && tap == D * C) return NAME(depthwise_gradient_line)(kernel, from, row, C, D * C, C, dw);            \
  if (step == 2 * C && tap == D * C) return NAME(depthwise_gradient_line)(kernel, from, row, 2 * C, D * C, C, dw);
  CHANNELS(LINE, channels, 1)
  CHANNELS(LINE, channels, 2)
#undef LINE
  NAME(depthwise_gradient_line)(kernel, from, row, step, tap, channels, dw);
}
