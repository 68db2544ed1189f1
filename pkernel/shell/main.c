/* SPDX-License-Identifier: MIT */
/*
 * pkernel: the daemon that routes messages between ports.
 *
 * Exit status: 0 after SIGTERM, SIGINT or Shutdown; 75 after Reboot, for a manager that starts it again; 64 for a
 * command line that it can't use; 1 when it can't start.
 */
#include "libdarqwire/descriptor.h"
#include "pkernel/shell/filter.h"
#include "pkernel/shell/options.h"
#include "pkernel/shell/server.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAP_KEPT_BYTES = 4 << 20 };

/* All that needs the file system, or a new socket, has been done. */
static int route(struct server *server)
{
        int result = filter_install();

        if (result < 0 && result != -ENOSYS)
                log_line(&server->log, LOG_WARNING, "system calls aren't filtered: %s",
                         strerror(-result));
        return server_run(server);
}

int main(int count, char **arguments)
{
        struct options options;
        struct starter_process starter;
        struct server *server;
        int status;
        int result;

        darq_descriptors_reserve();
        if (options_parse(&options, count, arguments, &status) < 0)
                return status;
        result = starter_fork(&starter, &options.starter);
        if (result < 0) {
                fprintf(stderr, "pkernel: cannot start: %s\n", strerror(-result));
                return 1;
        }
        /* What waits comes and goes: so much of it isn't given back to the system and asked for again each time. */
        mallopt(M_TRIM_THRESHOLD, HEAP_KEPT_BYTES);
        server = malloc(sizeof *server);
        if (server == NULL)
                return 1;
        status = server_init(server, &options, &starter) < 0 ? 1 : route(server);
        server_deinit(server);
        starter_end(&starter);
        free(server);
        return status;
}
