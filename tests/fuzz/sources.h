/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_SOURCES_H
#define FUZZ_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compilation;

/*
 * The compiler's files in memory: what it reads comes out of a fuzzer's input. The linker puts the functions of sources.c in
 * place of those that would look for files.
 */

/** Files that are found from now on: the input's parts, each ended by a byte 0xff, as 0.didl, 1.didl and so on. */
void sources_set(const uint8_t *data, size_t size);

/** All phases; true: without errors. To be ended by compilation_deinit() either way. */
bool sources_compile(struct compilation *compilation, const char *path);

#endif
