/* Pools 3x3 of an input that is not rectified. Padding never wins a maximum, and does not count in an average. */

/* Taps of a pixel that lie in the picture: rows and columns from -1 to 1. */
#ifndef WINDOW
#define WINDOW
typedef struct {
  int top, bottom, left, right;
} window;

static inline window window_at(int row, int column, int height, int width) {
  return (window){row > 0 ? -1 : 0, row + 1 < height ? 1 : 0, column > 0 ? -1 : 0, column + 1 < width ? 1 : 0};
}

static inline int is_whole(window w) { return w.bottom - w.top == 2 && w.right - w.left == 2; }
#endif

static inline __attribute__((always_inline)) void NAME(average_pixel)(const window w, const float *center, size_t line,
                                                                      size_t channels, float *z) {
  const float share = 1.0f / ((w.bottom - w.top + 1) * (w.right - w.left + 1));
  for (size_t k = 0; k < channels; k += V) {
    vec sum = {0};
    for (int a = w.top; a <= w.bottom; a++)
      for (int b = w.left; b <= w.right; b++)
        sum += load(center + a * (ptrdiff_t)line + b * (ptrdiff_t)channels + k);
    store(z + k, sum * share);
  }
}

/* winner: tap of the largest, 0 to 8, the first of equals; NULL if it is not wanted */
static inline __attribute__((always_inline)) void NAME(maximum_pixel)(const window w, const float *center, size_t line,
                                                                      size_t channels, float *z, uint8_t *winner) {
  for (size_t k = 0; k < channels; k += V) {
    vec result = {0};
    NAME(mask) won = {0};
    for (int a = w.top; a <= w.bottom; a++)
      for (int b = w.left; b <= w.right; b++) {
        const vec value = load(center + a * (ptrdiff_t)line + b * (ptrdiff_t)channels + k);
        const int tap = (a + 1) * 3 + b + 1;
        NAME(mask) larger = value > result;
        if (a == w.top && b == w.left) larger = (NAME(mask)){0} == 0;
        result = (vec)(((NAME(mask))value & larger) | ((NAME(mask))result & ~larger));
        won = (tap & larger) | (won & ~larger);
      }
    store(z + k, result);
    if (winner) *(NAME(bytes) *)(winner + k) = __builtin_convertvector(won, NAME(bytes));
  }
}

/* z = pool of x; also the winners of a maximum, and the sums of z, if they are wanted */
static inline __attribute__((always_inline)) void NAME(pool_rows)(const context *c, const pool_operation *o,
                                                                  size_t channels) {
  const size_t line = o->width * channels;
  const int stride = o->stride, height = o->height / stride, width = o->width / stride;
  const float *x = picture_at(c, o->x, o->height * line);
  float *z = picture_at(c, o->z, height * width * channels);
  uint8_t *winner =
      o->winner < 0 ? NULL : (uint8_t *)at(c, o->winner) + (size_t)c->picture * height * width * channels;
  float *sums = o->sums < 0 ? NULL : picture_at(c, o->sums, 2 * channels);
  const window whole = {-1, 1, -1, 1};
  if (sums) memset(sums, 0, 2 * channels * sizeof(float));
  for (int i = 0; i < height; i++) {
    for (int p = 0; p < width; p++) {
      const window w = window_at(i * stride, p * stride, o->height, o->width);
      const float *center = x + i * stride * line + p * stride * channels;
      float *to = z + p * channels;
      uint8_t *won = winner ? winner + (i * width + p) * channels : NULL;
      /* The whole window's loops are unrolled. */
      if (o->average && is_whole(w)) NAME(average_pixel)(whole, center, line, channels, to);
      else if (o->average) NAME(average_pixel)(w, center, line, channels, to);
      else if (is_whole(w)) NAME(maximum_pixel)(whole, center, line, channels, to, won);
      else NAME(maximum_pixel)(w, center, line, channels, to, won);
    }
    if (sums) NAME(add_sums)(z, width, channels, sums);
    z += width * channels;
  }
}

