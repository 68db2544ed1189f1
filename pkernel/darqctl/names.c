/* SPDX-License-Identifier: MIT */
/*
 * Names for what is seen in passing.
 *
 * Connections are asked for one by one: their ids are never used again, so an answer stays true. Ports with names, and the
 * schemas of services that run, are fetched together, and again when something unknown turns up: at once when a service
 * has been started, else after 20 ms, and each time that nothing new was found after twice as long, up to a second. A service that doesn't run isn't asked: that would start
 * it.
 */
#include "pkernel/darqctl/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.darq.h"
#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"

enum {
        CONNECTIONS = 1024,
        PORTS_MAX = 1024,
        CATALOGS_MAX = 256,
        PAUSE_MIN_MS = 20,
        PAUSE_MAX_MS = 1000,
};

struct names {
        struct darq_session *session;
        struct {
                uint64_t id;
                char principal[321];
        } connections[CONNECTIONS]; /* by id, the last one seen for each place */
        struct {
                uint64_t number;
                bool declared; /* asked only while it runs */
                char name[256];
        } ports[PORTS_MAX];
        size_t port_count;
        struct {
                char name[256]; /* of the service */
                struct darq_catalog *catalog;
        } catalogs[CATALOGS_MAX];
        size_t catalog_count;
        int64_t refreshed_ms;
        int64_t pause_ms; /* before the next time */
};

static struct darq_kernel kernel_of(struct names *self)
{
        struct darq_kernel kernel = {0};

        darq_proxy_at(&kernel.proxy, self->session, KERNEL_PORT);
        return kernel;
}

/* Connections */

const char *names_principal(struct names *self, uint64_t connection)
{
        const struct darq_kernel_identify_reply *reply;
        const struct darq_kernel kernel = kernel_of(self);
        char *principal = self->connections[connection % CONNECTIONS].principal;

        if (self->connections[connection % CONNECTIONS].id == connection)
                return principal;
        self->connections[connection % CONNECTIONS].id = connection;
        principal[0] = '\0';
        if (darq_kernel_identify(&kernel,
                                 &(struct darq_kernel_identify_request){.connection = connection},
                                 &reply) == 0) {
                snprintf(principal, sizeof self->connections[0].principal, "%s",
                         reply->principal.data);
                darq_reply_free(reply);
        }
        if (strncmp(principal, "service:", strlen("service:")) == 0)
                self->pause_ms = 0; /* one has been started: it can be asked now */
        return principal;
}

/* Ports and schemas */

static bool port_declared(const struct names *self, uint64_t number)
{
        for (size_t at = 0; at < self->port_count; at++)
                if (self->ports[at].number == number)
                        return self->ports[at].declared;
        return false;
}

static void port_add(struct names *self, uint64_t number, const char *name, bool declared)
{
        size_t at = 0;

        while (at < self->port_count && self->ports[at].number != number)
                at++;
        if (at == PORTS_MAX)
                return;
        self->ports[at].number = number;
        self->ports[at].declared = declared;
        snprintf(self->ports[at].name, sizeof self->ports[at].name, "%s", name);
        self->port_count += at == self->port_count;
}

static bool catalog_known(const struct names *self, const char *name)
{
        for (size_t i = 0; i < self->catalog_count; i++)
                if (strcmp(self->catalogs[i].name, name) == 0)
                        return true;
        return false;
}

static void catalog_add(struct names *self, const char *name, struct darq_catalog *catalog)
{
        if (self->catalog_count == CATALOGS_MAX) {
                darq_catalog_close(catalog);
                return;
        }
        snprintf(self->catalogs[self->catalog_count].name, sizeof self->catalogs[0].name, "%s",
                 name);
        self->catalogs[self->catalog_count++].catalog = catalog;
}

/* One that doesn't describe itself isn't asked again. */
static void port_ask(struct names *self, const char *name, uint64_t port)
{
        struct darq_catalog *catalog = NULL;
        struct darq_message *reply = NULL;

        if (describe(self->session, port, &reply) == 0)
                catalog_of_answer(&catalog, reply->payload);
        darq_message_free(reply);
        catalog_add(self, name, catalog);
}

static void service_ask(struct names *self, const char *name)
{
        struct darq_proxy proxy;

        if (catalog_known(self, name) || darq_proxy_connect(&proxy, self->session, name) != 0)
                return;
        port_ask(self, name, proxy.port);
        darq_proxy_close(&proxy);
}

