/* SPDX-License-Identifier: MIT */
/*
 * From bytes to frames.
 *
 * Input is looked at only when enough of it is there: first the header, then the fixed part, then what the type needs
 * of the rest; `wanted` says how much that is. What a frame has beyond that is skipped as it arrives, so a frame of
 * 4 GiB costs nothing unless it means something.
 *
 * A frame that is cut by the end of a read is gathered in pieces. The first piece (1 KiB, paid for by the connection)
 * holds any header and fixed part; the others are charged as they are made. A message for which there is no more room
 * is refused, and skipped.
 *
 * While a peer leaves its answers unread its input is held: kept as it came, and looked at when they have been read.
 */
#include "pkernel/core/input.h"

#include "pkernel/core/connection.h"

#include <assert.h>
#include <string.h>

enum {
        NANOSECONDS_PER_MS = 1000000,
        LARGE = 16384, /* a frame from this size on isn't to be gathered, if it can be helped */
};

enum look { LOOK_BAD, LOOK_MORE, LOOK_WHOLE };

void input_init(struct input *self, void (*slow)(struct timer *))
{
        *self = (struct input){0};
        timer_init(&self->timer, slow);
}

static struct piece *input_detach(struct input *self)
{
        struct piece *first = self->first;

        self->first = NULL;
        self->last = NULL;
        self->received = 0;
        self->wanted = 0;
        charge_release(&self->charge);
        return first;
}

void input_deinit(struct connection *connection)
{
        pieces_free(input_detach(&connection->input));
        timer_clear(&connection->kernel->timers, &connection->input.timer);
}

void frame_copy(const struct frame *frame, size_t offset, void *data, size_t size)
{
        if (frame->pieces == NULL)
                memcpy(data, frame->data + offset, size);
        else
                pieces_copy(frame->pieces, offset, data, size);
}

/* How much of a message or chunk is kept; 0: its parts don't lie within the frame. */
static size_t payload_end(struct frame *frame, size_t fixed_end, uint64_t limit)
{
        const struct darq_frame_header *header = &frame->header;
        const uint8_t *body = frame->data + header->header_size;
        size_t end;

        if (header->type == DARQ_FRAME_MESSAGE_IN) {
                uint32_t payload = darq_frame_message_get(body).payload_size;

                if (!darq_frame_message_fits(header, payload))
                        return 0;
                end = fixed_end + payload;
                if (header->port_count > 0)
                        end = darq_frame_ports_offset(end) + 8 * (size_t)header->port_count;
        } else {
                uint32_t payload = darq_frame_chunk_get(body).payload_size;

                if (!darq_frame_rest_fits(header, DARQ_FRAME_CHUNK_SIZE, payload))
                        return 0;
                end = fixed_end + payload;
        }
        if (end - fixed_end <= limit)
                return end;
        frame->refusal = DARQ_FRAME_TOO_BIG;
        return fixed_end;
}

static size_t detail_end(const struct frame *frame, size_t fixed_end)
{
        uint32_t size =
                darq_frame_undeliverable_get(frame->data + frame->header.header_size).detail_size;

        if (!darq_frame_rest_fits(&frame->header, DARQ_FRAME_UNDELIVERABLE_SIZE, size))
                return 0;
        return fixed_end + (size < FRAME_DETAIL_MAX ? size : FRAME_DETAIL_MAX);
}

/* Looks at what is there of a frame, and how much of it is wanted. */
static enum look frame_look(struct connection *connection, struct frame *frame, size_t available)
{
        struct input *input = &connection->input;
        enum darq_frame_verdict verdict =
                darq_frame_header_get(frame->data, available, DARQ_FRAME_TO_KERNEL, &frame->header);
        size_t fixed_end;

