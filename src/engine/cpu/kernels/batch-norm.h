/* Batch norms over the whole mini-batch: sums of pictures, added in their order, become coefficients of channels. */

#define EPSILON 1e-5

/* Mean and variance of z, and the scale and shift that normalize it. */
static void coefficients(const context *c, const coefficients_operation *o) {
  const size_t channels = o->channels;
  const double each = o->pixels, all = each * o->pictures;
  for (size_t k = 0; k < channels; k++) {
    const float *sums = at(c, o->sums) + k;
    double total = 0;
    for (int n = 0; n < o->pictures; n++) total += sums[2 * n * channels];
    const double mean = total / all;
    /* Squares within each picture about its own mean, and between the means: nothing large cancels. */
    double squares = 0;
    for (int n = 0; n < o->pictures; n++) {
      const double sum = sums[2 * n * channels], square = sums[(2 * n + 1) * channels];
      const double distance = sum / each - mean;
      squares += square - sum * sum / each + each * distance * distance;
    }
    const double variance = squares > 0 ? squares / all : squares == squares ? 0 : squares;
    const double inverse = 1 / __builtin_sqrt(variance + EPSILON);
    const double gamma = o->gamma < 0 ? 1 : at(c, o->gamma)[k], beta = o->gamma < 0 ? 0 : at(c, o->beta)[k];
    at(c, o->mean)[k] = (float)mean;
    at(c, o->variance)[k] = (float)variance;
    at(c, o->scale)[k] = (float)(inverse * gamma);
    at(c, o->shift)[k] = (float)(beta - mean * inverse * gamma);
  }
}

/*
 * The gradient of a batch norm, dz = inverse * (g - mean(g) - y * mean(g y)) with y = (z - mean) * inverse, as
 * a g + b z + c. Also the gradients in the mixing weights of the edges it leads to, sum(g y), and in its own scale and
 * shift. Drop-path's factors are in every g here except the one that a multiplies.
 */
static void gradient_coefficients(const context *c, const gradient_coefficients_operation *o) {
  const size_t channels = o->channels;
  const double all = (double)o->pixels * o->pictures;
  for (int e = 0; e < o->shares; e++)
    if (o->share[e].dmixing >= 0) *at(c, o->share[e].dmixing) = 0;
  for (size_t k = 0; k < channels; k++) {
    const double gamma = o->gamma < 0 ? 1 : at(c, o->gamma)[k];
    const double mean = o->variance < 0 ? 0 : at(c, o->mean)[k];
    const double inverse = o->variance < 0 ? 1 : 1 / __builtin_sqrt(at(c, o->variance)[k] + EPSILON);
    double sum = 0, product = 0;
    for (int e = 0; e < o->shares; e++) {
      const gradient_share *share = &o->share[e];
      const float *sums = at(c, share->sums) + k;
      double gradient = 0, with = 0;
      for (int n = 0; n < o->pictures; n++) {
        const double drop = share->drops < 0 ? 1 : at(c, share->drops)[n];
        gradient += drop * sums[(size_t)n * share->rows * channels];
        with += drop * sums[((size_t)n * share->rows + share->product) * channels];
      }
      /* sum(g y) */
      const double projection = o->variance < 0 ? with : inverse * (with - mean * gradient);
      const double mixing = share->mixing < 0 ? 1 : *at(c, share->mixing);
      if (share->dmixing >= 0) *at(c, share->dmixing) += (float)projection;
      sum += mixing * gradient, product += mixing * projection;
    }
    if (o->variance < 0) continue;
    if (o->gamma >= 0) at(c, o->dgamma)[k] = (float)product, at(c, o->dbeta)[k] = (float)sum;
    const double through = o->through < 0 ? 1 : *at(c, o->through);
    float *abc = at(c, o->abc);
    abc[k] = (float)(inverse * gamma * through);
    abc[channels + k] = (float)(-inverse * gamma * inverse * product / all);
    abc[2 * channels + k] = (float)(inverse * gamma * (inverse * mean * product - sum) / all);
  }
}
