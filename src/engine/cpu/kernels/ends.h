/* The ends of the network: the stem, which reads pictures, and the classifiers. All are small. */

/* A row of 3x3 windows around every pixel, [size][28]: 27 values and a zero. */
static void gather_windows(const float *image, int size, int row, float *to) {
  for (int p = 0; p < size; p++, to += 28) {
    float *next = to;
    for (int a = row - 1; a <= row + 1; a++)
      for (int b = p - 1; b <= p + 1; b++)
        for (int k = 0; k < 3; k++) {
          const int inside = a >= 0 && a < size && b >= 0 && b < size;
          *next++ = inside ? image[(a * size + b) * 3 + k] : 0;
        }
    *next = 0;
  }
}

/* z = convolution 3x3 of a picture, with its sums; weights [28][channels] */
static void stem(const context *c, const stem_operation *o) {
  const size_t channels = o->channels;
  const float *image = picture_at(c, o->image, (size_t)o->size * o->size * 3);
  float *z = picture_at(c, o->z, o->size * o->size * channels);
  float *sums = picture_at(c, o->sums, 2 * channels), *windows = slot(c, o->row);
  memset(sums, 0, 2 * channels * sizeof(float));
  for (int i = 0; i < o->size; i++) {
    gather_windows(image, o->size, i, windows);
    WIDEST(pointwise_row, channels)(windows, 28, o->size, 28, channels, at(c, o->weights), z);
    WIDEST(add_sums, channels)(z, o->size, channels, sums);
    z += o->size * channels;
  }
}

static void stem_backward(const context *c, const stem_operation *o) {
  const size_t channels = o->channels, line = o->size * channels;
  const float *image = picture_at(c, o->image, (size_t)o->size * o->size * 3);
  const float *g = picture_at(c, o->g, o->size * line), *z = picture_at(c, o->z, o->size * line);
  float *windows = slot(c, o->row), *dz = windows + o->size * 28;
  float *dw = at(c, o->gradients) + c->chunk * 28 * channels;
  if (c->first) memset(dw, 0, 28 * channels * sizeof(float));
  for (int i = 0; i < o->size; i++) {
    gather_windows(image, o->size, i, windows);
    WIDEST(differentiate_row, channels)(g + i * line, 1, z + i * line, o->size, channels, at(c, o->abc), dz);
    WIDEST(pointwise_gradient_row, channels)(windows, 28, dz, o->size, 28, channels, dw);
  }
}

/* features = mean of every channel over the pixels; logits = features * weights + bias, [features][classes] */
static void logits(const context *c, const logits_operation *o) {
  size_t count = 0;
  for (int n = 0; n < o->inputs; n++) count += o->input[n].channels;
  float *features = picture_at(c, o->features, count), *result = picture_at(c, o->logits, o->classes);
  float *feature = features;
  for (int n = 0; n < o->inputs; n++) {
    const size_t channels = o->input[n].channels;
    const float *node = picture_at(c, o->input[n].node, o->pixels * channels);
    memset(feature, 0, channels * sizeof(float));
    for (int p = 0; p < o->pixels; p++)
      for (size_t k = 0; k < channels; k++)
        if (!o->rectify || !(node[p * channels + k] <= 0)) feature[k] += node[p * channels + k];
    for (size_t k = 0; k < channels; k++) feature[k] /= o->pixels;
    feature += channels;
  }
  for (int k = 0; k < o->classes; k++) result[k] = at(c, o->bias)[k];
  for (size_t f = 0; f < count; f++)
    for (int k = 0; k < o->classes; k++) result[k] += features[f] * at(c, o->weights)[f * o->classes + k];
}

