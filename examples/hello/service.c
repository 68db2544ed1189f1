/* SPDX-License-Identifier: MIT */
/*
 * A greeter: the smallest service there is. It counts whom it has greeted.
 *
 * The table of functions is all that it has to give; storage for the answer may stand on the stack,
 * since hello_reply_greet() packs it before it returns.
 */
#include <stdio.h>

#include <darq/darq.h>

#include "hello.darq.h"

struct greeter {
        uint64_t count;
};

static void on_greet(void *self, struct darq_call *call, const struct hello_greet_request *request)
{
        struct greeter *greeter = self;
        char text[128];

        if (request->name.size == 0) {
                hello_fail_greet(call, HELLO_ERROR_NO_NAME, "there is nobody to greet");
                return;
        }
        snprintf(text, sizeof text, "Hello, %s!", request->name.data);
        hello_reply_greet(call, &(struct hello_greet_reply){
                                        .text = darq_string_of(text),
                                        .count = ++greeter->count,
                                });
}

int main(void)
{
        static const struct hello_ops ops = {.greet = on_greet};
        struct greeter greeter = {0};

        return hello_ops_main(&ops, &greeter, "hello");
}
