/* SPDX-License-Identifier: MIT */
/*
 * A frame on its way.
 *
 * Where its bytes are: parts[0] is a head (in the parcel itself, or the header of the received frame, rewritten where
 * it lay), parts[1] what follows it in the input, pieces what stands in memory of its own; together at least size
 * bytes. Parts may be lent from the input until the flush; then parcel_settle() copies what wasn't written.
 *
 * It pays for its memory as long as it lives. An undelivered message turns into the notice to its sender, in the same
 * memory and under the same charge: so a notice can't fail.
 */
#include "pkernel/core/parcel.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/piece.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE_PARCELS = 1024, NANOSECONDS_PER_MS = 1000000 };

static void parcel_expire(struct timer *timer)
{
        struct parcel *self = CONTAINER_OF(timer, struct parcel, timer);

        if (!self->begun)
                parcel_fail(self, DARQ_FRAME_EXPIRED, "not handed over in time");
}

void parcel_init(struct parcel *self, struct kernel *kernel, enum parcel_kind kind)
{
        memset(self, 0, offsetof(struct parcel, head));
        list_init(&self->node);
        list_init(&self->port_node);
        list_init(&self->fresh_node);
        timer_init(&self->timer, parcel_expire);
        self->kernel = kernel;
        self->kind = kind;
}

static struct parcel *parcel_spare(struct kernel *kernel, enum parcel_kind kind)
{
        struct parcel *self = LIST_OF(kernel->spare_parcels.next, struct parcel, node);

        list_remove(&self->node);
        kernel->spare_parcel_count--;
        parcel_init(self, kernel, kind);
        return self;
}

struct parcel *parcel_new(struct kernel *kernel, enum parcel_kind kind)
{
        struct parcel *self;

        if (kernel->spare_parcel_count > kernel->reserved_parcels)
                return parcel_spare(kernel, kind);
        self = malloc(sizeof *self);
        if (self != NULL)
                parcel_init(self, kernel, kind);
        return self;
}

static void parcel_spare_add(struct kernel *kernel, struct parcel *parcel)
{
        kernel->spare_parcel_count++;
        list_prepend(&kernel->spare_parcels, &parcel->node);
}

bool parcel_reservable(struct kernel *kernel)
{
        struct parcel *parcel;

        if (kernel->reserved_parcels < kernel->spare_parcel_count)
                return true;
        parcel = kernel->spare_parcel_count < SPARE_PARCELS ? malloc(sizeof *parcel) : NULL;
        if (parcel == NULL)
                return false;
        parcel_spare_add(kernel, parcel);
        return true;
}

struct parcel *parcel_new_reserved(struct kernel *kernel, enum parcel_kind kind)
{
        assert(kernel->reserved_parcels > 0);
        kernel->reserved_parcels--;
        return parcel_spare(kernel, kind);
}

bool parcel_charge(struct parcel *self, struct share *share, size_t size,
                   struct connection *receiver)
{
        uint64_t amount = parcel_cost(size);

        if (charge_take(&self->charge, share, RESOURCE_BYTES, amount))
                return true;
        output_write(receiver);
        return charge_take(&self->charge, share, RESOURCE_BYTES, amount);
}

static void gifts_free(struct parcel *self)
{
        if (self->gifts != &self->one_gift)
                free(self->gifts);
        self->gifts = NULL;
        self->gift_count = 0;
        charge_release(&self->gift_charge);
}

static void gifts_end(struct parcel *self, void (*end)(struct route *))
{
        for (unsigned int index = 0; index < self->gift_count; index++)
                end(self->gifts[index]);
        gifts_free(self);
}

/* Takes it out of whatever it is queued in, and drops its bytes. */
static void parcel_unqueue(struct parcel *self)
{
        struct connection *to = self->to;

        list_remove(&self->node);
        list_remove(&self->fresh_node);
        timer_clear(&self->kernel->timers, &self->timer);
        if (to != NULL && self->kind == PARCEL_ANSWER)
                to->output.answer_bytes -= self->weight;
        self->to = NULL;
        pieces_free(self->pieces);
        self->pieces = NULL;
        self->begun = false;
        self->sent = 0;
}

void parcel_wait(struct parcel *self, struct route *route, struct slot *slot, uint64_t call,
                 uint32_t timeout_ms)
{
        self->from = route->connection_id;
        self->tag = call;
        self->port = route->port->number;
        self->route = route;
        self->slot = slot;
        if (timeout_ms != 0)
                self->deadline_ns =
                        self->kernel->now_ns + (uint64_t)timeout_ms * NANOSECONDS_PER_MS;
        if (slot != NULL)
                slot->request = self;
        list_append(&route->port->waiting, &self->port_node);
}

static void parcel_leave_port(struct parcel *self)
{
        struct route *route = self->route;

        if (route == NULL)
                return;
        self->route = NULL;
        list_remove(&self->port_node);
        route_leave(route, 1, self->weight);
        route_release(route);
}

