/*
 * The convolution unit: depthwise, then pointwise, on a rectified and padded copy of the input that `fill` made. It also
 * makes the sums that its batch norm needs.
 */

/* Sets zeros around a picture: `pad` rows above and below, `margin` floats at both ends of a row of `line`. */
#ifndef CLEAR_BORDER
#define CLEAR_BORDER
static void clear_border(float *to, int height, size_t line, int pad, size_t margin) {
  const size_t row = line + 2 * margin;
  memset(to, 0, (pad * row + margin) * sizeof(float));
  /* The end of one row and the beginning of the next are one piece. */
  to += pad * row + margin + line;
  for (int i = 1; i < height; i++, to += row) memset(to, 0, 2 * margin * sizeof(float));
  memset(to, 0, (margin + pad * row) * sizeof(float));
}

/* Rows of a picture that are done at once: short rows together, so that a call does work enough to pay for itself. */
static int rows_of_tile(int height, size_t line) {
  const int rows = TILE_FLOATS / 2 / line;
  return rows < 1 ? 1 : rows < height ? rows : height;
}
#endif

static inline __attribute__((always_inline)) void NAME(fill_by)(const int held, const context *c,
                                                                const fill_operation *o) {
  const size_t channels = o->channels, line = o->width * channels, row = line + 2 * o->pad * channels;
  const float *x = picture_at(c, o->x, o->height * line);
  float *to = slot(c, o->to);
  const float *scale = o->normalize ? at(c, o->scale) : NULL, *shift = o->normalize ? at(c, o->shift) : NULL;
  const uint8_t *kept = held ? bytes_at(c, o->kept, o->height * line) : NULL;
  clear_border(to, o->height, line, o->pad, o->pad * channels);
  to += o->pad * (row + channels);
  for (int i = 0; i < o->height; i++, to += row, x += line)
    for (size_t p = 0; p < line; p += channels)
      for (size_t k = 0; k < channels; k += V) {
        vec value = load(x + p + k);
        if (o->normalize) value = value * load(scale + k) + load(shift + k);
        store(to + p + k, held ? NAME(where_kept)(kept + i * line + p + k, value) : NAME(rectify)(value));
      }
}

/* scratch[height + 2 pad][width + 2 pad][channels] = relu(x), or relu(scale * x + shift), and zeros around it */
static void NAME(fill)(const context *c, const fill_operation *o) {
  if (is_skipped(c, o->mixing)) return;
  if (o->kept < 0) NAME(fill_by)(0, c, o);
  else NAME(fill_by)(1, c, o);
}

/* Where relu(x), or relu(scale * x + shift), lets its input through: a byte for each entry. */
static void NAME(keep)(const context *c, const keep_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *x = picture_at(c, o->x, size);
  const float *scale = o->normalize ? at(c, o->scale) : NULL, *shift = o->normalize ? at(c, o->shift) : NULL;
  uint8_t *to = bytes_at(c, o->to, size);
  for (size_t i = 0; i < size; i += channels)
    for (size_t k = 0; k < channels; k += V) {
      vec value = load(x + i + k);
      if (o->normalize) value = value * load(scale + k) + load(shift + k);
      *(NAME(bytes) *)(to + i + k) = __builtin_convertvector((NAME(mask))(value > 0) & 1, NAME(bytes));
    }
}

/* Adds pixels to a picture's sums of z and of its squares: four sums of each, so that one need not wait for the last. */
static void NAME(add_sums)(const float *z, int pixels, size_t channels, float *sums) {
  for (size_t k = 0; k < channels; k += V) {
    vec sum[4] = {load(sums + k)}, square[4] = {load(sums + channels + k)};
    int p = 0;
    for (; p + 4 <= pixels; p += 4)
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++) {
        const vec value = load(z + (p + q) * channels + k);
        sum[q] += value, square[q] += value * value;
      }
    for (; p < pixels; p++) {
      const vec value = load(z + p * channels + k);
      sum[0] += value, square[0] += value * value;
    }
    store(sums + k, (sum[0] + sum[1]) + (sum[2] + sum[3]));
    store(sums + channels + k, (square[0] + square[1]) + (square[2] + square[3]));
  }
}

