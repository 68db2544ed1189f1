/* SPDX-License-Identifier: MIT */
/*
 * A call of a method by the service's own schema: JSON in, JSON out.
 *
 * What a generated stub does, at run time. Methods that stream are refused: there is no JSON for what has no end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/invoke.h"
#include "pkernel/darqctl/plain.h"

enum { RPC_HEADER_SIZE = 16 };

/* The method that was found. */
struct call {
        const struct invocation *to;
        const struct darq_schema_interface *interface;
        const struct darq_schema_method *method;
};

/* The method */

static bool is_called(struct darq_string name, const char *text, size_t size)
{
        return name.size == size && memcmp(name.data, text, size) == 0;
}

/* "get", or, where bases have the same name, "Storage.get". */
static bool method_fits(const struct darq_schema_interface *interface,
                        const struct darq_schema_method *method, const char *name)
{
        const char *dot = strrchr(name, '.');
        size_t left = dot != NULL ? (size_t)(dot - name) : 0;

        if (!is_called(method->name, dot != NULL ? dot + 1 : name,
                       strlen(dot != NULL ? dot + 1 : name)))
                return false;
        return dot == NULL || is_called(interface->name, name, left) ||
               (interface->name.size > left &&
                interface->name.data[interface->name.size - left - 1] == '.' &&
                memcmp(interface->name.data + interface->name.size - left, name, left) == 0);
}

static bool method_search(struct call *self, const struct darq_schema_interface *interface,
                          const char *name)
{
        for (size_t i = 0; interface != NULL && i < interface->methods.count; i++) {
                if (!method_fits(interface, &interface->methods.data[i], name))
                        continue;
                self->interface = interface;
                self->method = &interface->methods.data[i];
                return true;
        }
        return false;
}

/* What is served comes first in its schema; then the interfaces that it extends. */
static bool method_find(struct call *self, const char *name)
{
        const struct darq_schema *schema = darq_catalog_schema(self->to->catalog);
        const struct darq_schema_interface *served =
                schema->interfaces.count != 0 ? &schema->interfaces.data[0] : NULL;

        if (method_search(self, served, name))
                return true;
        for (size_t i = 0; served != NULL && i < served->bases.count; i++)
                if (method_search(self,
                                  darq_catalog_interface(self->to->catalog, served->bases.data[i]),
                                  name))
                        return true;
        fprintf(stderr, "%s: has no method %s; 'darqctl describe %s' lists them\n", self->to->name,
                name, self->to->name);
        return false;
}

static bool method_callable(const struct call *self)
{
        if (self->method->upload == DARQ_SCHEMA_STREAM_NONE &&
            self->method->download == DARQ_SCHEMA_STREAM_NONE)
                return true;
        fprintf(stderr, "%s: %s is a stream, which this command doesn't show\n", self->to->name,
                self->method->name.data);
        return false;
}

/* The request */

static bool request_write(const struct call *self, struct darq_writer *writer,
                          const json_t *request)
{
        struct json_fault fault;
        struct darq_writer body;
        bool fine;

        darq_writer_init(&body, NULL, 0);
        fine = json_to_payload(request, self->to->catalog, self->method->request, &body, 0,
                               &fault) == 0;
        if (!fine)
                fprintf(stderr, "%s: %s%s%s\n", self->to->name, fault.path,
                        fault.path[0] != '\0' ? ": " : "", fault.reason);
        darq_put_u64(writer, self->interface->id);
        darq_put_u32(writer, self->method->ordinal);
        darq_put_i32(writer, 0);
        darq_put_array(writer, body.data, body.size, 1);
        darq_writer_deinit(&body);
        if (fine && writer->error != 0)
                fprintf(stderr, "%s: %s\n", self->to->name, writer->reason);
        return fine && writer->error == 0;
}

/* The answer */

static int error_print(const struct call *self, int status, struct darq_bytes body)
{
        const struct darq_schema_type *error =
                self->method->error != 0
                        ? darq_catalog_type(self->to->catalog, self->method->error - 1)
                        : NULL;
        struct darq_reader reader;
        struct darq_string detail;
        const char *name = status < 0 ? darq_status_name(status) : NULL;

        for (size_t i = 0; error != NULL && name == NULL && i < error->members.count; i++)
                if (error->members.data[i].number == status)
                        name = error->members.data[i].name.data;
        darq_reader_init(&reader, body.data, body.size, NULL);
        detail = darq_get_string(&reader, SIZE_MAX);
        fprintf(stderr, "%s: %s", self->to->name, self->method->name.data);
        if (name != NULL)
                fprintf(stderr, ": %s", name);
        else
                fprintf(stderr, ": error %d", status);
        if (detail.size != 0) {
                fprintf(stderr, ": ");
                plain_write(stderr, detail);
        }
        fputc('\n', stderr);
        return NOT_DONE;
}

static int reply_read(const struct call *self, const struct darq_message *reply, json_t **value)
{
        struct darq_bytes body = {NULL, 0};
        struct json_fault fault;
        int status = 0;

        if (reply->payload.size >= RPC_HEADER_SIZE) {
                body = darq_bytes_of(reply->payload.data + RPC_HEADER_SIZE,
                                     reply->payload.size - RPC_HEADER_SIZE);
                status = darq_load_i32(reply->payload.data + 12);
        }
        if (reply->payload.size < RPC_HEADER_SIZE ||
            darq_load_u64(reply->payload.data) != self->interface->id ||
            darq_load_u32(reply->payload.data + 8) != self->method->ordinal) {
                fprintf(stderr, "%s: its answer is no reply to %s\n", self->to->name,
                        self->method->name.data);
                return NOT_DONE;
        }
        if (status != 0)
                return error_print(self, status, body);
        if (json_from_payload(value, self->to->catalog, self->method->reply, body,
                              (uint32_t)reply->port_count, false, &fault) != 0) {
                fprintf(stderr, "%s: its answer: %s%s%s\n", self->to->name, fault.path,
                        fault.path[0] != '\0' ? ": " : "", fault.reason);
                return NOT_DONE;
        }
        return DONE;
}

static int call_send(const struct call *self, const struct darq_writer *request, json_t **value)
{
        const struct darq_outgoing message = {
                .destination = self->to->port,
                .payload = darq_bytes_of(request->data, request->size),
        };
        struct darq_message *reply;
        int r;

        if (self->method->oneway)
                return send_and_ask(self->to->session, &message);
        r = darq_message_call(self->to->session, &message, self->to->timeout_ms, &reply);
        if (r != 0)
                return complain(self->to->session, self->to->name, r);
        r = reply_read(self, reply, value);
        darq_message_free(reply);
        return r;
}

int invoke(const struct invocation *self, const char *method, const json_t *request, json_t **reply)
{
        struct call call = {.to = self};
        struct darq_writer writer;
        int r = NOT_DONE;

        *reply = NULL;
        if (!method_find(&call, method) || !method_callable(&call))
                return NOT_DONE;
        darq_writer_init(&writer, NULL, 0);
        if (request_write(&call, &writer, request))
                r = call_send(&call, &writer, reply);
        darq_writer_deinit(&writer);
        return r;
}
