/* The executor's entry point, and what it needs of the system it was compiled for. */
#include <stddef.h>
#include <stdint.h>

enum { PHASE_END, PHASE_PICTURES, PHASE_OPERATIONS };
/* Header of a phase: kind, words to the next phase, chunks, pictures of a chunk, pictures. */
#define PHASE_WORDS 5

/*
 * Runs one thread's part of a schedule.
 *
 * memory: 64-byte aligned
 * schedule: written by the planner
 * sync: two words, zero before the first run
 * scratch: this thread's own
 * profile: milliseconds by operation code, added to; the last are those spent waiting for other threads. May be NULL.
 */
void run_schedule(float *memory, const int32_t *schedule, int32_t *sync, float *scratch, int thread, int threads,
                  double *profile);

#define PROFILE_WORDS 32

#define SPINS 20000

#ifdef __wasm__
__attribute__((import_module("env"), import_name("now"))) double milliseconds(void);
static inline void wake(int32_t *word) { __builtin_wasm_memory_atomic_notify(word, 1 << 30); }
static inline void rest(int32_t *word, int32_t seen, int spins) {
  if (spins > SPINS) __builtin_wasm_memory_atomic_wait32(word, seen, -1);
}
#else
#include <sched.h>
#include <time.h>
static inline double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec * 1e-6;
}
static inline void wake(int32_t *word) { (void)word; }
static inline void rest(int32_t *word, int32_t seen, int spins) {
  (void)word, (void)seen;
  if (spins > SPINS) sched_yield();
#if defined(__x86_64__)
  else __builtin_ia32_pause();
#endif
}
#endif
