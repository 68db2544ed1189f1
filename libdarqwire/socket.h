/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_SOCKET_H
#define DARQWIRE_SOCKET_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* What both ends of a connection do with its socket. */

/** Sets the options of a connected socket by what it is: TCP or Unix. Without them it works too, only slower. */
void darq_socket_tune(int fd);

/** Offers parts, one at least, and doesn't wait. How many bytes it took, or -1 and errno; no signal. */
ssize_t darq_socket_send(int fd, const struct iovec *parts, size_t count);

#endif
