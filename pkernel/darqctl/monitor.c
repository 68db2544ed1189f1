/* SPDX-License-Identifier: MIT */
/*
 * monitor: what passes through the p-kernel, as it passes.
 *
 * The p-kernel shows every frame twice, as it comes and as it goes. What is printed is each thing once, from its sender's
 * side, but for answers, which are told where the caller gets them; --all prints everything.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.darq.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/json.h"
#include "pkernel/darqctl/names.h"
#include "pkernel/darqctl/pcap.h"
#include "pkernel/darqctl/plain.h"
#include "pkernel/darqctl/sighting.h"
#include "pkernel/darqctl/trace.h"

enum { PAYLOAD_MAX = 65536, METHOD_MAX = 256, PORT_WIDTH = 19, NS_PER_S = 1000000000 };

struct monitor {
        struct darq_session **session;
        struct names *names;
        struct trace *trace;
        FILE *pcap;
        int64_t clock_ns;
        /* what is wanted */
        bool all;
        bool json;
        bool payload;
        bool errors;
        const char *service;
        const char *method;
        uint64_t connection;
        uint64_t count; /* 0: no end */
        uint64_t timeout_ms;
        /* what was seen */
        uint64_t shown;
        uint64_t lost;
};

/* A sighting with names. */
struct line {
        const struct sighting *seen;
        const char *who;
        const char *service; /* of the port */
        uint64_t port;
        char method[METHOD_MAX]; /* "storage.Storage.get" */
        const struct darq_catalog *catalog;
        const struct darq_schema_method *described;
        char outcome[64]; /* "ok", "NOT_FOUND" */
};

/* Names */

static void method_name(struct line *self, struct names *names)
{
        const struct sighting *seen = self->seen;
        const struct darq_schema_interface *interface;

        if (!seen->has_method)
                return;
        if (seen->interface == 0 && seen->ordinal == 0)
                snprintf(self->method, sizeof self->method, "describe");
        else if (names_method(names, seen->interface, seen->ordinal, &self->catalog, &interface,
                              &self->described))
                snprintf(self->method, sizeof self->method, "%s.%s", interface->name.data,
                         self->described->name.data);
        else
                snprintf(self->method, sizeof self->method, "%016" PRIx64 ".%" PRIu32,
                         seen->interface, seen->ordinal);
}

static const char *error_name(const struct line *self)
{
        const struct darq_schema_type *error =
                self->described != NULL && self->described->error != 0
                        ? darq_catalog_type(self->catalog, self->described->error - 1)
                        : NULL;

        for (size_t i = 0; error != NULL && i < error->members.count; i++)
                if (error->members.data[i].number == self->seen->status)
                        return error->members.data[i].name.data;
        return NULL;
}

static void outcome_name(struct line *self)
{
        const struct sighting *seen = self->seen;
        const char *name = seen->status > 0 ? error_name(self) : NULL;

        if (seen->sight != SIGHT_REPLY && seen->sight != SIGHT_FAILED &&
            seen->sight != SIGHT_UNDELIVERED)
                return;
        if (seen->status == 0)
                name = "ok";
        else if (seen->status < 0)
                name = darq_status_name(seen->status) + strlen("DARQ_E_");
        if (name != NULL)
                snprintf(self->outcome, sizeof self->outcome, "%s", name);
        else
                snprintf(self->outcome, sizeof self->outcome, "error %d", seen->status);
}

static void line_make(struct line *self, const struct sighting *seen, struct names *names)
{
        *self = (struct line){.seen = seen};
        self->port = seen->sight == SIGHT_REPLY ? seen->source : seen->destination;
        self->who = names_principal(names, seen->connection);
        self->service = names_service(names, self->port);
        method_name(self, names);
        outcome_name(self);
}

/* Filters */

static bool wanted(const struct monitor *self, const struct line *line)
{
        const char *dot = strrchr(line->method, '.');

        if (line->seen->sight == SIGHT_OTHER && !self->all)
                return false;
        if (self->connection != 0 && line->seen->connection != self->connection)
                return false;
        if (self->service != NULL && strcmp(self->service, line->service) != 0)
                return false;
        if (self->method != NULL && strcmp(self->method, line->method) != 0 &&
            (dot == NULL || strcmp(self->method, dot + 1) != 0))
                return false;
        return !self->errors || (line->outcome[0] != '\0' && line->seen->status != 0) ||
               line->seen->sight == SIGHT_CANCEL;
}

/* Payloads */

