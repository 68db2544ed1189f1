/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SITES_H
#define TESTS_SITES_H

/*
 * Which calls of a function that may fail have failed, and how: call_sites.py compares that with all that there are in the
 * program.
 */

/** The call that returns to this address was made to fail in this of its ways, of so many. */
void sites_note(const void *address, unsigned int way, unsigned int ways);

/** Writes a line for each call to the file that $SITES names: its place in the program, ways taken (a set), how many there are. */
void sites_write(void);

#endif
