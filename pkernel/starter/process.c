/* SPDX-License-Identifier: MIT */
/*
 * The starter's process, as the router sees it: how it begins, and how it ends.
 *
 * The two are joined by a pair of sockets, which keeps the borders of what is sent, and no more is shared between them.
 */
#include "pkernel/starter/starter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int starter_fork(struct starter_process *self, const struct starter_options *options)
{
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        self->pid = fork();
        if (self->pid < 0) {
                int error = errno;

                close(pair[0]);
                close(pair[1]);
                return -error;
        }
        if (self->pid == 0) {
                close(pair[0]);
                exit(starter_run(pair[1], options));
        }
        close(pair[1]);
        if (!post_init(&self->post, pair[0])) {
                starter_end(self);
                return -ENOMEM;
        }
        return 0;
}

void starter_end(struct starter_process *self)
{
        if (self->pid <= 0)
                return;
        post_deinit(&self->post);
        while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        self->pid = 0;
}