        if (verdict == DARQ_FRAME_BAD)
                return LOOK_BAD;
        input->wanted = available < DARQ_FRAME_HEADER_SIZE ? DARQ_FRAME_HEADER_SIZE
                                                           : DARQ_FRAME_CALL_HEADER_SIZE;
        if (verdict == DARQ_FRAME_SHORT)
                return LOOK_MORE;
        if (!input->begun && frame->header.size > connection->kernel->limits.first_frame)
                return LOOK_BAD;
        if (!input->begun)
                timer_clear(&connection->kernel->timers, &input->timer);
        input->begun = true;
        fixed_end = frame->header.header_size + darq_frame_fixed_size(frame->header.type);
        input->wanted = fixed_end;
        if (available < fixed_end)
                return LOOK_MORE;
        if (frame->header.type == DARQ_FRAME_MESSAGE_IN ||
            frame->header.type == DARQ_FRAME_CHUNK_IN)
                input->wanted = payload_end(frame, fixed_end, connection->kernel->limits.message);
        else if (frame->header.type == DARQ_FRAME_UNDELIVERABLE)
                input->wanted = detail_end(frame, fixed_end);
        frame->size = input->wanted;
        if (frame->size == 0)
                return LOOK_BAD;
        return available < frame->size ? LOOK_MORE : LOOK_WHOLE;
}

static struct piece *input_piece(struct input *self, struct share *share, size_t size)
{
        size_t capacity = self->received > size ? self->received : size;
        struct piece *piece;

        if (capacity < PIECE_MIN || self->first == NULL)
                capacity = PIECE_MIN;
        if (capacity > PIECE_MAX)
                capacity = PIECE_MAX;
        if (self->first != NULL) {
                bool charged = self->charge.share == NULL
                                       ? charge_take(&self->charge, share, RESOURCE_BYTES, capacity)
                                       : charge_grow(&self->charge, capacity);

                if (!charged)
                        return NULL;
        }
        piece = piece_new(capacity);
        if (piece == NULL)
                return NULL;
        assert((self->first == NULL) == (self->last == NULL));
        if (self->first == NULL)
                self->first = piece;
        else
                self->last->next = piece;
        self->last = piece;
        return piece;
}

/* Appends to the pieces. False: no room; some may have been taken. */
static bool input_keep(struct connection *connection, const uint8_t *data, size_t size)
{
        struct input *self = &connection->input;

        while (size > 0) {
                struct piece *piece = self->last;
                size_t take;

                if (piece == NULL || piece->used == piece->capacity)
                        piece = input_piece(self, connection->share, size);
                if (piece == NULL)
                        return false;
                take = piece->capacity - piece->used < size ? piece->capacity - piece->used : size;
                memcpy(piece->data + piece->used, data, take);
                piece->used += take;
                self->received += take;
                data += take;
                size -= take;
        }
        return true;
}

/* Handles a frame of which `there` bytes have come, and skips the rest of it. */
static void frame_handle(struct connection *connection, struct frame *frame, size_t there)
{
        connection->input.skip = frame->header.size - there;
        connection->input.latest = frame->header.size;
        connection->kernel->statistics.frames++;
        frame_receive(connection, frame);
}

/* Lends a piece as if it had just been read, until the flush. Returns the next one. */
static struct piece *piece_lend(struct kernel *kernel, struct piece *piece)
{
        struct piece *next = piece->next;

        piece->next = kernel->used;
        kernel->used = piece;
        return next;
}

/* There is no memory for all of it: refuse it on the ground of its header and fixed part. */
static void frame_give_up(struct connection *connection)
{
        struct input *input = &connection->input;
        struct frame frame = {.data = input->first->data};
        size_t there = input->received;
        struct piece *piece;

        frame_look(connection, &frame, there);
        frame.size = frame.header.header_size + darq_frame_fixed_size(frame.header.type);
        frame.refusal = DARQ_FRAME_QUOTA;
        piece = input_detach(input);
        while (piece != NULL)
                piece = piece_lend(connection->kernel, piece);
        frame_handle(connection, &frame, there);
}

