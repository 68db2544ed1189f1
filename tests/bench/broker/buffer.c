/* SPDX-License-Identifier: MIT */
/*
 * Buffers of the relay and of our raw frames. Each byte is copied once, and moved only when at least as much before it has been
 * taken: what waits costs nothing, however long it is.
 */
#include "tests/bench/broker/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/bench/broker/load.h"

enum { READ_BYTES = 256 << 10 };

size_t buffer_size(const struct buffer *self)
{
        return self->end - self->begin;
}

uint8_t *buffer_room(struct buffer *self, size_t size)
{
        size_t waiting = buffer_size(self);

        if (waiting == 0)
                self->begin = self->end = 0;
        if (self->capacity - self->end >= size)
                return self->data + self->end;
        if (self->begin < waiting || self->capacity - waiting < size) {
                self->capacity = (self->end + size) * 2;
                self->data = realloc(self->data, self->capacity);
                if (self->data == NULL)
                        load_fail("memory");
        } else {
                memmove(self->data, self->data + self->begin, waiting);
                self->begin = 0;
                self->end = waiting;
        }
        return self->data + self->end;
}

void buffer_put(struct buffer *self, const void *data, size_t size)
{
        memcpy(buffer_room(self, size), data, size);
        self->end += size;
}

bool buffer_write(struct buffer *self, int fd, int flags)
{
        while (self->begin < self->end) {
                ssize_t size =
                        send(fd, self->data + self->begin, buffer_size(self), flags | MSG_NOSIGNAL);

                if (size < 0 && errno == EINTR)
                        continue;
                if (size < 0)
                        return false;
                self->begin += (size_t)size;
        }
        return true;
}

bool buffer_read(struct buffer *self, int fd, int flags)
{
        ssize_t size = recv(fd, buffer_room(self, READ_BYTES), READ_BYTES, flags);

        if (size > 0)
                self->end += (size_t)size;
        return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}
