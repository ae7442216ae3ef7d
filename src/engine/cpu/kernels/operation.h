/*
 * Arguments of the kernels. An operation is a list of 32-bit integers that the planner wrote; each kernel reads it as a
 * struct of its own. Tensors are channels last and hold all pictures; shapes are those of one picture.
 */

/* A place in the memory or in the scratch, counted in lines of 64 bytes; -1 if it is missing. */
typedef int32_t place;

/* The engine's memory, this thread's scratch, and the picture at hand. */
typedef struct {
  float *memory;
  float *scratch;
  int picture;
  /* Pictures of a chunk share their partial gradients, which the first of them sets to zero. */
  int chunk, first;
} context;

static inline float *at(const context *c, place where) { return c->memory + (size_t)where * 16; }
static inline float *slot(const context *c, place where) { return c->scratch + (size_t)where * 16; }
/* A picture's part of a tensor whose pictures lie `size` floats apart. */
static inline float *picture_at(const context *c, place where, size_t size) { return at(c, where) + c->picture * size; }
/* A picture's part of a tensor of bytes. */
static inline uint8_t *bytes_at(const context *c, place where, size_t size) {
  return (uint8_t *)at(c, where) + c->picture * size;
}
/* Drop-path's factor of the picture; 1 if the place is missing. */
static inline float drop_at(const context *c, place drops) { return drops < 0 ? 1 : *picture_at(c, drops, 1); }
/* Whether a term is left out: its mixing weight is -0. What would make it makes zeros, and has no gradients. */
static inline int is_skipped(const context *c, place mixing) {
  return mixing >= 0 && *(const int32_t *)at(c, mixing) == INT32_MIN;
}
/* What a node multiplies a term by: its mixing weight, 1 if that is missing, times drop-path's factor. */
static inline float factor_at(const context *c, place mixing, place drops) {
  return (mixing < 0 ? 1 : *at(c, mixing)) * drop_at(c, drops);
}
