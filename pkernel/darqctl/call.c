/* SPDX-License-Identifier: MIT */
/*
 * call: a method of a service, by its own schema: JSON in, JSON out.
 *
 * What a generated stub does, at run time. Methods that stream are refused: there is no JSON for what has no end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"
#include "pkernel/darqctl/json.h"

enum { RPC_HEADER_SIZE = 16 };

struct call {
        struct darq_session *session;
        const struct darq_catalog *catalog;
        const struct darq_schema_interface *interface;
        const struct darq_schema_method *method;
        uint64_t port;
        unsigned int timeout_ms;
        const char *name; /* for sentences */
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
        const struct darq_schema *schema = darq_catalog_schema(self->catalog);
        const struct darq_schema_interface *served =
                schema->interfaces.count != 0 ? &schema->interfaces.data[0] : NULL;

        if (method_search(self, served, name))
                return true;
        for (size_t i = 0; served != NULL && i < served->bases.count; i++)
                if (method_search(self,
                                  darq_catalog_interface(self->catalog, served->bases.data[i]),
                                  name))
                        return true;
        fprintf(stderr, "%s: has no method %s; 'darqctl describe %s' lists them\n", self->name,
                name, self->name);
        return false;
}

static bool method_callable(const struct call *self)
{
        if (self->method->upload == DARQ_SCHEMA_STREAM_NONE &&
            self->method->download == DARQ_SCHEMA_STREAM_NONE)
                return true;
        fprintf(stderr, "%s: %s is a stream, which this command doesn't show\n", self->name,
                self->method->name.data);
        return false;
}

/* The request */

static bool request_write(const struct call *self, struct darq_writer *writer, const char *text)
{
        json_error_t error;
        json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
        struct json_fault fault;
        struct darq_writer body;
        bool fine;

        if (value == NULL) {
                fprintf(stderr, "%s: not JSON: line %d, column %d: %s\n", self->name, error.line,
                        error.column, error.text);
                return false;
        }
        darq_writer_init(&body, NULL, 0);
        fine = json_to_payload(value, self->catalog, self->method->request, &body, 0, &fault) == 0;
        if (!fine)
                fprintf(stderr, "%s: %s%s%s\n", self->name, fault.path,
                        fault.path[0] != '\0' ? ": " : "", fault.reason);
        darq_put_u64(writer, self->interface->id);
        darq_put_u32(writer, self->method->ordinal);
        darq_put_i32(writer, 0);
        darq_put_array(writer, body.data, body.size, 1);
        darq_writer_deinit(&body);
        json_decref(value);
        return fine && writer->error == 0;
}

/* The answer */

static int error_print(const struct call *self, int status, struct darq_bytes body)
{
        const struct darq_schema_type *error =
                self->method->error != 0 ? darq_catalog_type(self->catalog, self->method->error - 1)
                                         : NULL;
        struct darq_reader reader;
        struct darq_string detail;
        const char *name = status < 0 ? darq_status_name(status) : NULL;

        for (size_t i = 0; error != NULL && name == NULL && i < error->members.count; i++)
                if (error->members.data[i].number == status)
                        name = error->members.data[i].name.data;
        darq_reader_init(&reader, body.data, body.size, NULL);
        detail = darq_get_string(&reader, SIZE_MAX);
        fprintf(stderr, "%s: %s", self->name, self->method->name.data);
        if (name != NULL)
                fprintf(stderr, ": %s", name);
        else
                fprintf(stderr, ": error %d", status);
        if (detail.size != 0)
                fprintf(stderr, ": %.*s", (int)detail.size, detail.data);
        fputc('\n', stderr);
        return NOT_DONE;
}

static int reply_print(const struct call *self, const struct darq_message *reply)
{
        struct darq_bytes body = {NULL, 0};
        struct json_fault fault;
        json_t *value;
        int status = 0;

        if (reply->payload.size >= RPC_HEADER_SIZE) {
                body = darq_bytes_of(reply->payload.data + RPC_HEADER_SIZE,
                                     reply->payload.size - RPC_HEADER_SIZE);
                status = darq_load_i32(reply->payload.data + 12);
        }
        if (reply->payload.size < RPC_HEADER_SIZE ||
            darq_load_u64(reply->payload.data) != self->interface->id ||
            darq_load_u32(reply->payload.data + 8) != self->method->ordinal) {
                fprintf(stderr, "%s: its answer is no reply to %s\n", self->name,
                        self->method->name.data);
                return NOT_DONE;
        }
        if (status != 0)
                return error_print(self, status, body);
        if (json_from_payload(&value, self->catalog, self->method->reply, body,
                              (uint32_t)reply->port_count, false, &fault) != 0) {
                fprintf(stderr, "%s: its answer: %s%s%s\n", self->name, fault.path,
                        fault.path[0] != '\0' ? ": " : "", fault.reason);
                return NOT_DONE;
        }
        return json_print(value);
}

static int call_send(const struct call *self, const struct darq_writer *request)
{
        const struct darq_outgoing message = {
                .destination = self->port,
                .payload = darq_bytes_of(request->data, request->size),
        };
        struct darq_message *reply;
        int r;

        if (self->method->oneway)
                return send_and_ask(self->session, &message);
        r = darq_message_call(self->session, &message, self->timeout_ms, &reply);
        if (r != 0)
                return complain(self->session, self->name, r);
        r = reply_print(self, reply);
        darq_message_free(reply);
        return r;
}

static int method_call(struct call *self, const char *method, const char *text)
{
        struct darq_writer request;
        int r = NOT_DONE;

        if (!method_find(self, method) || !method_callable(self))
                return NOT_DONE;
        darq_writer_init(&request, NULL, 0);
        if (request_write(self, &request, text))
                r = call_send(self, &request);
        darq_writer_deinit(&request);
        return r;
}

int call_command(struct darq_session *session, int count, char **words)
{
        struct darq_bytes text = {NULL, 0};
        struct darq_catalog *catalog;
        struct darq_proxy proxy;
        uint64_t timeout_ms = 0;
        struct call self;
        int r;

        if (!options_read(&count, &words, NULL, &timeout_ms) || count < 2 || count > 3)
                return MISUSE;
        if (count == 3 && strcmp(words[2], "-") == 0 && !text_read(&text, NULL))
                return NOT_DONE;
        if (target_open(&proxy, session, words[0]) != 0 ||
            catalog_ask(&catalog, session, proxy.port, words[0]) != 0) {
                file_free(text);
                return NOT_DONE;
        }
        self = (struct call){.session = session,
                             .catalog = catalog,
                             .port = proxy.port,
                             .timeout_ms = (unsigned int)timeout_ms,
                             .name = words[0]};
        if (text.data != NULL)
                r = method_call(&self, words[1], (const char *)text.data);
        else
                r = method_call(&self, words[1], count == 3 ? words[2] : "{}");
        file_free(text);
        darq_catalog_close(catalog);
        return r;
}
