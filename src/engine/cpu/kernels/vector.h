/*
 * Names for vectors of V floats, which are the compilers' own vector types: one source serves every width and machine.
 * A file that uses them is included once for each width, with V set, and names its functions by NAME.
 */
#include <stddef.h>
#include <stdint.h>

#define CONCAT_(a, b) a##_##b
#define CONCAT(a, b) CONCAT_(a, b)
#define NAME(name) CONCAT(name, V)

#define vec CONCAT(vec, V)
#define load CONCAT(load, V)
#define load_into_register CONCAT(load_into_register, V)
#define store CONCAT(store, V)