/* z[height / stride][width / stride][channels] = pointwise(depthwise(scratch)), and its sums */
static void NAME(unit)(const context *c, const unit_operation *o) {
  const size_t channels = o->channels;
  const int height = o->height / o->stride, width = o->width / o->stride;
  const size_t row = (o->width + 2 * o->pad) * channels;
  const int first = o->pad - (o->kernel - 1) / 2 * o->dilation;
  const float *x = slot(c, o->x) + first * (row + channels);
  float *z = picture_at(c, o->z, height * width * channels);
  float *sums = picture_at(c, o->sums, 2 * channels);
  float *filtered = slot(c, o->row);
  memset(sums, 0, 2 * channels * sizeof(float));
  if (is_skipped(c, o->mixing)) {
    memset(z, 0, height * width * channels * sizeof(float));
    return;
  }
  const int rows = rows_of_tile(height, width * channels);
  for (int top = 0; top < height; top += rows) {
    const int end = top + rows < height ? top + rows : height;
    for (int i = top; i < end; i++)
      NAME(depthwise_row)(o->kernel, x + i * o->stride * row, o->dilation * row, o->stride * channels,
                          o->dilation * channels, width, channels, at(c, o->depthwise), 0,
                          filtered + (i - top) * width * channels);
    NAME(pointwise_row)(filtered, channels, (end - top) * width, channels, channels, at(c, o->pointwise), z);
    NAME(add_sums)(z, (end - top) * width, channels, sums);
    z += (end - top) * width * channels;
  }
}

/* dz = a drop g + b z + c: the gradient of a batch norm, linear by its coefficients */
static void NAME(differentiate_row)(const float *g, float drop, const float *z, int pixels, size_t channels,
                                    const float *abc, float *dz) {
  for (size_t k = 0; k < channels; k += V) {
    const vec a = load(abc + k) * drop, b = load(abc + channels + k), d = load(abc + 2 * channels + k);
    for (int p = 0; p < pixels; p++) {
      const size_t i = p * channels + k;
      store(dz + i, a * load(g + i) + b * load(z + i) + d);
    }
  }
}

/*
 * The depthwise part of a unit's gradient at stride 2: dx[height][width][channels] (+)= the turned filter over the
 * gradient at its output, whose first pixel is `inner`. A pixel of the input meets only the taps at an even distance from
 * a pixel of the output. So rows and columns of each parity have taps of their own, and no product with 0 is computed.
 */
static void NAME(add_phases)(const unit_backward_operation *o, const float *inner, size_t padded, const float *turned,
                             float *dx) {
  const size_t channels = o->channels, line = o->width * channels;
  const int kernel = o->kernel, dilation = o->dilation, reach = (kernel - 1) / 2 * dilation;
  /* Taps from one that counts to the next. */
  const int apart = dilation == 1 ? 2 : 1;
  for (int y = 0; y < o->height; y++)
    for (int phase = 0; phase < 2; phase++) {
      float *to = dx + y * line + phase * channels;
      if (dilation == 2 && (y % 2 || phase)) { /* Every tap is at an odd distance. */
        for (int p = 0; !o->add && p < o->width; p += 2) memset(to + p * channels, 0, channels * sizeof(float));
        continue;
      }
      const int i = dilation == 1 ? (y + reach) % 2 : 0, j = dilation == 1 ? (phase + reach) % 2 : 0;
      const int rows = (kernel - i + apart - 1) / apart, taps = (kernel - j + apart - 1) / apart;
      /* The pixel of the output that the first tap meets: before the first pixel, it is among the zeros. */
      const int top = (y + i * dilation - reach) / 2, left = (phase + j * dilation - reach) / 2;
      NAME(phase_row)(rows, taps, inner + top * (ptrdiff_t)padded + left * (ptrdiff_t)channels, padded, o->width / 2,
                      channels, turned + (i * kernel + j) * channels, apart * kernel * channels, apart * channels,
                      o->add, to);
    }
}

/*
 * Gradient of a unit: makes or adds to scratch dx[height][width][channels], the gradient at the rectified input; adds to
 * the chunk's gradients of the weights if they are wanted.
 */
