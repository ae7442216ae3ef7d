/*
 * Pointwise convolutions of several inputs side by side: projections (all positions) and halvings (every second one,
 * from the first and from the second row and column on). A row of all inputs, rectified, is gathered first.
 */

static void NAME(gather_row)(const context *c, const point_operation *o, int row, float *to) {
  for (int n = 0; n < o->inputs; n++) {
    const point_input *in = &o->input[n];
    const size_t channels = in->channels, width = o->width * in->stride;
    const float *x = picture_at(c, in->x, o->height * in->stride * width * channels) +
                     ((row * in->stride + in->phase) * width + in->phase) * channels;
    for (int p = 0; p < o->width; p++)
      for (size_t k = 0; k < channels; k += 4)
        for (size_t j = k; j < k + 4; j++) {
          const float value = x[p * in->stride * channels + j];
          to[p * o->from + j] = value <= 0 ? 0 : value;
        }
    to += channels;
  }
}

static void NAME(point)(const context *c, const point_operation *o) {
  const size_t channels = o->channels;
  float *z = picture_at(c, o->z, (size_t)o->height * o->width * channels);
  float *sums = picture_at(c, o->sums, 2 * channels), *gathered = slot(c, o->row);
  memset(sums, 0, 2 * channels * sizeof(float));
  for (int i = 0; i < o->height; i++) {
    NAME(gather_row)(c, o, i, gathered);
    NAME(pointwise_row)(0, gathered, o->from, o->width, o->from, channels, at(c, o->weights), z);
    NAME(add_sums)(z, o->width, channels, sums);
    z += o->width * channels;
  }
}

/* Adds to the gradients of the inputs, where those were above 0, and to the chunk's gradient of the weights. */
static void NAME(point_backward)(const context *c, const point_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->height * o->width * channels;
  const float *g = picture_at(c, o->g, size), *z = picture_at(c, o->z, size);
  float *gathered = slot(c, o->row), *dz = gathered + o->width * o->from, *dx = dz + o->width * channels;
  float *dw = at(c, o->gradients) + (size_t)c->chunk * o->from * channels;
  if (o->weigh && c->first) memset(dw, 0, o->from * channels * sizeof(float));
  for (int i = 0; i < o->height; i++) {
    NAME(differentiate_row)(g + i * o->width * channels, z + i * o->width * channels, o->width, channels,
                            at(c, o->abc), dz);
    if (o->weigh) {
      NAME(gather_row)(c, o, i, gathered);
      NAME(pointwise_gradient_row)(gathered, o->from, dz, o->width, o->from, channels, dw);
    }
    /* The rows of dx are as long as all inputs together, which may not fill this width's vectors. */
    pointwise_row_4(0, dz, channels, o->width, channels, o->from, at(c, o->transposed), dx);
    size_t from = 0;
    for (int n = 0; n < o->inputs; n++) {
      const point_input *in = &o->input[n];
      const size_t each = in->channels, width = o->width * in->stride;
      const size_t start = ((i * in->stride + in->phase) * width + in->phase) * each;
      const size_t whole = o->height * in->stride * width * each;
      const float *x = picture_at(c, in->x, whole) + start;
      float *to = picture_at(c, in->g, whole) + start;
      for (int p = 0; p < o->width; p++)
        for (size_t k = 0; k < each; k++)
          if (x[p * in->stride * each + k] > 0) to[p * in->stride * each + k] += dx[p * o->from + from + k];
      from += each;
    }
  }
}