void parcel_free(struct parcel *self)
{
        struct kernel *kernel;

        if (self == NULL)
                return;
        kernel = self->kernel;
        if (self->gifts != NULL)
                gifts_end(self, route_break_promise);
        parcel_leave_port(self);
        parcel_unqueue(self);
        charge_release(&self->charge);
        if (self->kind == PARCEL_REPLY && self->slot != NULL)
                slot_reply_gone(self->slot);
        if (self->release != NULL) {
                self->release(self);
        } else if (kernel->spare_parcel_count < SPARE_PARCELS) {
                parcel_spare_add(kernel, self);
        } else {
                free(self);
        }
}

void parcel_fill(struct parcel *self, size_t head_size, const char *rest)
{
        self->parts[0] = (struct iovec){self->head, head_size};
        self->parts[1] = (struct iovec){(void *)(uintptr_t)rest, rest == NULL ? 0 : strlen(rest)};
        self->size = head_size + self->parts[1].iov_len;
        self->weight = self->size;
}

/* The head goes into the received header's place where there is room, so that the frame stays in one piece. */
static uint8_t *head_place(struct parcel *self, struct frame *frame, const uint8_t *head,
                           size_t head_size, size_t offset)
{
        uint8_t *at = offset >= head_size ? frame->data + offset - head_size : self->head;

        memcpy(at, head, head_size);
        return at;
}

void parcel_take(struct parcel *self, struct frame *frame, const uint8_t *head, size_t head_size,
                 size_t offset, size_t end)
{
        uint8_t *at = head_place(self, frame, head, head_size, offset);

        self->size = head_size + end - offset;
        self->weight = self->size;
        list_append(&self->kernel->fresh, &self->fresh_node);
        if (frame->pieces != NULL) {
                self->pieces = frame->pieces;
                frame->pieces = NULL;
                self->piece_offset = offset;
                self->parts[0] = (struct iovec){at, head_size};
                return;
        }
        if (at == self->head) {
                self->parts[0] = (struct iovec){at, head_size};
                self->parts[1] = (struct iovec){frame->data + offset, end - offset};
        } else {
                self->parts[0] = (struct iovec){at, self->size};
        }
}

void parcel_take_whole(struct parcel *self, uint8_t *data, size_t size)
{
        self->parts[0] = (struct iovec){data, size};
        self->size = size;
        self->weight = size;
        list_append(&self->kernel->fresh, &self->fresh_node);
}

void parcel_undeliverable(struct parcel *self, uint64_t call, uint64_t port, uint32_t code,
                          const char *detail)
{
        struct piece *copy =
                code == DARQ_FRAME_ACTIVATION_FAILED ? piece_new(strlen(detail)) : NULL;
        size_t detail_size =
                code == DARQ_FRAME_ACTIVATION_FAILED && copy == NULL ? 0 : strlen(detail);
        struct darq_frame_header header = {
                .type = DARQ_FRAME_UNDELIVERABLE, .extended = true, .call = call};
        struct darq_frame_undeliverable body = {port, code, (uint32_t)detail_size};
        size_t head_size = DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_UNDELIVERABLE_SIZE;

        header.size = (uint32_t)(head_size + detail_size);
        darq_frame_header_put(self->head, &header);
        darq_frame_undeliverable_put(self->head + DARQ_FRAME_CALL_HEADER_SIZE, &body);
        parcel_fill(self, head_size, detail_size == 0 || copy != NULL ? NULL : detail);
        if (copy == NULL)
                return;
        memcpy(copy->data, detail, detail_size);
        copy->used = detail_size;
        self->pieces = copy;
        self->piece_offset = 0;
        self->size += detail_size;
        self->weight = self->size;
}

uint8_t *parcel_header(const struct parcel *self)
{
        return self->parts[0].iov_len > 0 ? self->parts[0].iov_base
                                          : self->pieces->data + self->piece_offset;
}

struct gathering {
        struct iovec *parts;
        int count;
        int max;
        size_t skip;
        size_t left;
};

static void gather(struct gathering *self, void *data, size_t size)
{
        size_t skip = self->skip < size ? self->skip : size;

        self->skip -= skip;
        size -= skip;
        if (size > self->left)
                size = self->left;
        if (size == 0 || self->count == self->max)
                return;
        self->left -= size;
        self->parts[self->count++] = (struct iovec){(uint8_t *)data + skip, size};
}

int parcel_gather(const struct parcel *self, struct iovec *parts, int max)
{
        struct gathering to = {
                .parts = parts, .max = max, .skip = self->sent, .left = self->size - self->sent};

        gather(&to, self->parts[0].iov_base, self->parts[0].iov_len);
        gather(&to, self->parts[1].iov_base, self->parts[1].iov_len);
        for (struct piece *piece = self->pieces; piece != NULL && to.left > 0 && to.count < max;
             piece = piece->next) {
                size_t offset = piece == self->pieces ? self->piece_offset : 0;

                gather(&to, piece->data + offset, piece->used - offset);
        }
        return to.count;
}

