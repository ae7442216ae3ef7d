/* Numbers that move by an index: weights between the row that the optimizer steps and where the kernels read them, channels. */

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

/* to[channels] (+)= channel index[k] of x and y side by side, or 0 if that is -1, for every pixel */
static void pick(const context *c, const pick_operation *o) {
  const int channels = o->channels, from = o->from, beside = o->beside;
  const int32_t *index = (const int32_t *)at(c, o->index);
  const float *x = picture_at(c, o->x, (size_t)o->pixels * from);
  const float *y = o->y < 0 ? x : picture_at(c, o->y, (size_t)o->pixels * beside);
  float *to = picture_at(c, o->to, (size_t)o->pixels * channels);
  for (int p = 0; p < o->pixels; p++, x += from, y += beside, to += channels)
    for (int k = 0; k < channels; k++) {
      const int i = index[k];
      const float value = i < 0 ? 0 : i < from ? x[i] : y[i - from];
      to[k] = o->add ? to[k] + value : value;
    }
}
