/* SPDX-License-Identifier: MIT */
/*
 * top: how busy services are, interval after interval.
 *
 * Calls are counted where they end, as a monitor of frames sees it; what waits at a service's port is asked for at the end of an
 * interval. On a terminal each table takes the place of the one before; into a pipe they follow one another.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel.darq.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/names.h"
#include "pkernel/darqctl/plain.h"
#include "pkernel/darqctl/trace.h"

enum {
        ROWS_MAX = 256,
        BUCKETS = 256, /* of latencies: four to a factor of two, from 1 us on */
        INTERVAL_MS = 1000,
        NS_PER_MS = 1000000,
};

struct row {
        char name[256];
        uint64_t calls;
        uint64_t errors;
        uint64_t timed;      /* of the calls, those that were seen to begin */
        uint64_t latency_ns; /* of all these */
        uint32_t buckets[BUCKETS];
        uint64_t waiting;
};

struct top {
        struct darq_session *session;
        struct names *names;
        struct trace *trace;
        uint64_t interval_ms;
        uint64_t count; /* 0: no end */
        uint64_t lost;
        int failed; /* status of the stream */
        struct row rows[ROWS_MAX];
        size_t row_count;
};

/* Latencies */

static size_t bucket_of(uint64_t latency_ns)
{
        uint64_t us = latency_ns / 1000 + 1;
        size_t bucket = 0;

        while (us >= 8 && bucket < BUCKETS - 8) {
                us /= 2;
                bucket += 4;
        }
        return us >= 4 ? bucket + us - 4 : 0;
}

/* The least latency that doesn't fall into the bucket any more. */
static double bucket_end_ms(size_t bucket)
{
        double us = 5 + (double)(bucket % 4);

        for (size_t i = 0; i < bucket / 4; i++)
                us *= 2;
        return us / 1000;
}

/* What 99 of 100 calls took at most, as exactly as buckets are wide. */
static double p99_ms(const struct row *row)
{
        uint64_t seen = 0;

        for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
                seen += row->buckets[bucket];
                if (seen * 100 >= row->timed * 99)
                        return bucket_end_ms(bucket);
        }
        return 0;
}

/* Counting */

static struct row *row_get(struct top *self, const char *name)
{
        for (size_t i = 0; i < self->row_count; i++)
                if (strcmp(self->rows[i].name, name) == 0)
                        return &self->rows[i];
        if (self->row_count == ROWS_MAX)
                return NULL;
        self->rows[self->row_count] = (struct row){.calls = 0};
        snprintf(self->rows[self->row_count].name, sizeof self->rows[0].name, "%s", name);
        return &self->rows[self->row_count++];
}

static void call_count(struct top *self, const struct sighting *seen)
{
        uint64_t port = seen->sight == SIGHT_REPLY ? seen->source : seen->destination;
        const char *name = names_service(self->names, port);
        struct row *row = row_get(self, name[0] != '\0' ? name : "(ports without a name)");

        if (row == NULL)
                return;
        row->calls++;
        row->errors += seen->status != 0;
        if (!seen->has_latency)
                return;
        row->timed++;
        row->latency_ns += seen->latency_ns;
        row->buckets[bucket_of(seen->latency_ns)]++;
}

static void on_frames(void *context, struct darq_stream *stream)
{
        const struct darq_kernel_monitor_item *item = NULL;
        struct top *self = context;
        struct sighting seen;
        int r;

        while ((r = darq_kernel_monitor_next(stream, &item)) == 0 && item != NULL) {
                self->lost += item->frame.lost;
                if (!sighting_read(&seen, &item->frame, 0))
                        continue;
                trace_follow(self->trace, &seen);
                if (seen.sight == SIGHT_REPLY || seen.sight == SIGHT_FAILED)
                        call_count(self, &seen);
        }
        self->failed = r == DARQ_E_AGAIN ? 0 : r;
}

/* What waits */

static int queues_ask(struct top *self)
{
        struct darq_kernel_list_ports_request request = {0};
        const struct darq_kernel_list_ports_reply *page;
        struct darq_kernel kernel;
        size_t count = 1;
        int r = darq_proxy_at(&kernel.proxy, self->session, KERNEL_PORT);

        while (r == 0 && count > 0) {
                r = darq_kernel_list_ports(&kernel, &request, &page);
                if (r != 0)
                        break;
                count = page->ports.count;
                request.skip += (uint32_t)count;
                for (size_t i = 0; i < count; i++) {
                        const struct darq_kernel_port_entry *port = &page->ports.data[i];
                        struct row *row =
                                port->name.size != 0 ? row_get(self, port->name.data) : NULL;

                        if (row != NULL)
                                row->waiting = port->waiting;
                }
                darq_reply_free(page);
        }
        return r;
}