/* Adds to the nodes' gradients, and to the chunk's gradients of weights and bias, by the gradient at the logits. */
static void logits_backward(const context *c, const logits_operation *o) {
  size_t count = 0;
  for (int n = 0; n < o->inputs; n++) count += o->input[n].channels;
  const float *features = picture_at(c, o->features, count), *gradient = picture_at(c, o->gradient, o->classes);
  const float *weights = at(c, o->weights);
  float *dw = at(c, o->gradients) + c->chunk * (count + 1) * o->classes;
  if (c->first) memset(dw, 0, (count + 1) * o->classes * sizeof(float));
  for (size_t f = 0; f < count; f++)
    for (int k = 0; k < o->classes; k++) dw[f * o->classes + k] += features[f] * gradient[k];
  for (int k = 0; k < o->classes; k++) dw[count * o->classes + k] += gradient[k];
  size_t f = 0;
  for (int n = 0; n < o->inputs; n++) {
    const size_t channels = o->input[n].channels;
    const float *node = picture_at(c, o->input[n].node, o->pixels * channels);
    float *g = picture_at(c, o->input[n].g, o->pixels * channels);
    for (size_t j = 0; j < channels; j++, f++) {
      float sum = 0;
      for (int k = 0; k < o->classes; k++) sum += weights[f * o->classes + k] * gradient[k];
      for (int p = 0; p < o->pixels; p++)
        if (!o->rectify || node[p * channels + j] > 0) g[p * channels + j] += sum / o->pixels;
    }
  }
}

/* The auxiliary head's pool: z = average over windows 5x5, 3 apart, of all inputs side by side, rectified. */
static void auxiliary_pool(const context *c, const auxiliary_pool_operation *o) {
  const int height = (o->height - 5) / 3 + 1, width = (o->width - 5) / 3 + 1;
  const size_t from = o->from;
  float *z = picture_at(c, o->z, height * width * from);
  memset(z, 0, height * width * from * sizeof(float));
  size_t start = 0;
  for (int n = 0; n < o->inputs; n++) {
    const size_t channels = o->input[n].channels;
    const float *x = picture_at(c, o->input[n].x, o->height * o->width * channels);
    for (int pixel = 0; pixel < height * width; pixel++) {
      float *to = z + pixel * from + start;
      for (int tap = 0; tap < 25; tap++) {
        const int row = pixel / width * 3 + tap / 5, column = pixel % width * 3 + tap % 5;
        const float *value = x + (row * o->width + column) * channels;
        for (size_t k = 0; k < channels; k++) to[k] += value[k] <= 0 ? 0 : value[k];
      }
      for (size_t k = 0; k < channels; k++) to[k] /= 25;
    }
    start += channels;
  }
}

/* Adds to the gradients of the inputs, at the entries that were above 0. */
static void auxiliary_pool_backward(const context *c, const auxiliary_pool_operation *o) {
  const int height = (o->height - 5) / 3 + 1, width = (o->width - 5) / 3 + 1;
  const size_t from = o->from;
  const float *dz = picture_at(c, o->dz, height * width * from);
  size_t start = 0;
  for (int n = 0; n < o->inputs; n++) {
    const size_t channels = o->input[n].channels, size = o->height * o->width * channels;
    const float *x = picture_at(c, o->input[n].x, size);
    float *g = picture_at(c, o->input[n].g, size);
    for (int pixel = 0; pixel < height * width; pixel++) {
      const float *gradient = dz + pixel * from + start;
      for (int tap = 0; tap < 25; tap++) {
        const int row = pixel / width * 3 + tap / 5, column = pixel % width * 3 + tap % 5;
        const size_t at = (row * o->width + column) * channels;
        for (size_t k = 0; k < channels; k++) g[at + k] += x[at + k] > 0 ? gradient[k] / 25 : 0;
      }
    }
    start += channels;
  }
}

/* to = sum over the chunks, in order and in double; sizes are multiples of 4 */
static void reduce(const context *c, const reduce_operation *o) {
  const float *from = at(c, o->from);
  float *to = at(c, o->to);
  for (int i = 0; i < o->size; i += 4) {
    double sum[4] = {0};
    for (int n = 0; n < o->chunks; n++)
      for (int j = 0; j < 4; j++) sum[j] += from[(size_t)n * o->size + i + j];
    for (int j = 0; j < 4; j++) to[i + j] = (float)sum[j];
  }
}
