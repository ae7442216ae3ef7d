/* What happens around a node: the weighted sum of its edges, and the sums that its gradient begins with. */

/* One input of a pointwise convolution, rectified, into its place in a row of all: to[pixels][all][channels] */
static void NAME(gather_part)(const float *x, size_t step, int pixels, size_t channels, float *to, size_t all) {
  for (int p = 0; p < pixels; p++)
    for (size_t k = 0; k < channels; k += V) store(to + p * all + k, NAME(rectify)(load(x + p * step + k)));
}

/* And back: adds a part of dx[pixels][all] to the gradient of the input, where that was above 0. */
static void NAME(scatter_part)(const float *x, size_t step, int pixels, size_t channels, const float *dx, size_t all,
                               float *g) {
  for (int p = 0; p < pixels; p++)
    for (size_t k = 0; k < channels; k += V) {
      float *to = g + p * step + k;
      store(to, load(to) + NAME(where_positive)(load(x + p * step + k), load(dx + p * all + k)));
    }
}

/* x = scale * z + shift: a batch norm written out */
static void NAME(normalize)(const context *c, const normalize_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *z = picture_at(c, o->z, size), *scale = at(c, o->scale), *shift = at(c, o->shift);
  float *x = picture_at(c, o->x, size);
  for (size_t k = 0; k < channels; k += V) {
    const vec a = load(scale + k), b = load(shift + k);
    for (size_t i = k; i < size; i += channels) store(x + i, load(z + i) * a + b);
  }
}

/* tile[pixels][channels] (+)= shift + sum of N tensors, each times its scale of the channel */
static inline __attribute__((always_inline)) void NAME(add_terms)(const int N, float *tile, int add, const float *shifts,
                                                                  const float *const *z, size_t at, const float *scales,
                                                                  int pixels, size_t channels) {
  for (int p = 0; p < pixels; p++)
    for (size_t k = 0; k < channels; k += V) {
      const size_t i = p * channels + k;
      vec sum = load(shifts + k);
#pragma GCC unroll 4
      for (int t = 0; t < N; t++) sum += load(z[t] + at + i) * load(scales + t * channels + k);
      if (add) sum += load(tile + i);
      store(tile + i, sum);
    }
}

static inline __attribute__((always_inline)) void NAME(add_tile)(int terms, float *tile, int add, const float *shifts,
                                                                 const float *const *z, size_t at, const float *scales,
                                                                 int pixels, size_t channels) {
  switch (terms) {
    case 1: return NAME(add_terms)(1, tile, add, shifts, z, at, scales, pixels, channels);
    case 2: return NAME(add_terms)(2, tile, add, shifts, z, at, scales, pixels, channels);
    case 3: return NAME(add_terms)(3, tile, add, shifts, z, at, scales, pixels, channels);
    default: return NAME(add_terms)(4, tile, add, shifts, z, at, scales, pixels, channels);
  }
}

/*
 * node (+)= sum over the terms of mixing weight * (scale * z + shift), or of mixing weight * z where there is no norm.
 * Four tensors at a time and a tile of the node that stays in L1: more streams at once than that, and the memory is
 * not read ahead.
 */
static void NAME(mix)(const context *c, const mix_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  float *node = picture_at(c, o->node, size);
  const float *z[MAX_TERMS];
  float *zeros = slot(c, o->row), *shifts = zeros + channels, *scales = shifts + channels;
  memset(zeros, 0, 2 * channels * sizeof(float));
  for (int t = 0; t < o->terms; t++) {
    const mix_term *term = &o->term[t];
    const float mixing = *at(c, term->mixing);
    z[t] = picture_at(c, term->z, size);
    for (size_t k = 0; k < channels; k += V) {
      vec scale = (vec){0} + mixing;
      if (term->scale >= 0) {
        scale = load(at(c, term->scale) + k) * mixing;
        store(shifts + k, load(shifts + k) + load(at(c, term->shift) + k) * mixing);
      }
      store(scales + t * channels + k, scale);
    }
  }
  const int tile = TILE_FLOATS / channels;
  for (int p = 0; p < o->pixels; p += tile) {
    const int pixels = p + tile < o->pixels ? tile : o->pixels - p;
    for (int t = 0; t < o->terms; t += 4) {
      const int terms = o->terms - t < 4 ? o->terms - t : 4, add = o->add || t > 0;
      const float *shift = t > 0 ? zeros : shifts;
#define LINE(C, unused)                                                                                               \
  {                                                                                                                   \
    NAME(add_tile)(terms, node + p * C, add, shift, z + t, p * C, scales + t * C, pixels, C);                          \
    continue;                                                                                                         \
  }
      CHANNELS(LINE, channels, 0)
#undef LINE
      NAME(add_tile)(terms, node + p * channels, add, shift, z + t, p * channels, scales + t * channels, pixels, channels);
    }
  }
}

/* A picture's sums of g, and of g z for every z: what the gradients of batch norms and mixing weights are made of */
static void NAME(gradient_sums)(const context *c, const gradient_sums_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *g = picture_at(c, o->g, size);
  float *sums = picture_at(c, o->sums, (size_t)(1 + o->terms) * channels);
  for (size_t k = 0; k < channels; k += V) {
    vec sum[2] = {{0}};
    size_t i = k;
    for (; i + channels < size; i += 2 * channels) sum[0] += load(g + i), sum[1] += load(g + i + channels);
    if (i < size) sum[0] += load(g + i);
    store(sums + k, sum[0] + sum[1]);
    for (int t = 0; t < o->terms; t += 2) {
      /* Two tensors at once, so that g is read half as often. */
      const int two = t + 1 < o->terms;
      const float *z = picture_at(c, o->z[t], size), *y = two ? picture_at(c, o->z[t + 1], size) : z;
      vec product[4] = {{0}};
      for (i = k; i + channels < size; i += 2 * channels) {
        const vec one = load(g + i), other = load(g + i + channels);
        product[0] += one * load(z + i), product[1] += other * load(z + i + channels);
        product[2] += one * load(y + i), product[3] += other * load(y + i + channels);
      }
      if (i < size) product[0] += load(g + i) * load(z + i), product[2] += load(g + i) * load(y + i);
      store(sums + (1 + t) * channels + k, product[0] + product[1]);
      if (two) store(sums + (2 + t) * channels + k, product[2] + product[3]);
    }
  }
}

/*
 * What a state's gradient gets from the edges that leave it, besides pools: the gradient at its rectified self where
 * it was above 0, and through skip connections mixing weight times the gradient of the node they lead to.
 */
static void NAME(state_gradient)(const context *c, const state_gradient_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *x = picture_at(c, o->x, size), *dx = slot(c, o->dx);
  float *g = picture_at(c, o->g, size);
  for (size_t i = 0; i < size; i += V) {
    vec sum = load(g + i);
    if (o->dx >= 0) sum += NAME(where_positive)(load(x + i), load(dx + i));
    for (int e = 0; e < o->edges; e++) sum += load(picture_at(c, o->edge[e].g, size) + i) * *at(c, o->edge[e].mixing);
    store(g + i, sum);
  }
}
