/* SPDX-License-Identifier: MIT */
#ifndef ALLOCATIONS_CONTROL_H
#define ALLOCATIONS_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** What a test and a process whose calls fail have in common: a file that both have mapped. control.py knows this layout. */
struct control {
        _Atomic uint64_t armed;
        _Atomic uint64_t lasting; /* all behind the one that fails do so too */
        _Atomic uint64_t fails;   /* from 1; 0: none */
        _Atomic uint64_t made;
        _Atomic uint64_t failed;
        _Atomic uint64_t
                error; /* what a system call fails with; 0: it does one byte of what is wanted */
};

/** That of this process, by an environment variable PROGRAM:FILE; NULL: the variable means no program, or another. */
struct control *control_map(const char *variable);

/** Counts a call; whether it is one that fails. NULL: none does. */
bool control_fails(struct control *self);

#endif
