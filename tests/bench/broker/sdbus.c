/* SPDX-License-Identifier: MIT */
/*
 * D-Bus through sd-bus: for dbus-broker and dbus-daemon alike. One-way messages are calls without a reply. sd-bus writes each
 * message when it is sent, and has no way to gather them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "tests/bench/broker/load.h"

#define NAME "org.darq.Bench"
#define PATH "/org/darq/Bench"
#define INTERFACE "org.darq.Bench"

const char driver_name[] = "sdbus";

struct client {
        sd_bus *bus;
        bool answered;
};

static void check(int result, const char *what)
{
        if (result < 0) {
                errno = -result;
                load_fail(what);
        }
}

static sd_bus *bus_open(const char *address)
{
        char text[256];
        sd_bus *bus = NULL;

        snprintf(text, sizeof text, "unix:path=%s", address + strlen("unix:"));
        check(sd_bus_new(&bus), "sd_bus_new");
        check(sd_bus_set_address(bus, text), "address");
        check(sd_bus_set_bus_client(bus, 1), "client");
        check(sd_bus_start(bus), "start");
        return bus;
}

/* True: something was done. */
static bool bus_process(sd_bus *bus)
{
        int result = sd_bus_process(bus, NULL);

        check(result, "process");
        return result > 0;
}

static int on_call(sd_bus_message *request, void *context, sd_bus_error *error)
{
        sd_bus_message *reply = NULL;
        const void *data;
        size_t size;

        (void)context;
        (void)error;
        check(sd_bus_message_read_array(request, 'y', &data, &size), "request");
        if (sd_bus_message_get_expect_reply(request) <= 0)
                return 1;
        check(sd_bus_message_new_method_return(request, &reply), "reply");
        check(sd_bus_message_append_array(reply, 'y', data, size), "reply");
        check(sd_bus_send(NULL, reply, NULL), "send");
        sd_bus_message_unref(reply);
        return 1;
}

void driver_serve(const char *address)
{
        static const sd_bus_vtable methods[] = {
                SD_BUS_VTABLE_START(0),
                SD_BUS_METHOD("Call", "ay", "ay", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_VTABLE_END};
        sd_bus *bus = bus_open(address);

        check(sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, methods, NULL), "methods");
        check(sd_bus_request_name(bus, NAME, 0), "name");
        for (;;) {
                if (!bus_process(bus))
                        check(sd_bus_wait(bus, UINT64_MAX), "wait");
        }
}

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL)
                load_fail("memory");
        self->bus = bus_open(address);
        return self;
}

static int on_reply(sd_bus_message *reply, void *context, sd_bus_error *error)
{
        struct client *self = context;
        const void *data;
        size_t size;

        (void)error;
        if (sd_bus_message_is_method_error(reply, NULL) > 0)
                load_fail(sd_bus_message_get_error(reply)->message);
        check(sd_bus_message_read_array(reply, 'y', &data, &size), "reply");
        self->answered = true;
        load_reply(data, size);
        return 0;
}

static sd_bus_message *request_new(struct client *self, const uint8_t *data, size_t size)
{
        sd_bus_message *request = NULL;

        check(sd_bus_message_new_method_call(self->bus, &request, NAME, PATH, INTERFACE, "Call"),
              "request");
        check(sd_bus_message_append_array(request, 'y', data, size), "request");
        return request;
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        sd_bus_message *request = request_new(self, data, size);
        sd_bus_message *reply = NULL;

        check(sd_bus_call(self->bus, request, UINT64_MAX, NULL, &reply), "call");
        on_reply(reply, self, NULL);
        sd_bus_message_unref(reply);
        sd_bus_message_unref(request);
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        sd_bus_message *message = request_new(self, data, size);

        if (request) {
                check(sd_bus_call_async(self->bus, NULL, message, on_reply, self, UINT64_MAX),
                      "call");
        } else {
                check(sd_bus_message_set_expect_reply(message, 0), "one-way");
                check(sd_bus_send(self->bus, message, NULL), "send");
        }
        sd_bus_message_unref(message);
}

void driver_flush(struct client *self)
{
        (void)self; /* what the socket doesn't take goes when it is processed */
}

void driver_receive(struct client *self, bool wait)
{
        self->answered = false;
        do {
                while (bus_process(self->bus) && !(wait && self->answered))
                        ;
                if (wait && !self->answered)
                        check(sd_bus_wait(self->bus, UINT64_MAX), "wait");
        } while (wait && !self->answered);
}

int driver_fd(struct client *self)
{
        return sd_bus_get_fd(self->bus);
}