/* Tables */

static int by_calls(const void *a, const void *b)
{
        const struct row *left = a;
        const struct row *right = b;

        if (left->calls != right->calls)
                return left->calls < right->calls ? 1 : -1;
        return strcmp(left->name, right->name);
}

static void row_print(const struct row *row, double seconds)
{
        plain_write(stdout, darq_string_of(row->name));
        printf("%*s %9.0f %9.0f", strlen(row->name) < 24 ? 24 - (int)strlen(row->name) : 0, "",
               (double)row->calls / seconds, (double)row->errors / seconds);
        if (row->timed != 0)
                printf(" %9.3f %9.3f", (double)row->latency_ns / (double)row->timed / NS_PER_MS,
                       p99_ms(row));
        else
                printf(" %9s %9s", "-", "-");
        printf(" %8" PRIu64 "\n", row->waiting);
}

static void table_print(struct top *self, double seconds)
{
        bool terminal = isatty(STDOUT_FILENO) == 1;

        qsort(self->rows, self->row_count, sizeof self->rows[0], by_calls);
        if (terminal)
                printf("\033[H\033[J"); /* home, and clear what is below (ECMA-48) */
        printf("%-24s %9s %9s %9s %9s %8s\n", "service", "calls/s", "errors/s", "mean ms", "99% ms",
               "waiting");
        for (size_t i = 0; i < self->row_count; i++)
                row_print(&self->rows[i], seconds);
        if (self->lost != 0)
                printf("%" PRIu64 " frames were lost: more than is counted happened\n", self->lost);
        if (!terminal)
                putchar('\n');
        fflush(stdout);
        self->row_count = 0;
        self->lost = 0;
}

/* Intervals */

static uint64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / NS_PER_MS;
}

static int interval_run(struct top *self)
{
        uint64_t begin_ms = now_ms();
        uint64_t now = begin_ms;
        int r = 0;

        while (r == 0 && now < begin_ms + self->interval_ms) {
                r = darq_session_poll(self->session, (int)(begin_ms + self->interval_ms - now));
                if (r == 0)
                        r = self->failed;
                now = now_ms();
        }
        if (r == 0)
                r = queues_ask(self);
        if (r == 0)
                table_print(self, (double)(now - begin_ms) / 1000);
        return r;
}

static int top_run(struct top *self, struct darq_session *session)
{
        struct darq_stream *stream;
        struct darq_kernel kernel;
        uint64_t tables = 0;
        int r;

        self->session = session;
        names_begin(self->names, session);
        r = darq_proxy_at(&kernel.proxy, session, KERNEL_PORT);
        if (r == 0)
                r = darq_kernel_monitor(&kernel, NULL, &stream);
        if (r != 0)
                return complain(self->session, "top", r);
        darq_stream_on_ready(stream, on_frames, self);
        while (r == 0 && ferror(stdout) == 0 && (self->count == 0 || tables < self->count)) {
                r = interval_run(self);
                tables++;
        }
        if (r != 0)
                complain(self->session, "top", r);
        darq_stream_close(stream);
        return r == 0 ? DONE : NOT_DONE;
}

static int options_take(struct top *self, int count, char **words)
{
        static const struct option options[] = {{"interval", required_argument, NULL, 'i'}, {0}};
        int option;

        optind = 1;
        opterr = 0;
        while ((option = getopt_long(count + 1, words - 1, "c:", options, NULL)) != -1) {
                if (option == '?')
                        return MISUSE;
                if (!number_read(option == 'c' ? &self->count : &self->interval_ms, optarg,
                                 INT32_MAX))
                        return NOT_DONE;
        }
        return optind == count + 1 && self->interval_ms != 0 ? DONE : MISUSE;
}

int top_command(struct darq_session **session, int count, char **words)
{
        struct top *self = calloc(1, sizeof *self);
        int r = NOT_DONE;

        if (self != NULL) {
                self->interval_ms = INTERVAL_MS;
                self->names = names_new();
                self->trace = trace_new();
        }
        if (self == NULL || self->names == NULL || self->trace == NULL)
                fprintf(stderr, "darqctl: memory is short\n");
        else
                r = options_take(self, count, words);
        if (r == DONE)
                r = session_reach(session);
        if (r == DONE)
                r = top_run(self, *session);
        if (self != NULL) {
                trace_free(self->trace);
                names_free(self->names);
        }
        free(self);
        return r;
}