/* What wasn't written of parts, as a chain of pieces, none larger than PIECE_MAX. NULL: no memory. */
static struct piece *parts_copy(const struct iovec *parts, int count, size_t size)
{
        struct piece *first = NULL;
        struct piece **last = &first;
        struct piece *piece = NULL;

        for (int index = 0; index < count; index++) {
                const uint8_t *from = parts[index].iov_base;
                size_t left = parts[index].iov_len;

                while (left > 0) {
                        size_t take;

                        if (piece == NULL || piece->used == piece->capacity) {
                                piece = piece_new(size < PIECE_MAX ? size : PIECE_MAX);
                                if (piece == NULL) {
                                        pieces_free(first);
                                        return NULL;
                                }
                                *last = piece;
                                last = &piece->next;
                        }
                        take = piece->capacity - piece->used;
                        take = take < left ? take : left;
                        memcpy(piece->data + piece->used, from, take);
                        piece->used += take;
                        from += take;
                        left -= take;
                        size -= take;
                }
        }
        return first;
}

static bool parts_settle(struct parcel *self)
{
        struct iovec parts[2];
        int count = parcel_gather(self, parts, 2);
        size_t size = self->size - self->sent;
        struct piece *pieces = parts_copy(parts, count, size);

        if (pieces == NULL)
                return false;
        self->parts[0].iov_len = 0;
        self->parts[1].iov_len = 0;
        self->pieces = pieces;
        self->piece_offset = 0;
        self->size = size;
        self->sent = 0;
        return true;
}

bool parcel_settle(struct parcel *self)
{
        if (self->pieces == NULL && !parts_settle(self))
                return false;
        list_remove(&self->fresh_node);
        if (self->deadline_ns != 0)
                timer_set(&self->kernel->timers, &self->timer, self->deadline_ns);
        return true;
}

void parcel_begin(struct parcel *self)
{
        uint64_t now_ns = self->kernel->now_ns;
        uint64_t left_ms = 1;

        uint8_t *header = parcel_header(self);

        if (self->deadline_ns == 0 || self->begun || header[1] != DARQ_FRAME_CALL_HEADER_SIZE)
                return;
        if (self->deadline_ns > now_ns + NANOSECONDS_PER_MS)
                left_ms = (self->deadline_ns - now_ns) / NANOSECONDS_PER_MS;
        darq_frame_timeout_put(header, (uint32_t)left_ms);
}

void parcel_sent(struct parcel *self)
{
        struct kernel_statistics *statistics = &self->kernel->statistics;
        struct flow *flow = self->flow;
        size_t bytes = self->weight;

        if (self->gifts != NULL)
                gifts_end(self, route_keep_promise);
        switch (self->kind) {
        case PARCEL_REQUEST:
                slot_handed_over(self->slot);
                /* fall through */
        case PARCEL_MESSAGE:
        case PARCEL_REPLY:
        case PARCEL_CHUNK:
                statistics->messages++;
                statistics->bytes += bytes;
                break;
        default:
                break;
        }
        if (self->kind == PARCEL_CHUNK) {
                uint64_t payload = self->tag;

                parcel_free(self);
                flow_taken(flow, payload);
                return;
        }
        parcel_free(self);
}

/* The message becomes the notice that tells of it. */
static void parcel_return(struct parcel *self, struct connection *sender, uint32_t code,
                          const char *detail)
{
        parcel_leave_port(self);
        parcel_unqueue(self);
        self->kind = PARCEL_ANSWER;
        self->from = 0;
        self->deadline_ns = 0;
        parcel_undeliverable(self, self->tag, self->port, code, detail);
        output_add(sender, self);
}

void parcel_fail(struct parcel *self, uint32_t code, const char *detail)
{
        struct connection *sender = self->route == NULL ? NULL : self->route->connection;
        struct kernel_statistics *statistics = &self->kernel->statistics;
        struct flow *flow = self->kind == PARCEL_CHUNK ? self->flow : NULL;
        struct slot *slot = self->slot;

        if (self->gifts != NULL)
                gifts_end(self, route_break_promise);
        if (self->kind == PARCEL_MESSAGE) {
                statistics->undelivered++;
                if (sender != NULL && !sender->ended && sender->greeted) {
                        parcel_return(self, sender, code, detail);
                        return;
                }
                statistics->unreported++;
        }
        if (self->kind == PARCEL_REQUEST) {
                if (slot != NULL)
                        slot->request = NULL;
                statistics->undelivered++;
                parcel_free(self);
                if (slot != NULL)
                        slot_fail(slot, code, detail);
                return;
        }
        parcel_free(self);
        if (flow != NULL)
                flow_dropped(flow);
}
