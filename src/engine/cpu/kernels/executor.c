/*
 * Walks a schedule: phases of operations over one memory that all threads share. In a phase over pictures, a thread
 * runs all operations for each picture of its own chunks. In a phase over operations, threads take turns in running one
 * whole. Threads wait for each other between phases. Results do not depend on the threads: sums over pictures are made
 * by one thread, in order.
 */
#include "executor.h"
#include "vector.h"
#include "operation.h"
#include "operations.h"

#define memset __builtin_memset
#define memcpy __builtin_memcpy

/* Floats of a tile that is to stay in the L1 cache: 8 KB. */
#define TILE_FLOATS 2048

/* Floats of the widest vectors that the machine has. */
#ifdef __AVX512F__
#define WIDTH 16
#elif defined(__AVX__)
#define WIDTH 8
#else
#define WIDTH 4
#endif

/* AVX-512 has 32 vector registers at every width, the others have 16. */
#ifdef __AVX512VL__
#define MANY_REGISTERS 1
#else
#define MANY_REGISTERS 0
#endif

#define V 4
#include "width.h"
#undef V
#if WIDTH >= 8
#define V 8
#include "width.h"
#undef V
#endif
#if WIDTH >= 16
#define V 16
#include "width.h"
#undef V
#endif

/* The widest variant of a kernel that the channels fill. */
#if WIDTH == 16
#define WIDEST(name, channels) ((channels) % 16 == 0 ? name##_16 : (channels) % 8 == 0 ? name##_8 : name##_4)
#elif WIDTH == 8
#define WIDEST(name, channels) ((channels) % 8 == 0 ? name##_8 : name##_4)
#else
#define WIDEST(name, channels) name##_4
#endif

#include "batch-norm.h"
#include "ends.h"
#include "index.h"
#include "point.h"

/* Multiply-adds of the widest vectors and nothing else: the peak that the benchmark compares with. */
static void multiply_adds(const context *c, const multiply_add_operation *o) {
  typedef float widest __attribute__((vector_size(4 * WIDTH)));
  /* Enough sums to hide the latency, and no more than there are registers. */
  widest sum[10];
  const widest factor = (widest){0} + 0.999f, addend = (widest){0} + 0.001f;
  for (int k = 0; k < 10; k++) sum[k] = (widest){0} + (float)k;
  for (int32_t i = 0; i < o->rounds; i++)
    for (int n = 0; n < 128; n += WIDTH)
#pragma GCC unroll 10
      for (int k = 0; k < 10; k++) sum[k] = sum[k] * factor + addend;
  float total = 0;
  for (int k = 0; k < 10; k++) total += sum[k][0];
  picture_at(c, o->sum, 1)[0] = total;
}

#define RUN(name, type)                                                                                               \
  {                                                                                                                   \
    const type *o = (const type *)operation;                                                                          \
    WIDEST(name, o->channels)(c, o);                                                                                  \
    return;                                                                                                           \
  }

