/* The native build's exports to JavaScript: functions, which check every argument, and the name of its instructions. */
#include <node_api.h>
#include <stdbool.h>
#include <stdio.h>
#include "executor.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

/* Vector instructions that the build uses. They decide how sums are split, and so their last bits. */
#if defined(__AVX512VL__)
#define INSTRUCTIONS "AVX-512"
#elif defined(__AVX512F__)
#define INSTRUCTIONS "AVX-512F"
#elif defined(__AVX2__) && defined(__FMA__)
#define INSTRUCTIONS "AVX2 with FMA"
#elif defined(__AVX__)
#define INSTRUCTIONS "AVX"
#elif defined(__SSE2__)
#define INSTRUCTIONS "SSE2"
#elif defined(__ARM_NEON)
#define INSTRUCTIONS "NEON"
#else
#define INSTRUCTIONS "no vectors known by name"
#endif

/* A count of chunks times this still fits into 32 bits. */
#define MAX_THREADS 1024

static napi_value refuse(napi_env env, const char *why) {
  napi_throw_range_error(env, NULL, why);
  return NULL;
}

/*
 * Reads a byte offset into the memory: a multiple of `unit`, with `need` bytes behind it. Throws if the value is not one.
 * It is compared as a double, for a conversion would make an offset of anything.
 */
static bool read_place(napi_env env, napi_value value, const char *name, size_t unit, size_t need, size_t bytes,
                       size_t *to) {
  double number;
  const bool is_number = napi_get_value_double(env, value, &number) == napi_ok;
  if (is_number && number >= 0 && number + (double)need <= (double)bytes) {
    *to = (size_t)number;
    if ((double)*to == number && *to % unit == 0) return true;
  }
  char why[160];
  int length = snprintf(why, sizeof why, "%s must be a multiple of %zu with %zu bytes of the memory's %zu behind it",
                        name, unit, need, bytes);
  if (is_number) snprintf(why + length, sizeof why - length, ", got %.15g", number);
  refuse(env, why);
  return false;
}

/* Reads a whole number from `least` to `most`; throws if the value is not one. */
static bool read_count(napi_env env, napi_value value, const char *name, int least, int most, int *to) {
  double number;
  const bool is_number = napi_get_value_double(env, value, &number) == napi_ok;
  if (is_number && number >= least && number <= most) {
    *to = (int)number;
    if (*to == number) return true;
  }
  char why[120];
  int length = snprintf(why, sizeof why, "%s must be a whole number from %d to %d", name, least, most);
  if (is_number) snprintf(why + length, sizeof why - length, ", got %.15g", number);
  refuse(env, why);
  return false;
}

/* Whether phases and operations end inside the memory, `words` long from the schedule on. Their fields are not checked. */
static bool ends_inside(const int32_t *schedule, size_t words) {
  while (words > 0 && schedule[0] != PHASE_END) {
    if (words < PHASE_WORDS || schedule[1] < PHASE_WORDS || (size_t)schedule[1] > words) return false;
    for (int32_t at = PHASE_WORDS, end = schedule[1]; at < end; at += schedule[at + 1])
      if (end - at < 2 || schedule[at + 1] < 2 || schedule[at + 1] > end - at) return false;
    words -= schedule[1];
    schedule += schedule[1];
  }
  return words > 0;
}

/*
 * run(memory: Uint8Array, schedule, sync, scratch: byte offsets, thread, threads, profile: byte offset or -1): runs a
 * schedule. All threads must share the memory, and the planner must have written the schedule.
 */
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 7, bytes;
  napi_value arguments[7];
  void *data;
  napi_typedarray_type type;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 7)
    return refuse(env, "run takes seven arguments");
  if (napi_get_typedarray_info(env, arguments[0], &type, &bytes, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return refuse(env, "memory must be a Uint8Array");
  if ((uintptr_t)data % 64 != 0) return refuse(env, "memory must begin at a multiple of 64 bytes");
  char *base = data;
  size_t schedule, sync, scratch, place;
  int thread, threads;
  if (!read_place(env, arguments[1], "schedule", 4, 4, bytes, &schedule) ||
      !read_place(env, arguments[2], "sync", 4, 8, bytes, &sync) ||
      !read_place(env, arguments[3], "scratch", 64, 64, bytes, &scratch) ||
      !read_count(env, arguments[5], "threads", 1, MAX_THREADS, &threads) ||
      !read_count(env, arguments[4], "thread", 0, threads - 1, &thread))
    return NULL;
  double *profile = NULL, wanted;
  if (napi_get_value_double(env, arguments[6], &wanted) != napi_ok || wanted != -1) {
    if (!read_place(env, arguments[6], "profile", 8, PROFILE_WORDS * sizeof(double), bytes, &place)) return NULL;
    profile = (double *)(base + place);
  }
  const int32_t *words = (const int32_t *)(base + schedule);
  if (!ends_inside(words, (bytes - schedule) / 4)) return refuse(env, "schedule must be one that ends inside the memory");
  run_schedule((float *)base, words, (int32_t *)(base + sync), (float *)(base + scratch), thread, threads, profile);
  return NULL;
}

/* misalignment(memory): bytes from the last multiple of 64 to the beginning of the memory */
static napi_value misalignment(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result;
  void *data;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_typedarray_info(env, argument, NULL, NULL, &data, NULL, NULL) != napi_ok)
    return refuse(env, "misalignment takes a typed array");
  if (napi_create_uint32(env, (uintptr_t)data % 64, &result) != napi_ok) return NULL;
  return result;
}

/*
 * enlargePages(memory): asks the system for large pages, before the memory is first touched. Looking up small ones takes
 * a good part of the time. A system without large pages changes nothing.
 */
static napi_value enlarge_pages(napi_env env, napi_callback_info info) {
  size_t count = 1, bytes;
  napi_value argument;
  void *data;
  napi_typedarray_type type;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_typedarray_info(env, argument, &type, &bytes, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return refuse(env, "enlargePages takes a Uint8Array");
#ifdef MADV_HUGEPAGE
  const size_t page = sysconf(_SC_PAGESIZE), skipped = (page - (uintptr_t)data % page) % page;
  if (bytes > skipped) madvise((char *)data + skipped, (bytes - skipped) / page * page, MADV_HUGEPAGE);
#endif
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value instructions;
  if (napi_create_string_utf8(env, INSTRUCTIONS, NAPI_AUTO_LENGTH, &instructions) != napi_ok) return NULL;
  napi_property_descriptor doors[] = {
      {"run", NULL, run, NULL, NULL, NULL, napi_enumerable, NULL},
      {"misalignment", NULL, misalignment, NULL, NULL, NULL, napi_enumerable, NULL},
      {"enlargePages", NULL, enlarge_pages, NULL, NULL, NULL, napi_enumerable, NULL},
      {"instructions", NULL, NULL, NULL, NULL, instructions, napi_enumerable, NULL},
  };
  return napi_define_properties(env, exports, 4, doors) == napi_ok ? exports : NULL;
}
