/* Nodes: the weighted sum of the terms, and the sums that a gradient begins with. */

/* One input of a pointwise convolution, rectified, into its place in a row of all: to[pixels][all][channels] */
static void NAME(gather_part)(const float *x, size_t step, int pixels, size_t channels, float *to, size_t all) {
  for (int p = 0; p < pixels; p++)
    for (size_t k = 0; k < channels; k += V) store(to + p * all + k, NAME(rectify)(load(x + p * step + k)));
}

/* Its gradient: adds a part of dx[pixels][all] to the gradient of the input, at the entries that were above 0. */
static void NAME(scatter_part)(const float *x, size_t step, int pixels, size_t channels, const float *dx, size_t all,
                               float *g) {
  for (int p = 0; p < pixels; p++)
    for (size_t k = 0; k < channels; k += V) {
      float *to = g + p * step + k;
      store(to, load(to) + NAME(where_positive)(load(x + p * step + k), load(dx + p * all + k)));
    }
}

/* Both where the ReLU is held: kept has a byte for each entry of the input. */
static void NAME(gather_held_part)(const float *x, const uint8_t *kept, size_t step, int pixels, size_t channels, float *to,
                                   size_t all) {
  for (int p = 0; p < pixels; p++)
    for (size_t k = 0; k < channels; k += V)
      store(to + p * all + k, NAME(where_kept)(kept + p * step + k, load(x + p * step + k)));
}

static void NAME(scatter_held_part)(const uint8_t *kept, size_t step, int pixels, size_t channels, const float *dx,
                                    size_t all, float *g) {
  for (int p = 0; p < pixels; p++)
    for (size_t k = 0; k < channels; k += V) {
      float *to = g + p * step + k;
      store(to, load(to) + NAME(where_kept)(kept + p * step + k, load(dx + p * all + k)));
    }
}

