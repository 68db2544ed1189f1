/* SPDX-License-Identifier: MIT */
/*
 * ping: does it answer, and how soon?
 *
 * What is sent is a call of interface 0, ordinal 0, describe, which whoever serves an interface
 * answers; the p-kernel itself does on port 1. Any answer will do, also one that says no.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pkernel/darqctl/command.h"

int describe(struct darq_session *session, uint64_t port, struct darq_message **answer)
{
        static const uint8_t payload[16]; /* interface 0, ordinal 0, status 0 */
        struct darq_message *reply;
        int r;

        r = darq_message_call(session,
                              &(struct darq_outgoing){
                                      .destination = port,
                                      .payload = darq_bytes_of(payload, sizeof payload),
                              },
                              0, &reply);
        if (r == 0 && answer != NULL)
                *answer = reply;
        else if (r == 0)
                darq_message_free(reply);
        return r;
}

static double now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int ping(struct darq_session *session, const struct darq_proxy *proxy, const char *target,
                uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                double started;
                int r;

                if (i > 0)
                        poll(NULL, 0, 1000);
                started = now_ms();
                r = describe(session, proxy->port, NULL);
                if (r != 0)
                        return complain(session, target, r);
                printf("%s: port %" PRIu64 " answered in %.3f ms\n", target, proxy->port,
                       now_ms() - started);
                fflush(stdout);
        }
        return DONE;
}

int ping_command(struct darq_session **session, int count, char **words)
{
        struct darq_proxy proxy = {0};
        const char *target = "p-kernel";
        uint64_t times = 1;
        int r = 0;

        if (!options_read(&count, &words, &times, NULL) || count > 1)
                return MISUSE;
        if (session_reach(session) != DONE)
                return NOT_DONE;
        if (count == 1) {
                target = words[0];
                r = target_open(&proxy, *session, target);
        } else {
                r = darq_proxy_at(&proxy, *session, KERNEL_PORT);
        }
        return r == 0 ? ping(*session, &proxy, target, times) : NOT_DONE;
}
