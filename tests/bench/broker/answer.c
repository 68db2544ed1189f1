/* SPDX-License-Identifier: MIT */
/*
 * A service to be started by its first call: PROGRAM NAME serves under that name. Without a name it ends at once: what it
 * costs to start a program.
 */
#include <stdlib.h>

#include "echo.darq.h"

static void on_call(void *self, struct darq_call *call, const struct echo_call_request *request)
{
        (void)self;
        echo_reply_call(call, &(struct echo_call_reply){.data = request->data});
}

int main(int count, char **arguments)
{
        static const struct echo_ops ops = {.call = on_call};

        return count == 2 ? echo_ops_main(&ops, NULL, arguments[1]) : EXIT_SUCCESS;
}