/* x = scale * z + shift: a batch norm written out */
static void NAME(normalize)(const context *c, const normalize_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *z = picture_at(c, o->z, size), *scale = at(c, o->scale), *shift = at(c, o->shift);
  float *x = picture_at(c, o->x, size);
  for (size_t i = 0; i < size; i += channels)
    for (size_t k = 0; k < channels; k += V) store(x + i + k, load(z + i + k) * load(scale + k) + load(shift + k));
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
 * node (+)= sum over the terms of factor * (scale * z + shift), or of factor * z if there is no norm. The factor is the
 * mixing weight times drop-path's factor of the picture. Four tensors at a time are read, for a tile of the node that
 * stays in L1: of more streams at once, the processor reads none ahead.
 */
static void NAME(mix)(const context *c, const mix_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  float *node = picture_at(c, o->node, size);
  const float *z[MAX_TERMS];
  float *zeros = slot(c, o->row), *shifts = zeros + channels, *scales = shifts + channels;
  memset(zeros, 0, 2 * channels * sizeof(float));
  for (int t = 0; t < o->terms; t++) {
    const mix_term *term = &o->term[t];
    const float factor = factor_at(c, term->mixing, term->drops);
    z[t] = picture_at(c, term->z, size);
    for (size_t k = 0; k < channels; k += V) {
      vec scale = (vec){0} + factor;
      if (term->scale >= 0) {
        scale = load(at(c, term->scale) + k) * factor;
        store(shifts + k, load(shifts + k) + load(at(c, term->shift) + k) * factor);
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

/*
 * sum[j][K vectors] = sums over the pixels of g z[j], for N tensors; for N = 0 those of g. Whole lines of 64 bytes are
 * read, P pixels at a time, so that one addition need not wait for the one before.
 */
static inline __attribute__((always_inline)) void NAME(sum_block)(const int K, const int N, const float *g,
                                                                  const float *const *z, size_t size, size_t channels,
                                                                  float *const *sum) {
  const int P = K > 2 ? 1 : 2;
  vec total[2][2][4] = {{{{0}}}};
  size_t i = 0;
  for (; i + (P - 1) * channels < size; i += P * channels)
#pragma GCC unroll 2
    for (int p = 0; p < P; p++)
#pragma GCC unroll 4
      for (int k = 0; k < K; k++) {
        const size_t n = i + p * channels + k * V;
        const vec gradient = load(g + n);
        if (N == 0) total[p][0][k] += gradient;
#pragma GCC unroll 2
        for (int j = 0; j < N; j++) total[p][j][k] += gradient * load(z[j] + n);
      }
  if (i < size)
#pragma GCC unroll 4
    for (int k = 0; k < K; k++) {
      const vec gradient = load(g + i + k * V);
      if (N == 0) total[0][0][k] += gradient;
#pragma GCC unroll 2
      for (int j = 0; j < N; j++) total[0][j][k] += gradient * load(z[j] + i + k * V);
    }
#pragma GCC unroll 2
  for (int j = 0; j < (N == 0 ? 1 : N); j++)
#pragma GCC unroll 4
    for (int k = 0; k < K; k++) store(sum[j] + k * V, total[0][j][k] + total[1][j][k]);
}

/* The same for all channels. */
static inline __attribute__((always_inline)) void NAME(sum_products)(const int N, const float *g, const float *z,
                                                                     const float *y, size_t size, size_t channels,
                                                                     float *first, float *second) {
  size_t k = 0;
#define BLOCKS(K)                                                                                                     \
  for (; k + K * V <= channels; k += K * V)                                                                           \
    NAME(sum_block)(K, N, g + k, (const float *const[]){z + k, y + k}, size, channels,                                \
                    (float *const[]){first + k, second + k});
  BLOCKS(4)
  BLOCKS(2)
  BLOCKS(1)
#undef BLOCKS
}

/* A picture's sums of g, and of g z for every z: the gradients of batch norms and mixing weights are made of them. */
static void NAME(gradient_sums)(const context *c, const gradient_sums_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *g = picture_at(c, o->g, size);
  float *sums = picture_at(c, o->sums, (size_t)(1 + o->terms) * channels);
  NAME(sum_products)(0, g, g, g, size, channels, sums, sums);
  /* Two tensors at once, so that g is read half as often. */
  for (int t = 0; t < o->terms; t += 2) {
    const float *z = picture_at(c, o->z[t], size);
    float *to = sums + (1 + t) * channels;
    if (t + 1 == o->terms) NAME(sum_products)(1, g, z, z, size, channels, to, to);
    else NAME(sum_products)(2, g, z, picture_at(c, o->z[t + 1], size), size, channels, to, to + channels);
  }
}

/*
 * Adds to a state's gradient what comes from the edges that leave it, except pools. Convolutions add the gradient at the
 * rectified state, at the entries that were above 0. Skip connections add their factor times the gradient of the node
 * they lead to.
 */
static inline __attribute__((always_inline)) void NAME(add_state_gradient)(const int held, const context *c,
                                                                           const state_gradient_operation *o) {
  const size_t channels = o->channels, size = (size_t)o->pixels * channels;
  const float *x = picture_at(c, o->x, size), *dx = o->dx < 0 ? NULL : slot(c, o->dx);
  float *g = picture_at(c, o->g, size);
  const uint8_t *kept = held ? bytes_at(c, o->kept, size) : NULL;
  float factor[MAX_TERMS];
  for (int e = 0; e < o->edges; e++) factor[e] = factor_at(c, o->edge[e].mixing, o->edge[e].drops);
  for (size_t i = 0; i < size; i += V) {
    vec sum = load(g + i);
    if (dx) sum += held ? NAME(where_kept)(kept + i, load(dx + i)) : NAME(where_positive)(load(x + i), load(dx + i));
    for (int e = 0; e < o->edges; e++) sum += load(picture_at(c, o->edge[e].g, size) + i) * factor[e];
    store(g + i, sum);
  }
}

static void NAME(state_gradient)(const context *c, const state_gradient_operation *o) {
  if (o->kept < 0) NAME(add_state_gradient)(0, c, o);
  else NAME(add_state_gradient)(1, c, o);
}
