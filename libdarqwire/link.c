/* SPDX-License-Identifier: MIT */
/*
 * The connection's life: made, checked, lost, made again.
 *
 *      down --darq_session_connect()--> up --darq_session_lose()--> down
 *
 * Hello and the first OpenPort go out together, before anything has come; the first answer tells that the p-kernel has
 * accepted us, and then it is found out who it runs as. That first port is the source of whatever names no other.
 *
 * Losing the link ends all that stood on it in one place: calls with LINK_LOST, rights, ports, calls that are served.
 * Nothing of a new connection is mixed up with the old: link counts them, and proxies remember theirs.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/address.h"
#include "libdarqwire/authority.h"
#include "libdarqwire/clock.h"
#include "libdarqwire/session.h"

enum {
        RETRY_MS = 20,      /* between attempts */
        GREETING_MS = 5000, /* for the p-kernel's first answer, at least */
};

static int greeting_put(struct darq_session *self)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        struct darq_frame_header header = {
                .type = DARQ_FRAME_HELLO,
                .size = DARQ_FRAME_HEADER_SIZE + DARQ_FRAME_HELLO_SIZE,
        };
        struct darq_frame_hello hello = {.revision = DARQ_FRAME_REVISION};
        size_t size = darq_frame_header_put(frame, &header);

        size += darq_frame_hello_put(frame + size, &hello);
        return darq_connection_put(&self->connection, frame, size);
}

static bool welcomed(const void *context)
{
        const struct darq_session *self = context;

        return self->welcome.revision != 0 && self->answer.come;
}

/* The rest of a frame beside its payload. */
static size_t frame_max(const struct darq_session *self)
{
        uint64_t max = self->welcome.message_max_bytes;

        if (max > UINT32_MAX - 1024)
                max = UINT32_MAX - 1024;
        return (size_t)max + 1024 > 131072 ? (size_t)max + 1024 : 131072;
}

static int greet(struct darq_session *self, unsigned int wait_ms)
{
        uint64_t patience = wait_ms > GREETING_MS ? wait_ms : GREETING_MS;
        int r;

        self->answer = (struct darq_port_answer){.request = 1};
        r = greeting_put(self);
        if (r == 0)
                r = darq_port_put_request(self, DARQ_FRAME_OPEN_PORT, 0);
        if (r != 0)
                return darq_session_fail(self, r, "no memory for a connection");
        r = darq_session_wait(self, welcomed, self, darq_clock_ns() + patience * DARQ_NS_PER_MS);
        if (r == DARQ_E_TIMEOUT)
                return darq_session_fail(self, DARQ_E_NO_LINK, "the p-kernel doesn't answer");
        if (r != 0)
                return r;
        if (self->answer.result != DARQ_FRAME_OPENED)
                return darq_session_fail(self, DARQ_E_NO_LINK,
                                         "the p-kernel gives us no port: our quota is used up");
        self->own_port = self->answer.port;
        self->connection.frame_max = frame_max(self);
        return 0;
}

static int authority_check(struct darq_session *self)
{
        long uid;

        if (darq_authority_check(self->connection.fd, &uid) == 0)
                return 0;
        if (uid < 0)
                return darq_session_fail(
                        self, DARQ_E_NOT_ALLOWED,
                        "it can't be found out who the p-kernel at this address runs as");
        return darq_session_fail(
                self, DARQ_E_NOT_ALLOWED,
                "the p-kernel at this address runs as user %ld, who is neither root nor we; "
                "set DARQ_PKERNEL_UID if that is right",
                uid);
}

static void deferred_clear(struct darq_session *self)
{
        struct list *link;

        while ((link = list_pop(&self->deferred)) != NULL) {
                struct darq_deferred *deferred = LIST_OF(link, struct darq_deferred, link);

                darq_block_unref(deferred->frame.block);
                free(deferred);
        }
        self->deferred_bytes = 0;
}

/* Also of a connection that was never greeted: what came on it has nothing to do with the next one. */
static void take_down(struct darq_session *self)
{
        self->up = false;
        self->link++;
        self->own_port = 0;
        deferred_clear(self);
        darq_control_forget(self);
        darq_ports_deinit(self);
        darq_service_calls_lose(self);
        darq_targets_lose(self);
        darq_pendings_end_all(self, DARQ_E_LINK_LOST);
        darq_session_loop_forget(self);
        darq_connection_close(&self->connection);
        darq_session_loop_update(self); /* what has ended with it is due */
}

/* One attempt at one address. */
static int attempt(struct darq_session *self, const struct darq_address *address,
                   unsigned int wait_ms)
{
        int fd = darq_address_connect(address);
        char text[DARQ_ADDRESS_TEXT_MAX];
        int r;

        if (fd < 0) {
                darq_address_format(address, text);
                return darq_session_fail(self, DARQ_E_NO_LINK,
                                         "the p-kernel can't be reached at %s: %s", text,
                                         strerror(-fd));
        }
        darq_connection_open(&self->connection, fd);
        self->up = true;
        self->inherited = address->kind == DARQ_ADDRESS_FD;
        self->welcome = (struct darq_frame_welcome){0};
        r = greet(self, wait_ms);
        if (r == 0 && address->kind != DARQ_ADDRESS_FD)
                r = authority_check(self);
        if (r == 0)
                return 0;
        if (self->up)
                take_down(self);
        return r == DARQ_E_LINK_LOST ? DARQ_E_NO_LINK : r;
}

int darq_session_connect(struct darq_session *self, unsigned int wait_ms)
{
        uint64_t end_ns = darq_clock_ns() + wait_ms * DARQ_NS_PER_MS;
        struct darq_address addresses[DARQ_ADDRESSES_MAX];
        const char *bad = "";
        size_t count;
        int r = DARQ_E_NO_LINK;

        if (self->inherited)
                return darq_session_fail(self, DARQ_E_NO_LINK,
                                         "the inherited connection to the p-kernel is lost");
        if (darq_addresses_find(addresses, &count, self->address, &bad) != 0)
                return darq_session_fail(self, DARQ_E_INVALID, "not an address of a p-kernel: %s",
                                         bad);
        for (;;) {
                for (size_t i = 0; i < count; i++) {
                        r = attempt(self, &addresses[i], wait_ms);
                        if (r != DARQ_E_NO_LINK)
                                return r;
                }
                if (darq_clock_ns() >= end_ns || self->inherited)
                        return r;
                poll(NULL, 0, RETRY_MS);
        }
}

int darq_session_lose(struct darq_session *self, const char *why)
{
        if (!self->up)
                return DARQ_E_LINK_LOST;
        take_down(self);
        return darq_session_fail(self, DARQ_E_LINK_LOST, "the link to the p-kernel was lost: %s",
                                 why);
}

int darq_session_refuse(struct darq_session *self, const struct darq_proxy *proxy)
{
        if (proxy->port == 0)
                return darq_session_fail(self, DARQ_E_INVALID,
                                         "the proxy is empty: it names no port");
        if (proxy->link != self->link)
                return darq_session_fail(
                        self, DARQ_E_STALE,
                        "the proxy is from before the link was lost: connect anew");
        return darq_session_fail(self, DARQ_E_LINK_LOST, "there is no link to the p-kernel");
}