static void NAME(unit_backward)(const context *c, const unit_backward_operation *o) {
  const size_t channels = o->channels;
  const int stride = o->stride, height = o->height / stride, width = o->width / stride;
  const size_t row = (o->width + 2 * o->pad) * channels;
  const int reach = (o->kernel - 1) / 2 * o->dilation;
  const float *x = slot(c, o->x) + (o->pad - reach) * (row + channels);
  const size_t size = height * width * channels;
  const float *g = picture_at(c, o->g, size), *z = picture_at(c, o->z, size);
  const float drop = drop_at(c, o->drops);
  const size_t taps = (size_t)o->kernel * o->kernel * channels;
  const int tile = rows_of_tile(height, width * channels);
  float *dz = slot(c, o->row), *filtered = dz + tile * width * channels;
  float *dpointwise = o->wanted ? at(c, o->gradients) + c->chunk * (taps + channels * channels) : NULL;
  float *ddepthwise = o->wanted ? dpointwise + channels * channels : NULL;
  if (o->wanted && c->first) memset(dpointwise, 0, (taps + channels * channels) * sizeof(float));
  float *dx = slot(c, o->dx);
  if (is_skipped(c, o->mixing)) {
    if (!o->add) memset(dx, 0, o->height * o->width * channels * sizeof(float));
    return;
  }

  /* The gradient at the depthwise output, and zeros around it as far as the filter reaches. */
  const int around = stride == 1 ? reach : (reach + 1) / 2;
  const size_t line = width * channels, padded = line + 2 * around * channels;
  float *spread = slot(c, o->spread), *inner = spread + around * (padded + channels);
  clear_border(spread, height, line, around, around * channels);
  for (int top = 0; top < height; top += tile) {
    const int rows = top + tile < height ? tile : height - top, pixels = rows * width;
    const size_t start = top * line;
    const float *from = x + top * stride * row;
    float *gradient = inner + top * padded;
    NAME(differentiate_row)(g + start, drop, z + start, pixels, channels, at(c, o->abc), dz);
    for (int i = 0; i < rows; i++)
      NAME(pointwise_row)(dz + i * line, channels, width, channels, channels, at(c, o->transposed),
                          gradient + i * padded);
    if (!o->wanted) continue;
    for (int i = 0; i < rows; i++)
      NAME(depthwise_row)(o->kernel, from + i * stride * row, o->dilation * row, stride * channels,
                          o->dilation * channels, width, channels, at(c, o->depthwise), 0, filtered + i * line);
    NAME(pointwise_gradient_row)(filtered, channels, dz, pixels, channels, channels, dpointwise);
    const gradient_rows both = {from, gradient, stride * row, padded, rows, width};
    NAME(depthwise_gradient_rows)(o->kernel, &both, o->dilation * row, stride * channels, o->dilation * channels,
                                  channels, ddepthwise);
  }

  if (stride == 2) return NAME(add_phases)(o, inner, padded, at(c, o->turned), dx);
  for (int i = 0; i < o->height; i++)
    NAME(depthwise_row)(o->kernel, spread + i * padded, o->dilation * padded, channels, o->dilation * channels,
                        o->width, channels, at(c, o->turned), o->add, dx + i * o->width * channels);
}

/*
 * The gradient between the two units of a separable convolution: g = dx at the entries where the batch norm of z is
 * above 0, and the sums of g and g z that the first unit's batch norm needs.
 */
static inline __attribute__((always_inline)) void NAME(between_units_by)(const int held, const context *c,
                                                                         const between_units_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *dx = slot(c, o->dx), *z = picture_at(c, o->z, size);
  const float *scale = at(c, o->scale), *shift = at(c, o->shift);
  float *g = picture_at(c, o->g, size), *sums = picture_at(c, o->sums, 2 * channels);
  const uint8_t *kept = held ? bytes_at(c, o->kept, size) : NULL;
  memset(sums, 0, 2 * channels * sizeof(float));
  const int tile = TILE_FLOATS / channels;
  for (int start = 0; start < o->pixels; start += tile) {
    const int end = start + tile < o->pixels ? start + tile : o->pixels;
    for (size_t k = 0; k < channels; k += V) {
      vec sum = load(sums + k), product = load(sums + channels + k);
      const vec a = load(scale + k), b = load(shift + k);
      for (int p = start; p < end; p++) {
        const size_t i = p * channels + k;
        const vec value = load(z + i), from = load(dx + i);
        const vec gradient = held ? NAME(where_kept)(kept + i, from) : NAME(where_positive)(value * a + b, from);
        store(g + i, gradient);
        sum += gradient, product += gradient * value;
      }
      store(sums + k, sum);
      store(sums + channels + k, product);
    }
  }
}

static void NAME(between_units)(const context *c, const between_units_operation *o) {
  if (o->kept < 0) NAME(between_units_by)(0, c, o);
  else NAME(between_units_by)(1, c, o);
}
