/* SPDX-License-Identifier: MIT */
/*
 * The socket to the p-kernel.
 *
 * Input: bytes are read into a block, and frames are given out where they stand in it. Nothing that somebody holds ever
 * moves. While nobody holds the block it is used from its start again: a program that calls and waits uses one block
 * for ever. When the next frame doesn't fit behind what is there, the part of it that has come goes to the block's
 * start or, where that is held or too small, to a new block, as large as the frame; so a large message is copied once
 * at most, and only its beginning. Where frames are large, so is the block: several are read at once.
 *
 * Output: a list of chunks, written with one system call. Small messages share a chunk; a large one is offered to the
 * socket from where it was packed, and brings its own memory if that doesn't take all of it.
 *
 * The descriptor is in blocking mode, and every operation says for itself that it doesn't wait. Only reading may: a
 * receive timeout of a second is set once, so that waiting for an answer costs one system call and not two.
 *
 * Invariants: parsed <= input->size <= input->capacity; unsent_bytes is the sum over the chunks.
 */
#include "libdarqwire/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/socket.h"

enum {
        BLOCK_SIZE = 65536,
        BLOCK_LARGE = 264 << 10, /* where a frame is half a block: room for four chunks of streams,
                                    with their headers. Larger ones aren't used again */
        BURST_SIZE = 16384,      /* after a read of so much there is likely to be more */
        READ_MIN =
                16384, /* less room than this at a block's end isn't read into, unless it is enough */
        CHUNK_SIZE = 65536, /* of small messages together */
        LARGE_SIZE = 16384, /* a message from this size on isn't copied if it can be helped */
        WRITE_PARTS = 16,   /* chunks in one system call */
};
static const uint64_t patience_ns = 1000 * DARQ_NS_PER_MS; /* the socket's receive timeout */

struct darq_output {
        struct darq_output *next;
        uint8_t *data;
        size_t start; /* written up to here */
        size_t size;
        size_t capacity;
};

/* Blocks */

static struct darq_block *block_new(size_t capacity)
{
        struct darq_block *self = malloc(sizeof *self + capacity + DARQ_SOCKET_SLACK);

        if (self == NULL)
                return NULL;
        *self = (struct darq_block){.refs = 1, .capacity = capacity};
        self->data = darq_socket_room(self->memory);
        return self;
}

struct darq_block *darq_block_ref(struct darq_block *self)
{
        self->refs++;
        return self;
}

void darq_block_unref(struct darq_block *self)
{
        if (self != NULL && --self->refs == 0)
                free(self);
}

/* Life */

void darq_connection_init(struct darq_connection *self)
{
        *self = (struct darq_connection){.fd = -1};
}

