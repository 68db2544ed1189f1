/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LEFTOVERS_H
#define PKERNEL_LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Unix sockets that have to go when the router is gone, however it went. */

enum { LEFTOVERS_MAX = 32 };

struct leftover {
        char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
        dev_t device;
        ino_t inode;
        struct timespec changed;
};

struct leftovers {
        struct leftover files[LEFTOVERS_MAX];
        size_t count;
};

/** Notes a socket as it is now. False: there is none, or too many. */
bool leftovers_add(struct leftovers *self, const char *path);

/** Removes those that are still what was noted: another p-kernel may have taken the path meanwhile. */
void leftovers_remove(struct leftovers *self);

#endif
