/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_SOURCES_H
#define FUZZ_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct compilation;

/*
 * The compiler's files in memory: what it reads comes out of a fuzzer's input, what it writes goes to a stream. The linker
 * puts the functions of sources.c in place of those that would go to the disk.
 */

/** Files that are found from now on: the input's parts, each ended by a byte 0xff, as 0.didl, 1.didl and so on. */
void sources_set(const uint8_t *data, size_t size);

/** Where the compiler's output files go to. */
void sources_write_to(FILE *stream);

/** All phases; true: without errors. To be ended by compilation_deinit() either way. */
bool sources_compile(struct compilation *compilation, const char *path);

#endif
