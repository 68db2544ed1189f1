/* SPDX-License-Identifier: MIT */
/*
 * pkernel: the daemon that routes messages between ports.
 *
 * Exit status: 0 after SIGTERM, SIGINT or Shutdown; 75 after Reboot, for a manager that starts it again; 64 for a
 * command line that it can't use; 1 when it can't start.
 */
#include "pkernel/shell/options.h"
#include "pkernel/shell/server.h"

#include <stdlib.h>

int main(int count, char **arguments)
{
        struct options options;
        struct server *server;
        int status;

        if (options_parse(&options, count, arguments, &status) < 0)
                return status;
        server = malloc(sizeof *server);
        if (server == NULL)
                return 1;
        status = server_init(server, &options) < 0 ? 1 : server_run(server);
        server_deinit(server);
        free(server);
        return status;
}