/* The parameters or results as JSON; NULL when they aren't known or not all there. */
static json_t *payload_of(const struct monitor *self, const struct line *line)
{
        const struct sighting *seen = line->seen;
        bool reply = seen->sight == SIGHT_REPLY;
        struct json_fault fault;
        json_t *value;

        if (!self->payload || line->described == NULL || seen->payload.size < seen->payload_size ||
            seen->status != 0 ||
            !(reply || seen->sight == SIGHT_CALL || seen->sight == SIGHT_MESSAGE))
                return NULL;
        if (json_from_payload(&value, line->catalog,
                              reply ? line->described->reply : line->described->request,
                              seen->payload, DARQ_FRAME_PORTS_MAX, true, &fault) != 0)
                return NULL;
        return value;
}

/* For people */

static void time_print(uint64_t time_ns)
{
        time_t seconds = (time_t)(time_ns / NS_PER_S);
        struct tm local;

        localtime_r(&seconds, &local);
        printf("%02d:%02d:%02d.%06" PRIu64, local.tm_hour, local.tm_min, local.tm_sec,
               time_ns % NS_PER_S / 1000);
}

/* The port's service, or its number, in its column. */
static void port_print(const struct line *line)
{
        char number[32];

        if (line->service[0] != '\0') {
                plain_write(stdout, darq_string_of(line->service));
                printf("%*s",
                       (int)strlen(line->service) < PORT_WIDTH
                               ? PORT_WIDTH - (int)strlen(line->service)
                               : 0,
                       "");
                return;
        }
        snprintf(number, sizeof number, "%" PRIu64, line->port);
        printf("%-*s", PORT_WIDTH, (line->port & DARQ_PORT_SLOT) != 0 ? "(a call)" : number);
}

static void payload_print(json_t *payload)
{
        char *text = json_dumps(payload, JSON_ENCODE_ANY);

        printf("        %s\n", text != NULL ? text : "?");
        free(text);
        json_decref(payload);
}

static void line_print(const struct monitor *self, const struct line *line)
{
        const struct sighting *seen = line->seen;
        json_t *payload = payload_of(self, line);

        if (seen->lost != 0)
                printf("(%" PRIu64 " frames were lost)\n", seen->lost);
        time_print(seen->time_ns);
        printf("  #%-5" PRIu64 " %-16s %s ", seen->connection, line->who,
               seen->sight == SIGHT_REPLY || seen->outgoing ? "<-" : "->");
        port_print(line);
        printf(" %-13s", seen->sight == SIGHT_OTHER ? seen->type : sight_name(seen->sight));
        if (seen->call != 0)
                printf(" %6" PRIu64, seen->call);
        else
                printf(" %6s", "");
        printf(" %9" PRIu32 " B", seen->size);
        if (line->method[0] != '\0')
                printf("  %s", line->method);
        if (line->outcome[0] != '\0')
                printf("  %s", line->outcome);
        if (seen->has_latency)
                printf("  %.3f ms", (double)seen->latency_ns / 1e6);
        putchar('\n');
        if (payload != NULL)
                payload_print(payload);
}

/* For programs */

static void number_set(json_t *object, const char *key, uint64_t number)
{
        if (number != 0)
                json_object_set_new(object, key, json_integer((json_int_t)number));
}

/* Ports are beyond what JSON readers take for a number. */
static void port_set(json_t *object, const char *key, uint64_t number)
{
        char text[32];

        snprintf(text, sizeof text, "%" PRIu64, number);
        json_object_set_new(object, key, json_string(text));
}

static void text_set(json_t *object, const char *key, const char *text)
{
        if (text[0] != '\0')
                json_object_set_new(object, key, json_string(text));
}

static void json_line_print(const struct monitor *self, const struct line *line)
{
        const struct sighting *seen = line->seen;
        json_t *object = json_object();
        json_t *payload = payload_of(self, line);
        char *text;

        number_set(object, "time_ns", seen->time_ns);
        text_set(object, "event", sight_name(seen->sight));
        text_set(object, "frame", seen->type);
        number_set(object, "connection", seen->connection);
        text_set(object, "principal", line->who);
        json_object_set_new(object, "outgoing", json_boolean(seen->outgoing));
        port_set(object, "port", line->port);
        text_set(object, "service", line->service);
        number_set(object, "call", seen->call);
        text_set(object, "method", line->method);
        number_set(object, "size", seen->size);
        text_set(object, "outcome", line->outcome);
        if (seen->has_latency)
                number_set(object, "latency_ns", seen->latency_ns);
        number_set(object, "lost", seen->lost);
        if (payload != NULL)
                json_object_set_new(object, "payload", payload);
        text = json_dumps(object, JSON_COMPACT);
        puts(text != NULL ? text : "{}");
        free(text);
        json_decref(object);
}

/* The stream */

