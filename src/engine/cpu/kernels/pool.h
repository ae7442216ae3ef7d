/* Pools 3x3, of the input as it is. Padding never wins a maximum, and does not count in an average. */

/* z = pool of x, for the maximum with the winner's tap (0 to 8, the first of equals), and the sums of z */
static void NAME(pool)(const context *c, const pool_operation *o) {
  const size_t channels = o->channels, line = o->width * channels;
  const int stride = o->stride, height = o->height / stride, width = o->width / stride;
  const float *x = picture_at(c, o->x, o->height * line);
  float *z = picture_at(c, o->z, height * width * channels);
  uint8_t *winner = (uint8_t *)at(c, o->winner) + (size_t)c->picture * height * width * channels;
  float *sums = picture_at(c, o->sums, 2 * channels);
  memset(sums, 0, 2 * channels * sizeof(float));
  for (int i = 0; i < height; i++) {
    const int row = i * stride, top = row > 0 ? -1 : 0, bottom = row + 1 < o->height ? 1 : 0;
    for (int p = 0; p < width; p++) {
      const int column = p * stride, left = column > 0 ? -1 : 0, right = column + 1 < o->width ? 1 : 0;
      const float *center = x + row * line + column * channels;
      const float share = 1.0f / ((bottom - top + 1) * (right - left + 1));
      for (size_t k = 0; k < channels; k += V) {
        vec result = {0};
        NAME(mask) won = {0};
        for (int a = top; a <= bottom; a++)
          for (int b = left; b <= right; b++) {
            const vec value = load(center + a * (ptrdiff_t)line + b * (ptrdiff_t)channels + k);
            if (o->average) {
              result += value;
              continue;
            }
            const int tap = (a + 1) * 3 + b + 1;
            if (a == top && b == left) {
              result = value, won = (NAME(mask)){0} + tap;
            } else {
              const NAME(mask) larger = value > result;
              result = (vec)(((NAME(mask))value & larger) | ((NAME(mask))result & ~larger));
              won = (tap & larger) | (won & ~larger);
            }
          }
        if (o->average) result *= share;
        store(z + k, result);
        if (!o->average && o->winner >= 0)
          for (int j = 0; j < V; j++) winner[k + j] = (uint8_t)won[j];
      }
      z += channels, winner += channels;
    }
    NAME(add_sums)(z - width * channels, width, channels, sums);
  }
}

/*
 * Adds to the gradient of x. The gradient at the batch norm's output is the sum over the edges of mixing weight times
 * the gradient of the node they lead to.
 */
static void NAME(pool_backward)(const context *c, const pool_backward_operation *o) {
  const size_t channels = o->channels, line = o->width * channels;
  const int stride = o->stride, height = o->height / stride, width = o->width / stride;
  const size_t size = (size_t)height * width * channels;
  const float *z = picture_at(c, o->z, size), *abc = at(c, o->abc);
  const uint8_t *winner = (const uint8_t *)at(c, o->winner) + c->picture * size;
  float *dx = picture_at(c, o->dx, o->height * line);
  for (int i = 0; i < height; i++) {
    const int row = i * stride, top = row > 0 ? -1 : 0, bottom = row + 1 < o->height ? 1 : 0;
    for (int p = 0; p < width; p++) {
      const int column = p * stride, left = column > 0 ? -1 : 0, right = column + 1 < o->width ? 1 : 0;
      float *center = dx + row * line + column * channels;
      const float share = 1.0f / ((bottom - top + 1) * (right - left + 1));
      const size_t start = (i * width + p) * channels;
      for (size_t k = 0; k < channels; k += V) {
        vec g = {0};
        for (int e = 0; e < o->edges; e++)
          g += load(picture_at(c, o->edge[e].g, size) + start + k) * *at(c, o->edge[e].mixing);
        vec dz = load(abc + k) * g + load(abc + channels + k) * load(z + start + k) + load(abc + 2 * channels + k);
        if (o->average) {
          dz *= share;
          for (int a = top; a <= bottom; a++)
            for (int b = left; b <= right; b++) {
              float *to = center + a * (ptrdiff_t)line + b * (ptrdiff_t)channels + k;
              store(to, load(to) + dz);
            }
        } else {
          for (int j = 0; j < V; j++) {
            const int tap = winner[start + k + j];
            center[(tap / 3 - 1) * (ptrdiff_t)line + (tap % 3 - 1) * (ptrdiff_t)channels + k + j] += dz[j];
          }
        }
      }
    }
  }
}
