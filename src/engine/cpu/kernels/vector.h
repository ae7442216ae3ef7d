/*
 * Vectors of V floats, by the compilers' own vector types: one source for every width and machine. A file that uses
 * them is included once for each width, with V set, and its functions are named by NAME.
 */
#include <stddef.h>
#include <stdint.h>

#define CONCAT_(a, b) a##_##b
#define CONCAT(a, b) CONCAT_(a, b)
#define NAME(name) CONCAT(name, V)

#define vec CONCAT(vec, V)
#define load CONCAT(load, V)
#define store CONCAT(store, V)
