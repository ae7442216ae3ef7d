/* Batch norms over the whole mini-batch: sums of pictures, added in their order, become coefficients of channels. */

#define EPSILON 1e-5

/* Four channels side by side, in double: the number of channels is a multiple of 4. */
typedef double four __attribute__((vector_size(32)));
typedef float four_floats __attribute__((vector_size(16), aligned(4), may_alias));
typedef long long four_masks __attribute__((vector_size(32)));

static inline four load_four(const float *from) { return __builtin_convertvector(*(const four_floats *)from, four); }
static inline void store_four(float *to, four value) {
  *(four_floats *)to = __builtin_convertvector(value, four_floats);
}
static inline four root_of_four(four value) {
  for (int k = 0; k < 4; k++) value[k] = __builtin_sqrt(value[k]);
  return value;
}

/* Mean and variance of z, and the scale and shift that normalize it. */
static void coefficients(const context *c, const coefficients_operation *o) {
  const size_t channels = o->channels;
  const double each = o->pixels, all = each * o->pictures;
  const four none = {0};
  for (size_t k = 0; k < channels; k += 4) {
    const float *sums = at(c, o->sums) + k;
    four total = none;
    for (int n = 0; n < o->pictures; n++) total += load_four(sums + 2 * n * channels);
    const four mean = total / all;
    /* Squares within each picture about its own mean, and between the means: nothing large cancels. */
    four squares = none;
    for (int n = 0; n < o->pictures; n++) {
      const four sum = load_four(sums + 2 * n * channels), square = load_four(sums + (2 * n + 1) * channels);
      const four distance = sum / each - mean;
      squares += square - sum * sum / each + each * distance * distance;
    }
    /* 0 at least; NaN stays NaN. */
    const four variance = (four)((four_masks)(squares / all) & ~(squares <= 0));
    const four inverse = 1 / root_of_four(variance + EPSILON);
    const four gamma = o->gamma < 0 ? none + 1 : load_four(at(c, o->gamma) + k);
    const four beta = o->gamma < 0 ? none : load_four(at(c, o->beta) + k);
    store_four(at(c, o->mean) + k, mean);
    store_four(at(c, o->variance) + k, variance);
    store_four(at(c, o->scale) + k, inverse * gamma);
    store_four(at(c, o->shift) + k, beta - mean * inverse * gamma);
  }
}

/*
 * The gradient of a batch norm, dz = inverse * (g - mean(g) - y * mean(g y)) with y = (z - mean) * inverse, as
 * a g + b z + c. Also the gradients in the mixing weights of the edges it leads to, sum(g y), and in its own scale and
 * shift. Of a given mean and variance, dz = inverse * g. Drop-path's factors are in every g here except the one that a multiplies.
 */
static void gradient_coefficients(const context *c, const gradient_coefficients_operation *o) {
  const size_t channels = o->channels;
  const double all = (double)o->pixels * o->pictures;
  const four none = {0};
  for (int e = 0; e < o->shares; e++)
    if (o->share[e].dmixing >= 0) *at(c, o->share[e].dmixing) = 0;
  for (size_t k = 0; k < channels; k += 4) {
    const four gamma = o->gamma < 0 ? none + 1 : load_four(at(c, o->gamma) + k);
    const four mean = o->variance < 0 ? none : load_four(at(c, o->mean) + k);
    const four inverse = o->variance < 0 ? none + 1 : 1 / root_of_four(load_four(at(c, o->variance) + k) + EPSILON);
    four sum = none, product = none;
    for (int e = 0; e < o->shares; e++) {
      const gradient_share *share = &o->share[e];
      const float *sums = at(c, share->sums) + k;
      four gradient = none, with = none;
      for (int n = 0; n < o->pictures; n++) {
        const double drop = share->drops < 0 ? 1 : at(c, share->drops)[n];
        gradient += drop * load_four(sums + (size_t)n * share->rows * channels);
        with += drop * load_four(sums + ((size_t)n * share->rows + share->product) * channels);
      }
      /* sum(g y) */
      const four projection = o->variance < 0 ? with : inverse * (with - mean * gradient);
      const double mixing = share->mixing < 0 ? 1 : *at(c, share->mixing);
      for (int i = 0; share->dmixing >= 0 && i < 4; i++) *at(c, share->dmixing) += (float)projection[i];
      sum += mixing * gradient, product += mixing * projection;
    }
    if (o->variance < 0) continue;
    if (o->gamma >= 0) store_four(at(c, o->dgamma) + k, product), store_four(at(c, o->dbeta) + k, sum);
    const double through = o->through < 0 ? 1 : *at(c, o->through);
    float *abc = at(c, o->abc);
    store_four(abc + k, inverse * gamma * through);
    if (o->given) {
      store_four(abc + channels + k, none), store_four(abc + 2 * channels + k, none);
      continue;
    }
    store_four(abc + channels + k, -inverse * gamma * inverse * product / all);
    store_four(abc + 2 * channels + k, inverse * gamma * (inverse * mean * product - sum) / all);
  }
}
