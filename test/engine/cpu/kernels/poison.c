/* Doors to AddressSanitizer's marks on memory, for `bench.ts` under `tools/sanitize.ts`. */
#include <node_api.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>

/* (memory: Uint8Array, start, bytes) */
static napi_value mark(napi_env env, napi_callback_info info, int poisoned) {
  size_t count = 3;
  napi_value arguments[3];
  void *data;
  double start, bytes;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 3 ||
      napi_get_typedarray_info(env, arguments[0], NULL, NULL, &data, NULL, NULL) != napi_ok ||
      napi_get_value_double(env, arguments[1], &start) != napi_ok ||
      napi_get_value_double(env, arguments[2], &bytes) != napi_ok) {
    napi_throw_range_error(env, NULL, "a memory, a start and a number of bytes are needed");
    return NULL;
  }
  if (poisoned) __asan_poison_memory_region((char *)data + (size_t)start, (size_t)bytes);
  else __asan_unpoison_memory_region((char *)data + (size_t)start, (size_t)bytes);
  return NULL;
}

static napi_value poison(napi_env env, napi_callback_info info) { return mark(env, info, 1); }
static napi_value unpoison(napi_env env, napi_callback_info info) { return mark(env, info, 0); }

NAPI_MODULE_INIT() {
  napi_property_descriptor doors[] = {
      {"poison", NULL, poison, NULL, NULL, NULL, napi_enumerable, NULL},
      {"unpoison", NULL, unpoison, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  return napi_define_properties(env, exports, 2, doors) == napi_ok ? exports : NULL;
}
