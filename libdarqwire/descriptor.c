/* SPDX-License-Identifier: MIT */
/*
 * Numbers of descriptors.
 *
 * Our own programs see to it once that the first three are taken. The library can't, in a program that isn't ours:
 * there it keeps off them with its sockets.
 */
#include "libdarqwire/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void darq_descriptors_reserve(void)
{
        int fd;

        do
                fd = open("/dev/null", O_RDWR);
        while (fd >= 0 && fd <= STDERR_FILENO);
        if (fd >= 0)
                close(fd);
}

int darq_descriptor_raise(int fd)
{
        int raised;

        if (fd < 0 || fd > STDERR_FILENO)
                return fd;
        raised = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (raised < 0)
                raised = -errno;
        close(fd);
        return raised;
}
