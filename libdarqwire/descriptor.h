/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_DESCRIPTOR_H
#define DARQWIRE_DESCRIPTOR_H

/*
 * Standard streams that are closed. A program that was started without one of them would get its number for the next
 * thing that it opens, and what it prints would go there: to the p-kernel, into a file.
 */

/** Keeps 0, 1 and 2 from being anything else: opens /dev/null where one is closed. For the begin of a main(). */
void darq_descriptors_reserve(void);

/** Takes a descriptor; the same file under a number above 2. Negative: what it was given, or -errno. */
int darq_descriptor_raise(int fd);

#endif