/* False: it is enough, or can't go on. */
static bool entry_take(struct monitor *self, const struct darq_kernel_frame_entry *entry)
{
        struct sighting seen;
        struct line line;

        self->lost += entry->lost;
        if (!sighting_read(&seen, entry, self->clock_ns))
                return true;
        if (self->pcap != NULL && !pcap_write(self->pcap, seen.time_ns, entry)) {
                perror("darqctl: the capture");
                return false;
        }
        trace_follow(self->trace, &seen);
        line_make(&line, &seen, self->names);
        if (!wanted(self, &line))
                return true;
        if (self->json)
                json_line_print(self, &line);
        else
                line_print(self, &line);
        return ferror(stdout) == 0 && (++self->shown < self->count || self->count == 0);
}

static int frames_follow(struct monitor *self)
{
        const struct darq_kernel_monitor_request request = {
                .payload = self->payload || self->pcap != NULL ? PAYLOAD_MAX : 0};
        const struct darq_kernel_monitor_item *item = NULL;
        struct darq_kernel kernel;
        struct darq_stream *stream;
        int r;

        names_begin(self->names, *self->session);
        r = darq_proxy_at(&kernel.proxy, *self->session, KERNEL_PORT);
        kernel.proxy.timeout_ms = (unsigned int)self->timeout_ms;
        if (r == 0)
                r = darq_kernel_monitor(&kernel, &request, &stream);
        if (r != 0)
                return complain(*self->session, "monitor", r);
        while ((r = darq_kernel_monitor_next(stream, &item)) == 0 && item != NULL)
                if (!entry_take(self, &item->frame))
                        break;
        if (r == DARQ_E_TIMEOUT && self->timeout_ms != 0)
                r = 0;
        if (r != 0)
                complain(*self->session, "monitor", r);
        darq_stream_close(stream);
        if (self->lost != 0)
                fprintf(stderr, "monitor: %" PRIu64 " frames were lost\n", self->lost);
        return r == 0 ? DONE : NOT_DONE;
}

/* Life */

static int64_t clock_offset_ns(void)
{
        struct timespec real, monotonic;

        clock_gettime(CLOCK_REALTIME, &real);
        clock_gettime(CLOCK_MONOTONIC, &monotonic);
        return (real.tv_sec - monotonic.tv_sec) * INT64_C(1000000000) + real.tv_nsec -
               monotonic.tv_nsec;
}

/* DONE, NOT_DONE after a sentence, or MISUSE. */
static int option_take(struct monitor *self, int option, const char *text)
{
        switch (option) {
        case 'a':
                self->all = true;
                return DONE;
        case 'j':
                self->json = true;
                return DONE;
        case 'p':
                self->payload = true;
                return DONE;
        case 'e':
                self->errors = true;
                return DONE;
        case 's':
                self->service = text;
                return DONE;
        case 'm':
                self->method = text;
                return DONE;
        case 'n':
                return number_read(&self->connection, text, UINT64_MAX) ? DONE : NOT_DONE;
        case 'c':
                return number_read(&self->count, text, UINT64_MAX) ? DONE : NOT_DONE;
        case 't':
                return number_read(&self->timeout_ms, text, INT32_MAX) ? DONE : NOT_DONE;
        case 'S':
                return names_add_schema(self->names, self->session, text);
        case 'f':
                self->pcap = pcap_open(text);
                return self->pcap != NULL ? DONE : NOT_DONE;
        default:
                return MISUSE;
        }
}

static int options_take(struct monitor *self, int count, char **words)
{
        static const struct option options[] = {
                {"all", no_argument, NULL, 'a'},
                {"json", no_argument, NULL, 'j'},
                {"payload", no_argument, NULL, 'p'},
                {"errors", no_argument, NULL, 'e'},
                {"service", required_argument, NULL, 's'},
                {"method", required_argument, NULL, 'm'},
                {"connection", required_argument, NULL, 'n'},
                {"schema", required_argument, NULL, 'S'},
                {"pcap", required_argument, NULL, 'f'},
                {0},
        };
        int r = DONE;
        int option;

        optind = 1;
        opterr = 0;
        while (r == DONE &&
               (option = getopt_long(count + 1, words - 1, "c:t:", options, NULL)) != -1)
                r = option_take(self, option, optarg);
        return r == DONE && optind != count + 1 ? MISUSE : r;
}

int monitor_command(struct darq_session **session, int count, char **words)
{
        struct monitor self = {.session = session,
                               .clock_ns = clock_offset_ns(),
                               .names = names_new(),
                               .trace = trace_new()};
        int r = NOT_DONE;

        setvbuf(stdout, NULL, _IOLBF, 0);
        if (self.names == NULL || self.trace == NULL)
                fprintf(stderr, "darqctl: memory is short\n");
        else
                r = options_take(&self, count, words);
        if (r == DONE)
                r = session_reach(session);
        if (r == DONE)
                r = frames_follow(&self);
        if (self.pcap != NULL && fclose(self.pcap) != 0) {
                perror("darqctl: the capture");
                r = NOT_DONE;
        }
        trace_free(self.trace);
        names_free(self.names);
        return r;
}
