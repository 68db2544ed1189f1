/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_HOSTILE_H
#define FUZZ_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A p-kernel that is hostile, and the clock: what it does when the library waits comes out of a fuzzer's input. The linker
 * puts the functions of hostile.c in place of recv(), send(), sendmsg(), ppoll() and clock_gettime(), so that nothing waits and a
 * run is the same each time.
 */

/** Begins a run: the rest of the input is both sides'. welcome: a greeting in order has been said already. */
void hostile_begin(const uint8_t *data, size_t size, bool welcome);

/** The input's next byte, 0 behind its end. */
uint8_t hostile_byte(void);

/** The input's next bytes, at most so many; *taken of them. */
const uint8_t *hostile_bytes(size_t most, size_t *taken);

/** Whether there is input left. */
bool hostile_goes_on(void);

/** One thing that it does: says something, lets time pass, or hangs up. It hangs up at the input's end. */
void hostile_act(void);

#endif