void darq_connection_open(struct darq_connection *self, int fd)
{
        struct timeval patience = {.tv_sec = 1};

        darq_socket_tune(fd);
        self->fd = fd;
        self->frame_max = BLOCK_SIZE;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static void output_free(struct darq_output *self)
{
        free(self->data);
        free(self);
}

void darq_connection_close(struct darq_connection *self)
{
        struct darq_output *output = self->first;

        while (output != NULL) {
                struct darq_output *next = output->next;

                output_free(output);
                output = next;
        }
        if (self->fd >= 0)
                close(self->fd);
        darq_block_unref(self->input);
        darq_connection_init(self);
}

/* Output */

static struct darq_output *output_new(uint8_t *data, size_t start, size_t size, size_t capacity)
{
        struct darq_output *self = malloc(sizeof *self);

        if (self != NULL)
                *self = (struct darq_output){
                        .data = data, .start = start, .size = size, .capacity = capacity};
        return self;
}

static void output_add(struct darq_connection *self, struct darq_output *output)
{
        if (self->last != NULL)
                self->last->next = output;
        else
                self->first = output;
        self->last = output;
}

static bool output_has_room(const struct darq_output *self, size_t size)
{
        return self != NULL && size <= self->capacity - self->size;
}

/* A chunk that has room for size bytes. */
static __attribute__((noinline)) int output_extend(struct darq_connection *self, size_t size)
{
        size_t capacity = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        uint8_t *memory = malloc(capacity);
        struct darq_output *output = memory != NULL ? output_new(memory, 0, 0, capacity) : NULL;

        if (output == NULL) {
                free(memory);
                return DARQ_E_NO_MEMORY;
        }
        output_add(self, output);
        return 0;
}

int darq_connection_reserve(struct darq_connection *self, size_t size)
{
        return output_has_room(self->last, size) ? 0 : output_extend(self, size);
}

static inline int output_put(struct darq_connection *self, const void *data, size_t size)
{
        struct darq_output *tail;

        if (!output_has_room(self->last, size) && output_extend(self, size) != 0)
                return DARQ_E_NO_MEMORY;
        tail = self->last;
        memcpy(tail->data + tail->size, data, size);
        tail->size += size;
        self->unsent_bytes += size;
        self->fresh_bytes += size;
        return 0;
}

int darq_connection_put(struct darq_connection *self, const void *data, size_t size)
{
        return output_put(self, data, size);
}

/* The socket has taken size bytes. The last small chunk stays, empty, to be used again. */
static void output_taken(struct darq_connection *self, size_t size)
{
        self->unsent_bytes -= size;
        while (self->first != NULL) {
                struct darq_output *output = self->first;
                size_t left = output->size - output->start;

                if (size < left) {
                        output->start += size;
                        return;
                }
                size -= left;
                if (output->next == NULL && output->capacity == CHUNK_SIZE) {
                        output->start = output->size = 0;
                        return;
                }
                self->first = output->next;
                if (self->first == NULL)
                        self->last = NULL;
                output_free(output);
        }
}

static ssize_t output_write(const struct darq_connection *self)
{
        struct iovec parts[WRITE_PARTS];
        size_t count = 0;

        for (const struct darq_output *output = self->first; output != NULL && count < WRITE_PARTS;
             output = output->next)
                parts[count++] =
                        (struct iovec){output->data + output->start, output->size - output->start};
        return darq_socket_send(self->fd, parts, count);
}

int darq_connection_flush(struct darq_connection *self)
{
        self->fresh_bytes = 0;
        while (self->unsent_bytes != 0) {
                ssize_t size = output_write(self);

                if (size >= 0)
                        output_taken(self, (size_t)size);
                else if (errno == EAGAIN || errno == EWOULDBLOCK)
                        return 0;
                else if (errno != EINTR)
                        return DARQ_E_LINK_LOST;
        }
        return 0;
}

/* How much of large parts the socket takes at once, behind what waits. What is wrong with it will be told by the next flush. */
static size_t large_send(struct darq_connection *self, const struct iovec *parts, size_t count)
{
        ssize_t sent;

        if (darq_connection_flush(self) != 0 || self->unsent_bytes != 0)
                return 0;
        sent = darq_socket_send(self->fd, parts, count);
        return sent > 0 ? (size_t)sent : 0;
}

/* There is no memory for the rest of a message of which so much is on its way: nothing may follow it. */
static int large_lose(const struct darq_connection *self, size_t sent)
{
        if (sent == 0)
                return DARQ_E_NO_MEMORY;
        shutdown(self->fd, SHUT_RDWR);
        return DARQ_E_LINK_LOST;
}

static __attribute__((noinline)) int large_put(struct darq_connection *self,
                                               struct darq_writer *writer, size_t start)
{
        size_t size = writer->size - start;
        size_t sent = large_send(self, &(struct iovec){writer->data + start, size}, 1);
        struct darq_output *output;

        if (sent == size)
                return 0;
        output = output_new(writer->data, start + sent, writer->size, writer->size);
        if (output == NULL)
                return large_lose(self, sent);
        darq_writer_init(writer, NULL, 0);
        output_add(self, output);
        self->unsent_bytes += size - sent;
        self->fresh_bytes += size - sent;
        return 0;
}

int darq_connection_put_writer(struct darq_connection *self, struct darq_writer *writer,
                               size_t start)
{
        size_t size = writer->size - start;

        if (size >= LARGE_SIZE && !writer->fixed)
                return large_put(self, writer, start);
        return output_put(self, writer->data + start, size);
}

int darq_connection_put_pair(struct darq_connection *self, const void *head, size_t head_size,
                             const void *data, size_t size)
{
        struct iovec parts[2] = {{(void *)(uintptr_t)head, head_size},
                                 {(void *)(uintptr_t)data, size}};
        size_t sent = size < LARGE_SIZE ? 0 : large_send(self, parts, 2);
        size_t of_head = sent < head_size ? sent : head_size;
        size_t of_data = sent - of_head;

        if (sent == head_size + size)
                return 0;
        if (darq_connection_reserve(self, head_size + size - sent) != 0)
                return large_lose(self, sent);
        darq_connection_put(self, (const uint8_t *)head + of_head, head_size - of_head);
        if (size != 0)
                darq_connection_put(self, (const uint8_t *)data + of_data, size - of_data);
        return 0;
}

/* Input */

/* Bytes that the frame at the block's unparsed end needs, as far as that can be told; at least a header. */
static size_t frame_needs(const struct darq_connection *self)
{
        const struct darq_block *block = self->input;
        struct darq_frame_header header;

        if (darq_frame_header_get(block->data + self->parsed, block->size - self->parsed,
                                  DARQ_FRAME_FROM_KERNEL, &header) == DARQ_FRAME_OK &&
            header.size <= self->frame_max)
                return header.size;
        return DARQ_FRAME_HEADER_MAX;
}

/* Whether the rest of a frame that needs so many bytes is read behind what is there. */
static bool input_goes_on(const struct darq_connection *self, size_t needs)
{
        const struct darq_block *block = self->input;
        size_t room = block->capacity - block->size;

        if (needs > block->capacity - self->parsed || room == 0)
                return false;
        return room >= READ_MIN ||
               (needs > DARQ_FRAME_HEADER_MAX && (block->refs > 1 || self->parsed == 0));
}

static size_t block_capacity(size_t needs)
{
        if (needs < BLOCK_SIZE / 2)
                return BLOCK_SIZE;
        return needs > BLOCK_LARGE ? needs : BLOCK_LARGE;
}

/* Room to read into: behind what is there, at the block's start, or in a new block. */
static int input_reserve(struct darq_connection *self)
{
        struct darq_block *old = self->input;
        struct darq_block *block = old;
        size_t left = old != NULL ? old->size - self->parsed : 0;
        size_t needs = old != NULL ? frame_needs(self) : 0;

        if (old != NULL && (left != 0 || old->refs > 1) && input_goes_on(self, needs))
                return 0;
        if (old == NULL || old->refs > 1 || needs > old->capacity || old->capacity > BLOCK_LARGE)
                block = block_new(block_capacity(needs));
        if (block == NULL)
                return DARQ_E_NO_MEMORY;
        if (left != 0)
                memmove(block->data, old->data + self->parsed, left);
        if (block != old)
                darq_block_unref(old);
        block->size = left;
        self->input = block;
        self->parsed = 0;
        return 0;
}

/* How much to read behind what is there: up to a frame's end, if large ones go on as they began, so that none has to be moved. */
static size_t input_best(const struct darq_connection *self)
{
        const struct darq_block *block = self->input;
        size_t room = block->capacity - block->size;
        size_t left = block->size - self->parsed;
        size_t frame = left != 0 ? frame_needs(self) : self->last_size;
        size_t rest = left != 0 ? frame - left : frame;

        if (frame < LARGE_SIZE || frame > block->capacity)
                return room;
        return darq_frame_best(room, frame, rest);
}

static int await(const struct darq_connection *self, uint64_t wait_ns, short events)
{
        struct pollfd poll_fd = {.fd = self->fd, .events = events};
        struct timespec wait = {.tv_sec = (time_t)(wait_ns / (1000 * DARQ_NS_PER_MS)),
                                .tv_nsec = (long)(wait_ns % (1000 * DARQ_NS_PER_MS))};

        if (ppoll(&poll_fd, 1, &wait, NULL) <= 0)
                return 0;
        return poll_fd.revents;
}

void darq_connection_await_room(const struct darq_connection *self, uint64_t wait_ns)
{
        await(self, wait_ns, POLLOUT);
}

int darq_connection_read(struct darq_connection *self, uint64_t wait_ns)
{
        bool patient = wait_ns >= patience_ns && self->unsent_bytes == 0;
        short events = self->unsent_bytes != 0 ? POLLIN | POLLOUT : POLLIN;
        struct darq_block *block;
        ssize_t size;
        int r;

        if (!patient && wait_ns != 0 && (await(self, wait_ns, events) & ~POLLOUT) == 0)
                return 0;
        r = input_reserve(self);
        if (r != 0)
                return r;
        block = self->input;
        size = recv(self->fd, block->data + block->size, input_best(self),
                    patient ? 0 : MSG_DONTWAIT);
        self->burst = size >= BURST_SIZE;
        if (size > 0)
                block->size += (size_t)size;
        else if (size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
                return DARQ_E_LINK_LOST;
        return 0;
}

int darq_connection_next(struct darq_connection *self, struct darq_incoming *frame)
{
        struct darq_block *block = self->input;
        size_t left = block != NULL ? block->size - self->parsed : 0;

        if (left == 0)
                return 0;
        frame->block = block;
        frame->data = block->data + self->parsed;
        switch (darq_frame_header_get(frame->data, left, DARQ_FRAME_FROM_KERNEL, &frame->header)) {
        case DARQ_FRAME_SHORT:
                return 0;
        case DARQ_FRAME_OK:
                break;
        default:
                return DARQ_E_LINK_LOST;
        }
        if (frame->header.size > self->frame_max)
                return DARQ_E_LINK_LOST;
        if (frame->header.size > left)
                return 0;
        self->parsed += frame->header.size;
        self->last_size = frame->header.size;
        return 1;
}