static void run(const context *c, int32_t code, const int32_t *operation) {
  switch (code) {
    case OP_FILL: RUN(fill, fill_operation)
    case OP_UNIT: RUN(unit, unit_operation)
    case OP_POINT: return point(c, (const point_operation *)operation);
    case OP_POOL: RUN(pool, pool_operation)
    case OP_BYPASS_POOL: RUN(bypass_pool, pool_operation)
    case OP_STEM: return stem(c, (const stem_operation *)operation);
    case OP_NORMALIZE: RUN(normalize, normalize_operation)
    case OP_MIX: RUN(mix, mix_operation)
    case OP_COEFFICIENTS: return coefficients(c, (const coefficients_operation *)operation);
    case OP_LOGITS: return logits(c, (const logits_operation *)operation);
    case OP_ZERO: {
      const zero_operation *o = (const zero_operation *)operation;
      memset(picture_at(c, o->to, o->floats), 0, o->floats * sizeof(float));
      return;
    }
    case OP_LOGITS_BACKWARD: return logits_backward(c, (const logits_operation *)operation);
    case OP_GRADIENT_SUMS: RUN(gradient_sums, gradient_sums_operation)
    case OP_GRADIENT_COEFFICIENTS: return gradient_coefficients(c, (const gradient_coefficients_operation *)operation);
    case OP_UNIT_BACKWARD: RUN(unit_backward, unit_backward_operation)
    case OP_BETWEEN_UNITS: RUN(between_units, between_units_operation)
    case OP_POINT_BACKWARD: return point_backward(c, (const point_operation *)operation);
    case OP_POOL_BACKWARD: RUN(pool_backward, pool_backward_operation)
    case OP_STATE_GRADIENT: RUN(state_gradient, state_gradient_operation)
    case OP_STEM_BACKWARD: return stem_backward(c, (const stem_operation *)operation);
    case OP_MULTIPLY_ADD: return multiply_adds(c, (const multiply_add_operation *)operation);
    case OP_SCATTER: return scatter(c, (const index_operation *)operation);
    case OP_GATHER: return gather(c, (const index_operation *)operation);
    case OP_PICK: return pick(c, (const pick_operation *)operation);
    case OP_AUXILIARY_POOL: return auxiliary_pool(c, (const auxiliary_pool_operation *)operation);
    case OP_AUXILIARY_POOL_BACKWARD: return auxiliary_pool_backward(c, (const auxiliary_pool_operation *)operation);
    case OP_KEEP: RUN(keep, keep_operation)
    case OP_COPY: {
      const copy_operation *o = (const copy_operation *)operation;
      memcpy(picture_at(c, o->to, o->floats), picture_at(c, o->from, o->floats), o->floats * sizeof(float));
      return;
    }
    case OP_REDUCE: return reduce(c, (const reduce_operation *)operation);
  }
}

/* Waits until all threads have arrived. sync: [threads that have arrived, rounds completed] */
static void barrier(int32_t *sync, int threads) {
  if (threads == 1) return;
  const int32_t round = __atomic_load_n(&sync[1], __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&sync[0], 1, __ATOMIC_ACQ_REL) == threads) {
    __atomic_store_n(&sync[0], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&sync[1], round + 1, __ATOMIC_RELEASE);
    wake(&sync[1]);
    return;
  }
  for (int spins = 0; __atomic_load_n(&sync[1], __ATOMIC_ACQUIRE) == round; spins++) rest(&sync[1], round, spins);
}

/* Runs one operation, and adds the time it took to the profile. */
static void run_timed(const context *c, const int32_t *operation, double *profile) {
  if (profile == NULL) return run(c, operation[0], operation + 2);
  const double start = milliseconds();
  run(c, operation[0], operation + 2);
  profile[operation[0]] += milliseconds() - start;
}

void run_schedule(float *memory, const int32_t *schedule, int32_t *sync, float *scratch, int thread, int threads,
                  double *profile) {
  context c = {.memory = memory, .scratch = scratch};
  while (schedule[0] != PHASE_END) {
    const int32_t kind = schedule[0], count = schedule[2], each = schedule[3], pictures = schedule[4];
    const int32_t *first = schedule + PHASE_WORDS, *end = schedule + schedule[1];
    if (kind == PHASE_PICTURES) {
      for (int chunk = count * thread / threads; chunk < count * (thread + 1) / threads; chunk++) {
        c.chunk = chunk;
        for (c.picture = chunk * each; c.picture < (chunk + 1) * each && c.picture < pictures; c.picture++) {
          c.first = c.picture == chunk * each;
          for (const int32_t *o = first; o < end; o += o[1]) run_timed(&c, o, profile);
        }
      }
    } else {
      int number = 0;
      c.picture = c.chunk = 0;
      for (const int32_t *o = first; o < end; o += o[1], number++)
        if (number % threads == thread) run_timed(&c, o, profile);
    }
    const double start = profile ? milliseconds() : 0;
    barrier(sync, threads);
    if (profile) profile[PROFILE_WORDS - 1] += milliseconds() - start;
    schedule = end;
  }
}
