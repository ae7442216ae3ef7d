/* The native build's door to JavaScript: `run` and `misalignment`, with every argument checked. */
#include <node_api.h>
#include <stdbool.h>
#include "executor.h"

static napi_value refuse(napi_env env, const char *why) {
  napi_throw_range_error(env, NULL, why);
  return NULL;
}

static bool read_count(napi_env env, napi_value value, double *to) {
  return napi_get_value_double(env, value, to) == napi_ok && *to >= 0 && *to == (double)(size_t)*to;
}

/*
 * run(memory: Uint8Array, schedule, sync, scratch: byte offsets, thread, threads, profile: byte offset or
 * -1): runs a schedule. The memory must be
 * shared by all threads, and the schedule inside it be one that the planner wrote.
 */
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 7, bytes;
  napi_value arguments[7];
  void *data;
  napi_typedarray_type type;
  double number[5];
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 7)
    return refuse(env, "run takes seven arguments");
  if (napi_get_typedarray_info(env, arguments[0], &type, &bytes, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return refuse(env, "memory must be a Uint8Array");
  for (int i = 0; i < 5; i++)
    if (!read_count(env, arguments[i + 1], &number[i])) return refuse(env, "offsets and threads must be whole numbers");
  const size_t schedule = number[0], sync = number[1], scratch = number[2];
  const int thread = number[3], threads = number[4];
  double profile;
  if (napi_get_value_double(env, arguments[6], &profile) != napi_ok || !(profile >= -1 && profile < (double)bytes))
    return refuse(env, "profile must be an offset, or -1");
  if ((uintptr_t)data % 64 != 0 || scratch % 64 != 0 || schedule % 4 != 0 || sync % 4 != 0)
    return refuse(env, "memory and scratch must be aligned to 64 bytes, schedule and sync to 4");
  if (schedule + 4 > bytes || sync + 8 > bytes || scratch >= bytes) return refuse(env, "an offset lies outside the memory");
  if (threads < 1 || thread >= threads) return refuse(env, "thread must be below threads");
  char *base = data;
  run_schedule((float *)base, (const int32_t *)(base + schedule), (int32_t *)(base + sync), (float *)(base + scratch),
               thread, threads, profile < 0 ? NULL : (double *)(base + (size_t)profile));
  return NULL;
}

/* misalignment(memory): bytes by which it lies beyond a multiple of 64 */
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

NAPI_MODULE_INIT() {
  napi_property_descriptor doors[] = {
      {"run", NULL, run, NULL, NULL, NULL, napi_enumerable, NULL},
      {"misalignment", NULL, misalignment, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  return napi_define_properties(env, exports, 2, doors) == napi_ok ? exports : NULL;
}
