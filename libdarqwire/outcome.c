/* SPDX-License-Identifier: MIT */
/*
 * What came of a call: the result, the reply, and the sentence that tells which port, what happened, and whether the
 * request may have been executed.
 *
 * Results come from three sides, and are kept apart: this library (a deadline), the p-kernel (an Undeliverable), the
 * peer (a reply's status). A peer can't claim what only the others may say: such a reply is a broken one.
 */
#include <inttypes.h>
#include <stdio.h>

#include "libdarqwire/arena.h"
#include "libdarqwire/fault.h"
#include "libdarqwire/rpc.h"
#include "libdarqwire/session.h"

/* "storage.Storage.get" or "a request". */
static void name_of(const struct darq_pending *self, char *name, size_t size)
{
        if (self->interface != NULL)
                snprintf(name, size, "%s.%s", self->interface->name, self->method->name);
        else
                snprintf(name, size, "a request");
}

static int fail(struct darq_pending *self, int result, const char *detail, size_t detail_size)
{
        char name[256];

        name_of(self, name, sizeof name);
        if (result > 0)
                return darq_session_fail(
                        self->session, result, "%s on port %" PRIu64 ": error %d%s%.*s", name,
                        self->port, result, detail_size != 0 ? ": " : "", (int)detail_size, detail);
        return darq_session_fail(
                self->session, result, "%s on port %" PRIu64 ": %s%s%.*s; it %s", name, self->port,
                darq_status_text(result), detail_size != 0 ? ": " : "", (int)detail_size, detail,
                darq_status_may_have_run(result) ? "may have been executed" : "was not executed");
}

static int bad_reply(struct darq_pending *self, const char *why)
{
        return fail(self, DARQ_E_BAD_REPLY, why, strlen(why));
}

/* The body is one string: the service's own words. */
static int failed_reply(struct darq_pending *self, int status)
{
        struct darq_string detail;
        struct darq_reader reader;

        if (status < 0 && !darq_status_is_answer(status))
                return bad_reply(self, "its status is none that a service may give");
        darq_hold_reader(self->reply, &reader, DARQ_RPC_HEADER_SIZE);
        detail = darq_get_string(&reader, SIZE_MAX);
        if (darq_reader_finish(&reader) != 0)
                return bad_reply(self, "its text can't be read");
        if (detail.size > 512)
                detail.size = 512;
        return fail(self, status, detail.data, detail.size);
}

/* The body can't be unpacked: where, and why. */
static __attribute__((noinline)) int broken_reply(struct darq_pending *self,
                                                  const struct darq_reader *reader)
{
        struct darq_fault fault = {self->interface, self->method, DARQ_PART_REPLY, reader,
                                   self->reply->parcel.size - DARQ_RPC_HEADER_SIZE};
        char why[DARQ_FAULT_TEXT];

        darq_fault_tell(&fault, why, sizeof why);
        return bad_reply(self, why);
}

static int unpacked_reply(struct darq_pending *self, const void **reply)
{
        darq_unpack *unpack = self->method->unpack_reply;
        struct darq_reader reader;
        const void *value;

        if (unpack == NULL)
                unpack = darq_unpack_empty;
        darq_hold_reader(self->reply, &reader, DARQ_RPC_HEADER_SIZE);
        if (self->waited)
                darq_arena_tag(self->reply->arena, self->reply);
        value = unpack(&reader);
        if (darq_reader_finish(&reader) != 0 || value == NULL)
                return broken_reply(self, &reader);
        *reply = value;
        return 0;
}

static int typed_reply(struct darq_pending *self, const void **reply)
{
        const struct darq_parcel *parcel = &self->reply->parcel;
        struct darq_rpc_header header;

        if (!darq_rpc_header_get(parcel->data, parcel->size, &header))
                return bad_reply(self, "it is shorter than its header");
        if (header.interface != self->interface->id || header.ordinal != self->method->ordinal)
                return bad_reply(self, "it answers another method");
        if (header.status != 0)
                return failed_reply(self, header.status);
        return unpacked_reply(self, reply);
}

int darq_pending_result(struct darq_pending *self, const void **reply)
{
        if (self->reply != NULL && self->interface != NULL)
                return typed_reply(self, reply);
        if (self->result == 0)
                return 0;
        return fail(self, self->result, self->detail,
                    self->detail != NULL ? strlen(self->detail) : 0);
}