/* Takes what a cut frame wants. Returns how many bytes. */
static size_t take_gathered(struct connection *connection, uint8_t *data, size_t size)
{
        struct input *input = &connection->input;
        struct frame frame = {0};
        size_t before = input->received;
        size_t there;

        if (size > input->wanted - before)
                size = input->wanted - before;
        if (!input_keep(connection, data, size)) {
                size = input->received - before;
                if (input->first == NULL)
                        connection_violate(connection, "no memory");
                else
                        frame_give_up(connection);
                return size;
        }
        if (input->received < input->wanted)
                return size;
        frame.data = input->first->data;
        there = input->received;
        switch (frame_look(connection, &frame, there)) {
        case LOOK_BAD:
                connection_violate(connection, "a malformed frame");
                break;
        case LOOK_WHOLE:
                frame.pieces = input_detach(input);
                frame_handle(connection, &frame, there);
                pieces_free(frame.pieces);
                break;
        case LOOK_MORE:
                break;
        }
        return size;
}

/* Takes one frame where it lies, or begins to gather it. Returns how many bytes. */
static size_t take_direct(struct connection *connection, uint8_t *data, size_t size)
{
        struct frame frame = {.data = data};

        switch (frame_look(connection, &frame, size)) {
        case LOOK_BAD:
                connection_violate(connection, "a malformed frame");
                return size;
        case LOOK_WHOLE:
                frame.behind = size - frame.size;
                frame_handle(connection, &frame, frame.size);
                return frame.size + frame.along;
        case LOOK_MORE:
                break;
        }
        return take_gathered(connection, data, size);
}

size_t input_best(const struct input *self, size_t max)
{
        size_t frame = self->received > 0 ? self->wanted : self->latest;
        size_t rest = self->received > 0 ? self->wanted - self->received : frame;

        if (frame < LARGE || frame > max || self->skip > 0 || self->held)
                return max;
        return darq_frame_best(max, frame, rest);
}

/* Whether the peer leaves too many answers unread, after an attempt to write them. */
static bool must_hold(struct connection *connection)
{
        if (connection_wants_input(connection))
                return false;
        output_write(connection);
        return !connection_wants_input(connection);
}

/* A frame that has begun must go on. */
static void watch_pace(struct connection *connection, size_t size)
{
        struct input *input = &connection->input;
        struct timers *timers = &connection->kernel->timers;

        if (!input->begun)
                return;
        input->progress += size;
        if (connection->ended || (input->received == 0 && input->skip == 0)) {
                timer_clear(timers, &input->timer);
        } else if (!timer_running(&input->timer)) {
                input->progress = 0;
                timer_set(timers, &input->timer,
                          connection->kernel->now_ns +
                                  connection->kernel->limits.slow_ms * NANOSECONDS_PER_MS);
        }
}

void input_take(struct connection *connection, uint8_t *data, size_t size)
{
        struct input *input = &connection->input;
        size_t all = size;

        while (size > 0 && !connection->ended) {
                size_t taken;

                if (input->held || must_hold(connection)) {
                        input->held = true;
                        if (!input_keep(connection, data, size))
                                connection_violate(connection, "answers left unread");
                        break;
                }
                if (input->skip > 0) {
                        taken = input->skip < size ? (size_t)input->skip : size;
                        input->skip -= taken;
                } else if (input->received > 0) {
                        taken = take_gathered(connection, data, size);
                } else {
                        taken = take_direct(connection, data, size);
                }
                data += taken;
                size -= taken;
                output_write_early(connection->kernel);
        }
        watch_pace(connection, all);
}

bool input_may_resume(const struct connection *connection)
{
        return connection->input.held && !connection->ended && connection_wants_input(connection);
}

void input_resume(struct connection *connection)
{
        struct input *input = &connection->input;
        struct piece *pieces = input_detach(input);

        input->held = false;
        while (pieces != NULL) {
                struct piece *piece = pieces;

                pieces = piece_lend(connection->kernel, piece);
                input_take(connection, piece->data, piece->used);
        }
}
