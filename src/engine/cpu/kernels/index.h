/* Weights on their way from the row that the optimizer steps to where the kernels read them, and gradients back. */

/* places[index[i]] = row[i] */
static void scatter(const context *c, const index_operation *o) {
  const float *row = at(c, o->row);
  const int32_t *index = (const int32_t *)at(c, o->index);
  float *places = at(c, o->places);
  const uint32_t span = o->span;
  for (int i = 0; i < o->count; i++)
    if ((uint32_t)index[i] < span) places[index[i]] = row[i];
}

/* row[i] = places[index[i]], or 0 if there is no such place */
static void gather(const context *c, const index_operation *o) {
  float *row = at(c, o->row);
  const int32_t *index = (const int32_t *)at(c, o->index);
  const float *places = at(c, o->places);
  const uint32_t span = o->span;
  for (int i = 0; i < o->count; i++) row[i] = (uint32_t)index[i] < span ? places[index[i]] : 0;
}
