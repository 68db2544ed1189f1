/* SPDX-License-Identifier: MIT */
/*
 * locations and location add: how the other locations are, and what a new one needs.
 *
 * Both ask the service "link", which is there while darq-link runs, by its own schema. What a new location needs is said, not done: it
 * concerns several machines, and the site's key is on none of those that this tool is used on.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/core/spelling.h"
#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/invoke.h"
#include "pkernel/darqctl/plain.h"

enum { NAME_WIDTH = 20 };

/* The link's answer; NULL after a sentence. */
static json_t *link_ask(struct darq_session **session)
{
        struct invocation to = {.name = "link"};
        json_t *request = json_object();
        struct darq_catalog *catalog = NULL;
        struct darq_proxy proxy;
        json_t *reply = NULL;

        if (session_reach(session) == DONE && target_open(&proxy, *session, to.name) == 0) {
                to.session = *session;
                to.port = proxy.port;
                if (catalog_ask(&catalog, *session, to.port, to.name) == 0) {
                        to.catalog = catalog;
                        if (invoke(&to, "list", request, &reply) != DONE)
                                reply = NULL;
                        darq_catalog_close(catalog);
                }
                darq_proxy_close(&proxy);
        }
        json_decref(request);
        return reply;
}

static const char *text_of(const json_t *row, const char *key)
{
        const json_t *value = json_object_get(row, key);

        return json_is_string(value) ? json_string_value(value) : "";
}

/* A number, which JSON has as a string beyond 2^53. */
static uint64_t number_of(const json_t *row, const char *key)
{
        const json_t *value = json_object_get(row, key);

        if (json_is_string(value))
                return strtoull(json_string_value(value), NULL, 10);
        return (uint64_t)json_integer_value(value);
}

static void text_put(const char *text, size_t width)
{
        size_t size = strlen(text);

        plain_write(stdout, (struct darq_string){text, size});
        for (; size < width; size++)
                putchar(' ');
}

static void state_put(const char *state)
{
        int width = 0;

        for (; state[width] != '\0'; width++)
                putchar(tolower((unsigned char)state[width]));
        printf("%*s", width < 9 ? 9 - width : 0, "");
}

static void row_print(const json_t *row)
{
        uint64_t round_trip_ns = number_of(row, "round_trip_ns");

        text_put(text_of(row, "name"), NAME_WIDTH);
        putchar(' ');
        state_put(text_of(row, "state"));
        if (round_trip_ns == 0)
                printf(" %13s", "-");
        else
                printf(" %10" PRIu64 ".%02" PRIu64, round_trip_ns / 1000000,
                       round_trip_ns / 10000 % 100);
        printf(" %12" PRIu64 " %12" PRIu64 " %10" PRIu64 " %7" PRIu64 "  ",
               number_of(row, "sent_bytes"), number_of(row, "received_bytes"),
               number_of(row, "calls"), number_of(row, "losses"));
        text_put(text_of(row, "failure"), 0);
        putchar('\n');
}

int locations_command(struct darq_session **session, int count, char **words)
{
        bool json = flag_take(&count, words, "--json");
        json_t *reply, *row;
        size_t i;

        if (count != 0)
                return MISUSE;
        reply = link_ask(session);
        if (reply == NULL)
                return NOT_DONE;
        if (json)
                return json_print(reply);
        printf("%-*s %-9s %13s %12s %12s %10s %7s  %s\n", NAME_WIDTH, "location", "state",
               "round trip ms", "sent", "received", "calls", "losses", "last loss");
        json_array_foreach(json_object_get(reply, "locations"), i, row) row_print(row);
        json_decref(reply);
        return DONE;
}

void locations_print(struct darq_session **session)
{
        json_t *reply = link_ask(session);
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(reply, "locations"), i, row)
        {
                text_put(text_of(row, "name"), 0);
                putchar('\n');
        }
        json_decref(reply);
}

/* A new location */

static bool known(const json_t *reply, const char *name)
{
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(reply, "locations"), i, row)
        {
                if (strcmp(text_of(row, "name"), name) == 0)
                        return true;
        }
        return strcmp(text_of(reply, "location"), name) == 0;
}

static void others_print(const json_t *reply)
{
        const json_t *row;
        size_t i;

        text_put(text_of(reply, "location"), 0);
        json_array_foreach(json_object_get(reply, "locations"), i, row)
        {
                putchar(' ');
                text_put(text_of(row, "name"), 0);
        }
        putchar('\n');
}

static void steps_print(const json_t *reply, const char *name)
{
        printf("1. Where the site is administered:\n"
               "     darq-site add SITE %s\n"
               "   Give each NATS server its users.conf and have it reload: nats-server --signal "
               "reload\n"
               "2. On a machine of %s: password and ca.pem from %s.tar to /etc/darq/link, mode "
               "0600, and\n"
               "   /etc/darq/link/environment:\n"
               "     LOCATION=%s\n"
               "     SERVERS=--server tls://HOST:4222 ... (as 'darq-site add' prints them)\n"
               "     OTHERS=",
               name, name, name, name);
        others_print(reply);
        printf("   /etc/darq/services/link.service:\n"
               "     [Service]\n"
               "     Name=link\n"
               "     Activate=never\n"
               "     User=darq\n"
               "     Locations=*\n"
               "     Allow=any location:*\n"
               "   pkernel --location %s, then: systemctl enable --now darq-link\n"
               "3. At each of these, add %s to OTHERS: systemctl restart darq-link\n"
               "     ",
               name, name);
        others_print(reply);
}

int location_command(struct darq_session **session, int count, char **words)
{
        json_t *reply;
        int r = DONE;

        if (count != 2 || strcmp(words[0], "add") != 0)
                return MISUSE;
        if (!spelling_is_location(words[1], strlen(words[1]))) {
                fprintf(stderr, "darqctl: a location is " SPELLING_LOCATION "\n");
                return NOT_DONE;
        }
        reply = link_ask(session);
        if (reply == NULL)
                return NOT_DONE;
        if (known(reply, words[1])) {
                fprintf(stderr, "darqctl: %s is there already\n", words[1]);
                r = NOT_DONE;
        } else {
                steps_print(reply, words[1]);
        }
        json_decref(reply);
        return r;
}
