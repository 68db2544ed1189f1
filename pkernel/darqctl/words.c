/* SPDX-License-Identifier: MIT */
/*
 * The words of a command line, as the commands read them, whom they mean, and what is said when one can't be done.
 *
 * A word of digits is a port's number; anything else is a service's name, which the p-kernel looks up.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/plain.h"

/* What a service answered in its own words, without who it was and which number that has. */
static const char *own_words(const struct darq_session *session, int status)
{
        const char *text = darq_session_error(session);
        const char *words;
        char number[32];

        snprintf(number, sizeof number, "error %d: ", status);
        words = strstr(text, number);
        return words != NULL ? words + strlen(number) : text;
}

int complain(const struct darq_session *session, const char *what, int status)
{
        const char *text = status > 0 ? own_words(session, status) : darq_session_error(session);

        fprintf(stderr, "%s: ", what);
        if (status < 0)
                fprintf(stderr, "%s: ", darq_status_name(status));
        plain_write(stderr, darq_string_of(text));
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

int session_reach(struct darq_session **session)
{
        int r = *session == NULL ? darq_session_open(session, NULL, 0) : 0;

        return r == 0 ? DONE : complain(*session, "darqctl", r);
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

bool value_take(int *count, char **words, const char *option, const char **value)
{
        for (int i = 0; i < *count; i++) {
                if (strcmp(words[i], option) != 0)
                        continue;
                if (i + 1 == *count)
                        return false;
                *value = words[i + 1];
                memmove(words + i, words + i + 2, (size_t)(*count - i - 1) * sizeof *words);
                *count -= 2;
                return true;
        }
        return true;
}

bool options_read(int *count, char ***words, uint64_t *times, uint64_t *timeout_ms)
{
        int i = 0;

        while (i < *count) {
                char **word = *words + i;
                uint64_t *option = NULL;

                if (word[0][0] != '-' || word[0][1] == '\0') {
                        i++;
                        continue;
                }
                if (strcmp(word[0], "-c") == 0)
                        option = times;
                else if (strcmp(word[0], "-t") == 0)
                        option = timeout_ms;
                if (option == NULL || *count - i < 2 || !number_read(option, word[1], INT32_MAX))
                        return false;
                memmove(word, word + 2, (size_t)(*count - i - 1) * sizeof *word);
                *count -= 2;
        }
        return true;
}
