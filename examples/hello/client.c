/* SPDX-License-Identifier: MIT */
/*
 * Asks the greeter for a greeting: hello-client [NAME]
 */
#include <stdio.h>

#include <darq/darq.h>

#include "hello.darq.h"

int main(int argc, char **argv)
{
        struct hello_greet_request request = {.name = darq_string_of(argc > 1 ? argv[1] : "world")};
        const struct hello_greet_reply *reply;
        struct darq_session *session;
        struct hello hello;
        int r;

        r = darq_session_open(&session, NULL, 1000);
        if (r == 0)
                r = darq_proxy_connect(&hello.proxy, session, "hello");
        if (r == 0)
                r = hello_greet(&hello, &request, &reply);
        if (r == 0)
                printf("%s (greeting %llu)\n", reply->text.data, (unsigned long long)reply->count);
        else
                fprintf(stderr, "hello: %s\n", darq_session_error(session));
        darq_session_close(session);
        return r != 0;
}
