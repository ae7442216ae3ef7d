/* The vector type of width V, and all kernels of that width. */
typedef float vec __attribute__((vector_size(4 * V), aligned(4), may_alias));
typedef int32_t NAME(mask) __attribute__((vector_size(4 * V), aligned(4), may_alias));

typedef uint8_t NAME(bytes) __attribute__((vector_size(V), aligned(1), may_alias));

static inline vec load(const float *from) { return *(const vec *)from; }
/* For values of several uses: the compiler would rather read the memory again at each of them. */
static inline vec load_into_register(const float *from) {
  vec value = load(from);
#if MANY_REGISTERS
  __asm__("" : "+v"(value));
#endif
  return value;
}
static inline void store(float *to, vec value) { *(vec *)to = value; }
/* x where it is above 0 (NaN stays NaN), else 0 */
static inline vec NAME(rectify)(vec x) { return (vec)((NAME(mask))x & ~(x <= 0)); }
/* y where x is above 0, else 0 */
static inline vec NAME(where_positive)(vec x, vec y) { return (vec)((NAME(mask))y & (x > 0)); }

/* y where the byte is 1, else 0 */
static inline vec NAME(where_kept)(const uint8_t *kept, vec y) {
  return (vec)((NAME(mask))y & (__builtin_convertvector(*(const NAME(bytes) *)kept, NAME(mask)) != 0));
}

/* line(C, more) for the number of channels at hand, if it is one that networks have at this width */
#if V == 4 && WIDTH == 4
#define CHANNELS(line, channels, more)                                                                                \
  switch (channels) {                                                                                                 \
    case 8: line(8, more) break;                                                                                      \
    case 16: line(16, more) break;                                                                                    \
    case 32: line(32, more) break;                                                                                    \
    case 64: line(64, more) break;                                                                                    \
  }
#elif V == WIDTH
#define CHANNELS(line, channels, more)                                                                                \
  switch (channels) {                                                                                                 \
    case 16: line(16, more) break;                                                                                    \
    case 32: line(32, more) break;                                                                                    \
    case 64: line(64, more) break;                                                                                    \
  }
#elif V == 8
#define CHANNELS(line, channels, more)                                                                                \
  switch (channels) {                                                                                                 \
    case 8: line(8, more) break;                                                                                      \
  }
#else
#define CHANNELS(line, channels, more)
#endif

/* line(S) for the floats from one pixel to the next, if it is a number that projections have: of one or four inputs */
#define STEPS(line, step)                                                                                             \
  switch (step) {                                                                                                     \
    case 8: line(8) break;                                                                                            \
    case 16: line(16) break;                                                                                          \
    case 32: line(32) break;                                                                                          \
    case 64: line(64) break;                                                                                          \
    case 128: line(128) break;                                                                                        \
    case 256: line(256) break;                                                                                        \
  }

#include "convolution.h"
#include "unit.h"
#include "pool.h"
#include "mix.h"
#undef CHANNELS
#undef STEPS
