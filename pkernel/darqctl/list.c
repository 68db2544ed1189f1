/* SPDX-License-Identifier: MIT */
/*
 * status and list: what the p-kernel tells about itself.
 *
 * Both call the control interface on port 1 through its generated stubs (idl/kernel.didl). Lists come
 * in pages; the p-kernel decides what this user may see.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"
#include "pkernel/darqctl/command.h"

static int kernel_open(struct darq_kernel *kernel, struct darq_session *session)
{
        return darq_proxy_at(&kernel->proxy, session, KERNEL_PORT);
}

static void counters_print(const struct darq_kernel_counters *counters)
{
        const struct {
                const char *name;
                uint64_t value;
        } rows[] = {
                {"connections", counters->connections},
                {"ports", counters->ports},
                {"open calls", counters->open_calls},
                {"frames", counters->frames},
                {"messages", counters->messages},
                {"bytes", counters->bytes},
                {"calls", counters->calls},
                {"undelivered", counters->undelivered},
                {"  unreported", counters->unreported},
                {"dropped", counters->dropped},
                {"skipped", counters->skipped},
                {"unserved", counters->unserved},
                {"refused", counters->refused},
                {"violations", counters->violations},
        };

        printf("%-14s %016" PRIx64 "\n", "boot id", counters->boot_id);
        printf("%-14s %" PRIu64 ".%03" PRIu64 " s\n", "up for", counters->uptime_ns / 1000000000,
               counters->uptime_ns / 1000000 % 1000);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                printf("%-14s %" PRIu64 "\n", rows[i].name, rows[i].value);
}

int status_command(struct darq_session *session, int count, char **words)
{
        const struct darq_kernel_statistics_reply *reply;
        struct darq_kernel kernel;
        int r;

        (void)words;
        if (count != 0)
                return MISUSE;
        r = kernel_open(&kernel, session);
        if (r == 0)
                r = darq_kernel_statistics(&kernel, NULL, &reply);
        if (r != 0)
                return complain(session, "status", r);
        counters_print(&reply->counters);
        darq_reply_free(reply);
        return DONE;
}

static const char *state_name(const struct darq_kernel_service_entry *service)
{
        static const char *const names[] = {"stopped", "starting", "running", "ending",
                                            "backing off"};

        return service->state < sizeof names / sizeof *names ? names[service->state] : "?";
}

/* "3.5 s", "12 min", "7 h" */
static void span_print(uint64_t span_ns)
{
        uint64_t seconds = span_ns / 1000000000;

        if (span_ns == 0)
                printf(" %9s", "-");
        else if (seconds < 100)
                printf(" %5" PRIu64 ".%" PRIu64 " s", seconds, span_ns / 100000000 % 10);
        else if (seconds < 6000)
                printf(" %5" PRIu64 " min", seconds / 60);
        else
                printf(" %7" PRIu64 " h", seconds / 3600);
}

static void service_print(const struct darq_kernel_service_entry *service)
{
        printf("%-20s %-11s", service->name.data, state_name(service));
        if (service->pid != 0)
                printf(" %8" PRIu32, service->pid);
        else
                printf(" %8s", "-");
        span_print(service->uptime_ns);
        printf(" %8" PRIu64 " %7" PRIu64 " %8" PRIu64 "  %s\n", service->calls, service->starts,
               service->waiting, service->failure.data);
}

static int services_list(const struct darq_kernel *kernel)
{
        const struct darq_kernel_list_services_reply *reply;
        uint32_t skip = 0;
        size_t count;
        int r;

        printf("%-20s %-11s %8s %9s %8s %7s %8s  %s\n", "service", "state", "pid", "up", "calls",
               "starts", "waiting", "last end");
        do {
                r = darq_kernel_list_services(
                        kernel, &(struct darq_kernel_list_services_request){.skip = skip}, &reply);
                if (r != 0)
                        return r;
                count = reply->services.count;
                for (size_t i = 0; i < count; i++)
                        service_print(&reply->services.data[i]);
                skip += (uint32_t)count;
                darq_reply_free(reply);
        } while (count > 0);
        return 0;
}

static int ports_list(const struct darq_kernel *kernel)
{
        const struct darq_kernel_list_ports_reply *reply;
        uint32_t skip = 0;
        size_t count;
        int r;

        printf("%20s %10s %8s %8s %10s  %s\n", "port", "owner", "rights", "waiting", "bytes",
               "name");
        do {
                r = darq_kernel_list_ports(
                        kernel, &(struct darq_kernel_list_ports_request){.skip = skip}, &reply);
                if (r != 0)
                        return r;
                count = reply->ports.count;
                for (size_t i = 0; i < count; i++) {
                        const struct darq_kernel_port_entry *port = &reply->ports.data[i];

                        printf("%20" PRIu64 " %10" PRIu64 " %8" PRIu64 " %8" PRIu64 " %10" PRIu64
                               "  %s\n",
                               port->number, port->owner, port->rights, port->waiting,
                               port->waiting_bytes, port->name.data);
                }
                skip += (uint32_t)count;
                darq_reply_free(reply);
        } while (count > 0);
        return 0;
}

static int connections_list(const struct darq_kernel *kernel)
{
        const struct darq_kernel_list_connections_reply *reply;
        uint32_t skip = 0;
        size_t count;
        int r;

        printf("%10s %-20s %-7s %8s %8s %8s\n", "connection", "principal", "kind", "ports", "calls",
               "serving");
        do {
                r = darq_kernel_list_connections(
                        kernel, &(struct darq_kernel_list_connections_request){.skip = skip},
                        &reply);
                if (r != 0)
                        return r;
                count = reply->connections.count;
                for (size_t i = 0; i < count; i++) {
                        const struct darq_kernel_connection_entry *peer =
                                &reply->connections.data[i];

                        printf("%10" PRIu64 " %-20s %-7s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
                               peer->id, peer->principal.data, peer->greeted ? "full" : "legacy",
                               peer->ports, peer->calls, peer->serving);
                }
                skip += (uint32_t)count;
                darq_reply_free(reply);
        } while (count > 0);
        return 0;
}

static const struct {
        const char *name;
        int (*list)(const struct darq_kernel *kernel);
} lists[] = {
        {"services", services_list},
        {"ports", ports_list},
        {"connections", connections_list},
};

enum { LIST_COUNT = sizeof lists / sizeof *lists };

/* One, or, name NULL, all. */
static int lists_print(const struct darq_kernel *kernel, const char *name)
{
        int r = 0;

        for (size_t i = 0; i < LIST_COUNT && r == 0; i++) {
                if (name != NULL && strcmp(name, lists[i].name) != 0)
                        continue;
                if (name == NULL && i != 0)
                        putchar('\n');
                r = lists[i].list(kernel);
        }
        return r;
}

int list_command(struct darq_session *session, int count, char **words)
{
        struct darq_kernel kernel;
        bool known = count == 0;
        int r;

        for (size_t i = 0; count == 1 && i < LIST_COUNT; i++)
                known = known || strcmp(words[0], lists[i].name) == 0;
        if (!known)
                return MISUSE;
        r = kernel_open(&kernel, session);
        if (r == 0)
                r = lists_print(&kernel, words[0]);
        return r == 0 ? DONE : complain(session, "list", r);
}
