/* SPDX-License-Identifier: MIT */
/*
 * What the commands share: the words of the command line, and how a failure is told.
 *
 * A word of digits is a port's number; anything else is a service's name, which the p-kernel looks
 * up.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/plain.h"

int complain(const struct darq_session *session, const char *what, int status)
{
        fprintf(stderr, "%s: %s: ", what, darq_status_name(status));
        plain_write(stderr, darq_string_of(darq_session_error(session)));
        fputc('\n', stderr);
        return NOT_DONE;
}

bool number_read(uint64_t *number, const char *text, uint64_t max)
{
        char *end;
        uint64_t value;

        errno = 0;
        value = strtoull(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > max) {
                fprintf(stderr, "darqctl: %s: not a number from 0 to %" PRIu64 "\n", text, max);
                return false;
        }
        *number = value;
        return true;
}

int target_open(struct darq_proxy *proxy, struct darq_session *session, const char *target)
{
        uint64_t port;
        int r;

        if (target[0] != '\0' && target[strspn(target, "0123456789")] == '\0') {
                if (!number_read(&port, target, UINT64_MAX))
                        return DARQ_E_INVALID;
                r = darq_proxy_at(proxy, session, port);
        } else {
                r = darq_proxy_connect(proxy, session, target);
        }
        if (r != 0)
                complain(session, target, r);
        return r;
}

bool flag_take(int *count, char **words, const char *flag)
{
        for (int i = 0; i < *count; i++) {
                if (strcmp(words[i], flag) != 0)
                        continue;
                memmove(words + i, words + i + 1, (size_t)(*count - i) * sizeof *words);
                --*count;
                return true;
        }
        return false;
}

bool options_read(int *count, char ***words, uint64_t *times, uint64_t *timeout_ms)
{
        while (*count >= 1 && (*words)[0][0] == '-' && (*words)[0][1] != '\0') {
                uint64_t *option = NULL;

                if (strcmp((*words)[0], "-c") == 0)
                        option = times;
                else if (strcmp((*words)[0], "-t") == 0)
                        option = timeout_ms;
                if (option == NULL || *count < 2 || !number_read(option, (*words)[1], INT32_MAX))
                        return false;
                *words += 2;
                *count -= 2;
        }
        return true;
}
