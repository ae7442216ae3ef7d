/* The WebAssembly build's export to JavaScript. Its arguments are addresses, which the caller has checked. */
#include "executor.h"

#define EXPORT(name) __attribute__((export_name(name)))

EXPORT("run")
void module_run(float *memory, const int32_t *schedule, int32_t *sync, float *scratch, int thread, int threads,
                double *profile) {
  run_schedule(memory, schedule, sync, scratch, thread, threads, profile);
}