/* z = x at the winners that are there already, and its sums if they are wanted */
static void NAME(pool_winners)(const context *c, const pool_operation *o) {
  const size_t channels = o->channels, line = o->width * channels;
  const int stride = o->stride, height = o->height / stride, width = o->width / stride;
  const size_t size = (size_t)height * width * channels;
  const float *x = picture_at(c, o->x, o->height * line);
  float *z = picture_at(c, o->z, size), *sums = o->sums < 0 ? NULL : picture_at(c, o->sums, 2 * channels);
  const uint8_t *winner = bytes_at(c, o->winner, size);
  ptrdiff_t tap[9];
  for (int t = 0; t < 9; t++) tap[t] = (t / 3 - 1) * (ptrdiff_t)line + (t % 3 - 1) * (ptrdiff_t)channels;
  if (sums) memset(sums, 0, 2 * channels * sizeof(float));
  for (int i = 0; i < height; i++, z += width * channels) {
    for (int p = 0; p < width; p++, winner += channels) {
      const float *center = x + i * stride * line + p * stride * channels;
      for (size_t k = 0; k < channels; k++) z[p * channels + k] = center[tap[winner[k]] + k];
    }
    if (sums) NAME(add_sums)(z, width, channels, sums);
  }
}

static void NAME(pool)(const context *c, const pool_operation *o) {
  if (o->held && !o->average) return NAME(pool_winners)(c, o);
#define LINE(C, unused) return NAME(pool_rows)(c, o, C);
  CHANNELS(LINE, o->channels, 0)
#undef LINE
  NAME(pool_rows)(c, o, o->channels);
}

/* z = largest of each square 2x2 of x, and the winners if they are wanted: what passes by the operations of an edge */
static void NAME(bypass_pool)(const context *c, const pool_operation *o) {
  if (o->held) return NAME(pool_winners)(c, o);
  const size_t channels = o->channels, line = o->width * channels;
  const int height = o->height / 2, width = o->width / 2;
  const float *x = picture_at(c, o->x, o->height * line);
  float *z = picture_at(c, o->z, height * width * channels);
  uint8_t *winner =
      o->winner < 0 ? NULL : (uint8_t *)at(c, o->winner) + (size_t)c->picture * height * width * channels;
  const window square = {0, 1, 0, 1};
  for (int i = 0; i < height; i++)
    for (int p = 0; p < width; p++, z += channels) {
      NAME(maximum_pixel)(square, x + i * 2 * line + p * 2 * channels, line, channels, z, winner);
      if (winner) winner += channels;
    }
}

/*
 * A row of the gradient at the pool's output: [width][channels]. The sum over the edges, of their factor times the
 * gradient of the node they lead to, is the gradient at its batch norm's output, or at its own if it has none.
 */
static void NAME(pool_gradient_row)(const context *c, const pool_backward_operation *o, size_t size, size_t start,
                                    int width, size_t channels, float *dz) {
  for (int e = 0; e < o->edges; e++) {
    const weighted_gradient *edge = &o->edge[e];
    const float *g = picture_at(c, edge->g, size) + start, factor = factor_at(c, edge->mixing, edge->drops);
    for (size_t i = 0; i < width * channels; i += V) {
      vec sum = load(g + i) * factor;
      if (e > 0) sum += load(dz + i);
      store(dz + i, sum);
    }
  }
  if (o->abc >= 0)
    NAME(differentiate_row)(dz, 1, picture_at(c, o->z, size) + start, width, channels, at(c, o->abc), dz);
}

/* Adds to the gradient of x. */
static void NAME(pool_backward)(const context *c, const pool_backward_operation *o) {
  const size_t channels = o->channels, line = o->width * channels;
  const int stride = o->stride, height = o->height / stride, width = o->width / stride;
  const size_t size = (size_t)height * width * channels;
  const uint8_t *winner = (const uint8_t *)at(c, o->winner) + c->picture * size;
  float *dx = picture_at(c, o->dx, o->height * line), *dz = slot(c, o->row);
  ptrdiff_t tap[9];
  for (int t = 0; t < 9; t++) tap[t] = (t / 3 - 1) * (ptrdiff_t)line + (t % 3 - 1) * (ptrdiff_t)channels;
  for (int i = 0; i < height; i++) {
    NAME(pool_gradient_row)(c, o, size, i * width * channels, width, channels, dz);
    for (int p = 0; p < width; p++, winner += channels) {
      float *center = dx + i * stride * line + p * stride * channels;
      const float *gradient = dz + p * channels;
      if (!o->average) {
        for (size_t k = 0; k < channels; k++) center[tap[winner[k]] + k] += gradient[k];
        continue;
      }
      const window w = window_at(i * stride, p * stride, o->height, o->width);
      const float share = 1.0f / ((w.bottom - w.top + 1) * (w.right - w.left + 1));
      for (size_t k = 0; k < channels; k += V)
        for (int a = w.top; a <= w.bottom; a++)
          for (int b = w.left; b <= w.right; b++) {
            float *to = center + a * (ptrdiff_t)line + b * (ptrdiff_t)channels + k;
            store(to, load(to) + load(gradient + k) * share);
          }
    }
  }
}
