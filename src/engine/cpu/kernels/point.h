/*
 * Pointwise convolutions of several inputs side by side: projections (all positions) and halvings (every second one,
 * from the first and from the second row and column on). A row of all inputs, rectified, is gathered first.
 */

/* First float of a row of an input, in its tensor. */
static inline size_t row_start(const point_operation *o, const point_input *in, int row) {
  return (((size_t)row * in->stride + in->phase) * o->width * in->stride + in->phase) * in->channels;
}

static inline size_t input_size(const point_operation *o, const point_input *in) {
  return (size_t)o->height * o->width * in->stride * in->stride * in->channels;
}

static void gather_row(const context *c, const point_operation *o, int row, float *to) {
  for (int n = 0; n < o->inputs; n++) {
    const point_input *in = &o->input[n];
    const size_t size = input_size(o, in), start = row_start(o, in, row), step = in->stride * in->channels;
    const float *x = picture_at(c, in->x, size) + start;
    if (in->kept < 0) WIDEST(gather_part, in->channels)(x, step, o->width, in->channels, to, o->from);
    else
      WIDEST(gather_held_part, in->channels)(x, bytes_at(c, in->kept, size) + start, step, o->width, in->channels, to,
                                             o->from);
    to += in->channels;
  }
}

static void point(const context *c, const point_operation *o) {
  const size_t channels = o->channels;
  float *z = picture_at(c, o->z, (size_t)o->height * o->width * channels);
  float *sums = picture_at(c, o->sums, 2 * channels), *gathered = slot(c, o->row);
  memset(sums, 0, 2 * channels * sizeof(float));
  if (is_skipped(c, o->mixing)) {
    memset(z, 0, (size_t)o->height * o->width * channels * sizeof(float));
    return;
  }
  for (int i = 0; i < o->height; i++) {
    gather_row(c, o, i, gathered);
    WIDEST(pointwise_row, channels)(gathered, o->from, o->width, o->from, channels, at(c, o->weights), z);
    WIDEST(add_sums, channels)(z, o->width, channels, sums);
    z += o->width * channels;
  }
}

/* Adds to the gradients of the inputs, at the entries that were above 0, and to the chunk's gradient of the weights. */
static void point_backward(const context *c, const point_operation *o) {
  const size_t channels = o->channels, line = o->width * channels, size = o->height * line;
  const float *g = picture_at(c, o->g, size), *z = picture_at(c, o->z, size);
  const float drop = drop_at(c, o->drops);
  float *gathered = slot(c, o->row), *dz = gathered + o->width * o->from, *dx = dz + line;
  float *dw = o->wanted ? at(c, o->gradients) + (size_t)c->chunk * o->from * channels : NULL;
  if (o->wanted && c->first) memset(dw, 0, o->from * channels * sizeof(float));
  if (is_skipped(c, o->mixing)) return;
  for (int i = 0; i < o->height; i++) {
    WIDEST(differentiate_row, channels)(g + i * line, drop, z + i * line, o->width, channels, at(c, o->abc), dz);
    if (o->wanted) {
      gather_row(c, o, i, gathered);
      WIDEST(pointwise_gradient_row, channels)(gathered, o->from, dz, o->width, o->from, channels, dw);
    }
    WIDEST(pointwise_row, o->from)(dz, channels, o->width, channels, o->from, at(c, o->transposed), dx);
    const float *from = dx;
    for (int n = 0; n < o->inputs; n++) {
      const point_input *in = &o->input[n];
      const size_t start = row_start(o, in, i), whole = input_size(o, in);
      const size_t step = in->stride * in->channels;
      float *to = picture_at(c, in->g, whole) + start;
      if (in->kept < 0)
        WIDEST(scatter_part, in->channels)(picture_at(c, in->x, whole) + start, step, o->width, in->channels, from, o->from,
                                           to);
      else
        WIDEST(scatter_held_part, in->channels)(bytes_at(c, in->kept, whole) + start, step, o->width, in->channels, from,
                                                o->from, to);
      from += in->channels;
    }
  }
}
