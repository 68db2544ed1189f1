/* SPDX-License-Identifier: MIT */
/*
 * How a connection of the library's reads: what it takes from its socket at once, and where that ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/connection.h"
#include "libdarqwire/socket.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME = 70000, FRAMES = 4, SMALL = 100 };

struct fixture {
        struct darq_connection connection;
        int other; /* the p-kernel's end */
        uint8_t frames[FRAME * FRAMES];
};

static int setup(void **state)
{
        struct fixture *self = calloc(1, sizeof *self);
        int ends[2];

        *state = self;
        if (self == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
                return -1;
        darq_connection_init(&self->connection);
        darq_connection_open(&self->connection, ends[0]);
        self->connection.frame_max = 1 << 20;
        self->other = ends[1];
        darq_socket_tune(self->other);
        return 0;
}

static int teardown(void **state)
{
        struct fixture *self = *state;

        darq_connection_close(&self->connection);
        close(self->other);
        free(self);
        return 0;
}

/* Frames of that size, one behind the other; says as many bytes of them. */
static void say(struct fixture *self, size_t frame, size_t from, size_t size)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE, .size = (uint32_t)frame};

        for (size_t at = 0; at + frame <= sizeof self->frames; at += frame)
                darq_frame_header_put(self->frames + at, &header);
        assert_int_equal(send(self->other, self->frames + from, size, MSG_DONTWAIT), size);
}

/* Reads once: how many whole frames there are. */
static unsigned int hear(struct fixture *self)
{
        struct darq_incoming frame;
        unsigned int count = 0;

        assert_int_equal(darq_connection_read(&self->connection, 0), 0);
        while (darq_connection_next(&self->connection, &frame) == 1)
                count++;
        return count;
}

static size_t left(const struct fixture *self)
{
        return self->connection.input->size - self->connection.parsed;
}

static size_t unread(const struct fixture *self)
{
        int size = 0;

        assert_int_equal(ioctl(self->connection.fd, FIONREAD, &size), 0);
        return (size_t)size;
}

static void test_a_read_ends_with_a_large_frame(void **state)
{
        struct fixture *self = *state;

        say(self, FRAME, 0, 1000);
        assert_int_equal(hear(self), 0);
        assert_int_equal(left(self), 1000);
        say(self, FRAME, 1000, FRAME * 3 + 10 - 1000);
        assert_int_equal(hear(self), 3);
        assert_int_equal(left(self), 0);
        assert_int_equal(unread(self), 10);
}

/* The block is held, and goes on; what is left of it is less than a frame as large as the last ones. */
static void test_a_read_goes_on_where_no_large_frame_has_room(void **state)
{
        struct fixture *self = *state;
        struct darq_block *held;

        say(self, FRAME, 0, 1000);
        assert_int_equal(hear(self), 0);
        say(self, FRAME, 1000, FRAME * 3 - 1000);
        assert_int_equal(hear(self), 3);
        held = darq_block_ref(self->connection.input);
        say(self, SMALL, 0, SMALL);
        assert_int_equal(hear(self), 1);
        assert_ptr_equal(self->connection.input, held);
        darq_block_unref(held);
}

static void test_small_frames_are_read_as_they_come(void **state)
{
        struct fixture *self = *state;

        say(self, SMALL, 0, SMALL * 4 + 10);
        assert_int_equal(hear(self), 4);
        assert_int_equal(left(self), 10);
        assert_int_equal(unread(self), 0);
}

/* Of a large frame, and as large a block, as much is read as there is room for. */
static void test_a_frame_as_large_as_a_block_goes_on(void **state)
{
        struct fixture *self = *state;
        size_t size = sizeof self->frames;

        say(self, size, 0, 1000);
        assert_int_equal(hear(self), 0);
        say(self, size, 1000, 200000);
        assert_int_equal(hear(self), 0);
        assert_int_equal(left(self), 201000);
        say(self, size, 201000, size - 201000);
        assert_int_equal(hear(self), 1);
        assert_int_equal(left(self), 0);
        say(self, SMALL, 0, SMALL);
        assert_int_equal(hear(self), 1);
}

static void test_what_is_read_begins_in_the_middle_of_a_page(void **state)
{
        struct fixture *self = *state;

        say(self, SMALL, 0, SMALL);
        assert_int_equal(hear(self), 1);
        assert_int_equal((uintptr_t)self->connection.input->data % 4096, 2048);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_a_read_ends_with_a_large_frame),
                CASE(test_a_read_goes_on_where_no_large_frame_has_room),
                CASE(test_small_frames_are_read_as_they_come),
                CASE(test_a_frame_as_large_as_a_block_goes_on),
                CASE(test_what_is_read_begins_in_the_middle_of_a_page),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
