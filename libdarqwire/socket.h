/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_SOCKET_H
#define DARQWIRE_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* What both ends of a connection do with its socket. */

/** Sets the options of a connected socket by what it is: TCP or Unix. Without them it works too, only slower. */
void darq_socket_tune(int fd);

/** Offers parts, one at least, and doesn't wait. How many bytes it took, or -1 and errno; no signal. */
ssize_t darq_socket_send(int fd, const struct iovec *parts, size_t count);

/*
 * Where to read to, in memory that has DARQ_SOCKET_SLACK bytes more than are to be read: the middle of a page. Copying
 * to a place that is 1 to 31 bytes further in its page than where it comes from takes some processors (AMD's since Zen
 * 3, by "rep movsb", as the system copies) 14 times as long; the system's bytes mostly stand at a page's start, and a
 * large block of malloc()'s begins 16 bytes behind one.
 */
enum { DARQ_SOCKET_SLACK = 4096 };
static inline uint8_t *darq_socket_room(uint8_t *memory)
{
        enum { PAGE = 4096, MIDDLE = PAGE / 2 };

        return memory + (MIDDLE - (uintptr_t)memory) % PAGE;
}

#endif
