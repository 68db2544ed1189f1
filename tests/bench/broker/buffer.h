/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BUFFER_H
#define BENCH_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that came and were not taken, or are to go: from begin to end. Zeros are an empty one. Without memory the program ends. */
struct buffer {
        uint8_t *data;
        size_t begin, end, capacity;
};

/** Room for size bytes behind the end; what is there may be moved. */
uint8_t *buffer_room(struct buffer *self, size_t size);

void buffer_put(struct buffer *self, const void *data, size_t size);

size_t buffer_size(const struct buffer *self);

/** Whether all of it was taken; otherwise errno says why not. */
bool buffer_write(struct buffer *self, int fd, int flags);

/** One read. False at the end. */
bool buffer_read(struct buffer *self, int fd, int flags);

#endif
