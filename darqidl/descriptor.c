/* SPDX-License-Identifier: MIT */
/*
 * Descriptors, read and written to the end: what a system call leaves, or a signal interrupts, goes into the next one.
 *
 * Not stdio: the texts are in memory as a whole, a buffer in between would only tell of errors later, and of its own.
 */
#include "darqidl/descriptor.h"

#include <errno.h>
#include <unistd.h>

ssize_t descriptor_read(int fd, char *to, size_t size)
{
        size_t done = 0;
        ssize_t got = 1;

        while (done < size && got != 0) {
                got = read(fd, to + done, size - done);
                if (got < 0 && errno != EINTR)
                        return -1;
                if (got > 0)
                        done += (size_t)got;
        }
        return (ssize_t)done;
}

bool descriptor_write(int fd, const char *text, size_t size)
{
        while (size != 0) {
                ssize_t put = write(fd, text, size);

                if (put == 0)
                        errno = EIO;
                if (put <= 0 && errno != EINTR)
                        return false;
                if (put > 0) {
                        text += put;
                        size -= (size_t)put;
                }
        }
        return true;
}