static void services_fetch(struct names *self)
{
        struct darq_kernel_list_services_request request = {0};
        const struct darq_kernel_list_services_reply *page;
        const struct darq_kernel kernel = kernel_of(self);
        size_t count = 1;

        while (count > 0 && darq_kernel_list_services(&kernel, &request, &page) == 0) {
                count = page->services.count;
                request.skip += (uint32_t)count;
                for (size_t i = 0; i < count; i++) {
                        const struct darq_kernel_service_entry *service = &page->services.data[i];

                        port_add(self, service->port, service->name.data, true);
                        if (service->state == DARQ_KERNEL_SERVICE_STATE_RUNNING)
                                service_ask(self, service->name.data);
                }
                darq_reply_free(page);
        }
}

static void ports_fetch(struct names *self)
{
        struct darq_kernel_list_ports_request request = {0};
        const struct darq_kernel_list_ports_reply *page;
        const struct darq_kernel kernel = kernel_of(self);
        size_t count = 1;

        while (count > 0 && darq_kernel_list_ports(&kernel, &request, &page) == 0) {
                count = page->ports.count;
                request.skip += (uint32_t)count;
                for (size_t i = 0; i < count; i++) {
                        const struct darq_kernel_port_entry *port = &page->ports.data[i];

                        if (port->name.size == 0 || port_declared(self, port->number))
                                continue;
                        port_add(self, port->number, port->name.data, false);
                        service_ask(self, port->name.data);
                }
                darq_reply_free(page);
        }
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Whether it is time to look, and something new was found. */
static bool refresh(struct names *self)
{
        size_t known = self->port_count + self->catalog_count;
        bool found;

        if (now_ms() - self->refreshed_ms < self->pause_ms)
                return false;
        services_fetch(self);
        ports_fetch(self);
        found = self->port_count + self->catalog_count != known;
        self->pause_ms = found ? 0 : 2 * self->pause_ms;
        if (self->pause_ms < PAUSE_MIN_MS)
                self->pause_ms = PAUSE_MIN_MS;
        if (self->pause_ms > PAUSE_MAX_MS)
                self->pause_ms = PAUSE_MAX_MS;
        self->refreshed_ms = now_ms();
        return found;
}

static const char *service_find(const struct names *self, uint64_t port)
{
        for (size_t i = 0; i < self->port_count; i++)
                if (self->ports[i].number == port)
                        return self->ports[i].name;
        return NULL;
}

const char *names_service(struct names *self, uint64_t port)
{
        const char *name = service_find(self, port);

        if (name == NULL && (port & (UINT64_C(1) << 63)) == 0 && refresh(self))
                name = service_find(self, port);
        return name != NULL ? name : "";
}

static bool method_find(const struct names *self, uint64_t interface, uint32_t ordinal,
                        const struct darq_catalog **catalog,
                        const struct darq_schema_interface **described,
                        const struct darq_schema_method **method)
{
        for (size_t i = 0; i < self->catalog_count; i++) {
                if (self->catalogs[i].catalog == NULL)
                        continue;
                *catalog = self->catalogs[i].catalog;
                *described = darq_catalog_interface(*catalog, interface);
                for (size_t k = 0; *described != NULL && k < (*described)->methods.count; k++) {
                        *method = &(*described)->methods.data[k];
                        if ((*method)->ordinal == ordinal)
                                return true;
                }
        }
        return false;
}

bool names_method(struct names *self, uint64_t interface, uint32_t ordinal,
                  const struct darq_catalog **catalog,
                  const struct darq_schema_interface **described,
                  const struct darq_schema_method **method)
{
        return method_find(self, interface, ordinal, catalog, described, method) ||
               (refresh(self) && method_find(self, interface, ordinal, catalog, described, method));
}

/* Life */

struct names *names_new(void)
{
        return calloc(1, sizeof(struct names));
}

void names_begin(struct names *self, struct darq_session *session)
{
        self->session = session;
        self->pause_ms = PAUSE_MIN_MS;
        port_add(self, KERNEL_PORT, "p-kernel", true);
        port_ask(self, "p-kernel", KERNEL_PORT);
        refresh(self);
}

void names_free(struct names *self)
{
        if (self == NULL)
                return;
        for (size_t i = 0; i < self->catalog_count; i++)
                darq_catalog_close(self->catalogs[i].catalog);
        free(self);
}

int names_add_schema(struct names *self, struct darq_session **session, const char *path)
{
        struct darq_catalog *catalog;
        int r = catalog_open(&catalog, session, path);

        if (r == 0)
                catalog_add(self, path, catalog);
        else
                darq_catalog_close(catalog);
        return r == 0 ? DONE : NOT_DONE;
}
