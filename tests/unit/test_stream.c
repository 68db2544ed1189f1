/* SPDX-License-Identifier: MIT */
/*
 * Streams of calls, both sides: items and bytes, credit, ends of every kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fake_kernel.h"

enum { PORT = 0x7fff0001, INTERFACE = 77, WINDOW = 65536 };

/* An interface of two methods, as darqidl would make it: list() -> stream (u32 size, bytes), upload(stream bytes). */

struct blob {
        uint32_t size; /* that many bytes of 'b' follow */
};

static void pack_blob(struct darq_writer *writer, const void *value)
{
        const struct blob *blob = value;
        size_t list = darq_put_begin(writer);
        uint8_t *at;

        darq_put_u32(writer, blob->size);
        at = darq_put_run(writer, 1, blob->size);
        if (at != NULL)
                memset(at, 'b', blob->size);
        darq_put_end(writer, list);
}

static const void *unpack_blob(struct darq_reader *reader)
{
        struct darq_scope list = darq_get_begin(reader);
        struct blob *blob = darq_reader_alloc(reader, 1, sizeof *blob);

        if (blob == NULL)
                return NULL;
        blob->size = darq_get_u32(reader);
        darq_get_run(reader, 1, blob->size);
        darq_get_end_list(reader, &list);
        return blob;
}

struct server {
        struct fake_kernel *fake;
        struct darq_proxy proxy;
        struct darq_call *kept;
        size_t pushed;
        size_t read;
        bool views; /* reads by darq_stream_view(), and looks at every byte */
        int ready;
        int result;
};

static void serve_list(const void *ops, void *self, struct darq_call *call, const void *request);
static void serve_upload(const void *ops, void *self, struct darq_call *call, const void *request);

static const struct darq_items blobs = {pack_blob, unpack_blob};
static const struct darq_items plain;
static const struct darq_method methods[] = {
        {.ordinal = 1,
         .name = "list",
         .pack_request = darq_pack_empty,
         .unpack_request = darq_unpack_empty,
         .pack_reply = darq_pack_empty,
         .unpack_reply = darq_unpack_empty,
         .download = &blobs,
         .serve = serve_list},
        {.ordinal = 2,
         .name = "upload",
         .pack_request = darq_pack_empty,
         .unpack_request = darq_unpack_empty,
         .pack_reply = pack_blob,
         .unpack_reply = unpack_blob,
         .upload = &plain,
         .serve = serve_upload},
};
static const struct darq_interface interface = {
        .id = INTERFACE, .name = "test.Streams", .methods = methods, .method_count = 2};

static int setup(void **state)
{
        struct server *server = calloc(1, sizeof *server);

        server->fake = fake_open(0);
        *state = server;
        return 0;
}

static int teardown(void **state)
{
        struct server *server = *state;

        fake_close(server->fake);
        free(server);
        return 0;
}

static void say_credit(struct fake_kernel *fake, uint64_t source, uint64_t call, uint64_t limit)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        struct darq_frame_header header = {.type = DARQ_FRAME_CREDIT,
                                           .extended = true,
                                           .call = call,
                                           .size = DARQ_FRAME_CALL_HEADER_SIZE +
                                                   DARQ_FRAME_CREDIT_SIZE};
        struct darq_frame_credit credit = {
                .source = source, .destination = FAKE_OWN_PORT, .limit = limit};

        darq_frame_header_put(frame, &header);
        darq_frame_credit_put(frame + DARQ_FRAME_CALL_HEADER_SIZE, &credit);
        fake_say(fake, frame, header.size);
}

static struct darq_stream *open_stream(struct server *server, const struct darq_method *method)
{
        struct darq_stream *stream;

        assert_int_equal(darq_proxy_at(&server->proxy, server->fake->session, FAKE_PEER), 0);
        assert_int_equal(darq_proxy_open(&server->proxy, &interface, method, NULL, &stream), 0);
        assert_int_equal(fake_take(server->fake, DARQ_FRAME_MESSAGE_IN).header.timeout_ms, 0);
        return stream;
}

static void say_reply(struct server *server, const struct darq_method *method, uint32_t size)
{
        struct blob blob = {size};

        fake_reply(server->fake, 1,
                   fake_payload(server->fake, INTERFACE, method->ordinal, 0, method->pack_reply,
                                &blob));
}

static void test_items_whatever_the_chunks(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[0]);
        struct darq_writer items;
        const void *item;
        size_t at = 0;

        darq_writer_init(&items, NULL, 0);
        for (uint32_t i = 1; i <= 3;
             i++) { /* each begins its alignment anew: pack alone, then append */
                struct darq_writer one;

                darq_writer_init(&one, NULL, 0);
                pack_blob(&one, &(struct blob){i * 3000});
                memcpy(darq_put_run(&items, 1, one.size), one.data, one.size);
                darq_writer_deinit(&one);
        }
        while (at < items.size) {
                size_t part = items.size - at < 1777 ? items.size - at : 1777;

                fake_chunk(server->fake, FAKE_PEER, 1, at, items.data + at, part,
                           at + part == items.size);
                at += part;
        }
        say_reply(server, &methods[0], 0);
        for (uint32_t i = 1; i <= 3; i++) {
                assert_int_equal(darq_stream_next(stream, &methods[0], &item), 0);
                assert_int_equal(((const struct blob *)item)->size, i * 3000);
        }
        assert_int_equal(darq_stream_next(stream, &methods[0], &item), 0);
        assert_null(item);
        darq_stream_close(stream);
        darq_writer_deinit(&items);
        fake_take(server->fake, DARQ_FRAME_CREDIT);
}

static void test_failure_in_the_midst(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[0]);
        struct darq_bytes item_bytes;
        const void *item;

        item_bytes = fake_payload(server->fake, 0, 0, 0, pack_blob, &(struct blob){5});
        fake_chunk(server->fake, FAKE_PEER, 1, 0, item_bytes.data + 16, item_bytes.size - 16,
                   false);
        fake_reply(server->fake, 1,
                   fake_payload(server->fake, INTERFACE, 1, 4, fake_pack_text, "no more"));
        assert_int_equal(darq_stream_next(stream, &methods[0], &item), 0);
        assert_int_equal(((const struct blob *)item)->size, 5);
        assert_int_equal(darq_stream_next(stream, &methods[0], &item), 4);
        assert_non_null(strstr(darq_session_error(server->fake->session), "no more"));
        darq_stream_close(stream);
}

static void test_peer_dies_in_the_midst(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[0]);
        const void *item;

        fake_chunk(server->fake, FAKE_PEER, 1, 0, "\x10\0\0", 3, false);
        fake_undeliverable(server->fake, 1, FAKE_PEER, DARQ_FRAME_PEER_DIED, "");
        assert_int_equal(darq_stream_next(stream, &methods[0], &item), DARQ_E_PEER_DIED);
        darq_stream_close(stream);
}

static void test_closing_cancels(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[0]);

        darq_stream_close(stream);
        assert_int_equal(fake_take(server->fake, DARQ_FRAME_CANCEL).header.call, 1);
}

static void test_broken_items(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[0]);
        const void *item;

        fake_chunk(server->fake, FAKE_PEER, 1, 0, "\xff\xff\xff\xff", 4, false);
        assert_int_equal(darq_stream_next(stream, &methods[0], &item), DARQ_E_STREAM_BROKEN);
        darq_stream_close(stream);
}

static size_t take_chunks(struct server *server, uint64_t destination, bool *fin)
{
        size_t size = 0;

        for (*fin = false; !*fin && size < WINDOW;) {
                struct darq_frame_chunk chunk =
                        darq_frame_chunk_get(fake_take(server->fake, DARQ_FRAME_CHUNK_IN).body);

                assert_int_equal(chunk.destination, destination);
                assert_true(chunk.payload_size <= DARQ_FRAME_CHUNK_MAX);
                size += chunk.payload_size;
                *fin = (chunk.flags & DARQ_FRAME_FIN) != 0;
        }
        return size;
}

static void on_ready(void *context, struct darq_stream *stream)
{
        struct server *server = context;

        (void)stream;
        server->ready++;
}

static void test_writing_stays_within_credit(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[1]);
        uint8_t *data = calloc(1, 100000);
        const void *reply;
        size_t taken;
        bool fin;

        darq_stream_on_ready(stream, on_ready, server);
        assert_int_equal(darq_stream_write(stream, data, 100000, &taken), 0);
        assert_int_equal(taken, WINDOW);
        assert_int_equal(take_chunks(server, FAKE_PEER, &fin), WINDOW);
        assert_int_equal(darq_stream_write(stream, data, 100000 - WINDOW, &taken), DARQ_E_AGAIN);
        say_credit(server->fake, FAKE_PEER, 1, 200000);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->ready, 1);
        assert_int_equal(darq_stream_write(stream, data, 100000 - WINDOW, &taken), 0);
        assert_int_equal(taken, 100000 - WINDOW);
        darq_stream_on_ready(stream, NULL, NULL);
        say_reply(server, &methods[1], 9);
        assert_int_equal(darq_stream_finish(stream, &methods[1], &reply), 0);
        assert_int_equal(((const struct blob *)reply)->size, 9);
        assert_int_equal(take_chunks(server, FAKE_PEER, &fin), 100000 - WINDOW);
        assert_true(fin);
        darq_reply_free(reply);
        darq_stream_close(stream);
        free(data);
}

static void test_answer_before_the_end_of_an_upload(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[1]);
        uint8_t *data = calloc(1, 100000);
        size_t taken;

        say_reply(server, &methods[1], 1);
        assert_int_equal(darq_stream_write(stream, data, 100000, &taken), DARQ_E_ENDED);
        assert_int_equal(taken, WINDOW);
        assert_int_equal(darq_stream_finish(stream, &methods[1], NULL), 0);
        darq_stream_close(stream);
        free(data);
}

/* Serving */

static void serve(struct server *server)
{
        fake_opened(server->fake, 2, DARQ_FRAME_OPENED, PORT);
        assert_int_equal(
                darq_proxy_serve(&server->proxy, server->fake->session, &interface, NULL, server),
                0);
        fake_take(server->fake, DARQ_FRAME_OPEN_PORT);
}

static void request(struct server *server, uint32_t ordinal)
{
        fake_request(server->fake, PORT,
                     fake_payload(server->fake, INTERFACE, ordinal, 0, darq_pack_empty, NULL));
}

static void push_on(struct server *server)
{
        int r = 0;

        while (r == 0 && server->pushed < 4) {
                r = darq_call_push(server->kept, &methods[0], &(struct blob){30000});
                if (r == 0)
                        server->pushed++;
        }
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                darq_call_reply(server->kept, &methods[0], NULL);
        server->result = r;
        darq_call_release(server->kept);
        server->kept = NULL;
}

static void on_list_ready(void *context, struct darq_stream *stream)
{
        (void)stream;
        push_on(context);
}

static void serve_list(const void *ops, void *self, struct darq_call *call, const void *nothing)
{
        struct server *server = self;

        (void)ops;
        (void)nothing;
        server->kept = darq_call_keep(call);
        darq_stream_on_ready(darq_call_stream(call), on_list_ready, server);
        push_on(server);
}

static void test_pushing_goes_on_with_credit(void **state)
{
        struct server *server = *state;
        bool fin;

        serve(server);
        request(server, 1);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->pushed, 3); /* the third beyond credit, in part */
        assert_int_equal(take_chunks(server, FAKE_SLOT, &fin), WINDOW);
        fake_expect_silence(server->fake);
        say_credit(server->fake, FAKE_SLOT, 1234, 100000);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->pushed, 4);
        assert_null(server->kept); /* answered and released, but the answer waits for the rest */
        while (darq_frame_chunk_get(fake_take(server->fake, DARQ_FRAME_CHUNK_IN).body).offset <
               90024)
                ;
        fake_expect_silence(server->fake);
        say_credit(server->fake, FAKE_SLOT, 1234, 200000);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        fake_take(server->fake, DARQ_FRAME_CHUNK_IN);
        assert_int_equal(
                darq_frame_chunk_get(fake_take(server->fake, DARQ_FRAME_CHUNK_IN).body).flags,
                DARQ_FRAME_FIN);
        assert_int_equal(fake_take(server->fake, DARQ_FRAME_MESSAGE_IN).message.destination,
                         FAKE_SLOT);
        fake_expect_silence(server->fake);
}

static void test_cancel_ends_what_waits_for_credit(void **state)
{
        struct server *server = *state;
        bool fin;

        serve(server);
        request(server, 1);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        take_chunks(server, FAKE_SLOT, &fin);
        fake_cancel(server->fake, FAKE_SLOT);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->result, DARQ_E_ENDED);
        assert_null(server->kept);
        fake_expect_silence(server->fake);
}

static uint8_t byte_at(size_t at)
{
        return (uint8_t)(at % 251);
}

static size_t upload_view(struct server *server, struct darq_stream *stream)
{
        const void *data;
        size_t size;

        server->result = darq_stream_view(stream, &data, &size);
        for (size_t i = 0; i < size; i++)
                assert_int_equal(((const uint8_t *)data)[i], byte_at(server->read + i));
        assert_int_equal(data == NULL, size == 0);
        return size;
}

static size_t upload_read(struct server *server, struct darq_stream *stream)
{
        uint8_t bytes[700];
        size_t size;

        server->result = darq_stream_read(stream, bytes, sizeof bytes, &size);
        return size;
}

static void serve_upload(const void *ops, void *self, struct darq_call *call, const void *nothing)
{
        struct darq_stream *stream = darq_call_stream(call);
        struct server *server = self;
        size_t size;

        (void)ops;
        (void)nothing;
        do {
                size = server->views ? upload_view(server, stream) : upload_read(server, stream);
                server->read += size;
        } while (server->result == 0 && size != 0);
        darq_call_reply(call, &methods[1], &(struct blob){(uint32_t)server->read});
}

static void test_reading_an_upload(void **state)
{
        struct server *server = *state;
        uint8_t *data = calloc(1, 10000);

        serve(server);
        request(server, 2);
        fake_chunk(server->fake, FAKE_SLOT, 1234, 0, data, 10000, false);
        fake_chunk(server->fake, FAKE_SLOT, 1234, 10000, data, 5, true);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->result, 0);
        assert_int_equal(server->read, 10005);
        free(data);
}

/* Large chunks stand in what was read, small ones together in a copy. */
static void test_viewing_an_upload(void **state)
{
        static const size_t sizes[] = {10000, 5, 7, 30000, 2049, 2048, 1};
        struct server *server = *state;
        uint8_t data[60000];
        size_t at = 0;

        for (size_t i = 0; i < sizeof data; i++)
                data[i] = byte_at(i);
        serve(server);
        server->views = true;
        request(server, 2);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; at += sizes[i++])
                fake_chunk(server->fake, FAKE_SLOT, 1234, at, data + at, sizes[i],
                           i + 1 == sizeof sizes / sizeof *sizes);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->result, 0);
        assert_int_equal(server->read, at);
}

/* The request and its first chunks were put off by a call; the rest comes while the handler reads. */
static void test_chunks_that_were_put_off(void **state)
{
        struct server *server = *state;
        struct darq_outgoing out = {.destination = FAKE_PEER};

        serve(server);
        request(server, 2);
        fake_chunk(server->fake, FAKE_SLOT, 1234, 0, "abc", 3, false);
        fake_reply(server->fake, 1, darq_bytes_of("x", 1));
        assert_int_equal(darq_message_call(server->fake->session, &out, 0, NULL), 0);
        assert_int_equal(server->read, 0);
        fake_chunk(server->fake, FAKE_SLOT, 1234, 3, "def", 3, true);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->read, 6);
}

/* What follows a Cancel finds its call gone; it isn't put off again, and again. */
static void test_what_was_put_off_behind_a_cancel_is_for_nobody(void **state)
{
        struct server *server = *state;
        struct darq_outgoing out = {.destination = FAKE_PEER};

        serve(server);
        server->result = 1;
        request(server, 2);
        fake_cancel(server->fake, FAKE_SLOT);
        fake_chunk(server->fake, FAKE_SLOT, 1234, 0, "abc", 3, false);
        fake_cancel(server->fake, FAKE_SLOT);
        fake_reply(server->fake, 1, darq_bytes_of("x", 1));
        assert_int_equal(darq_message_call(server->fake->session, &out, 0, NULL), 0);
        alarm(60);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        alarm(0);
        assert_int_equal(server->result, 1); /* no handler for a call that is over */
}

static void test_cancel_ends_a_reading_handler(void **state)
{
        struct server *server = *state;

        serve(server);
        request(server, 2);
        fake_chunk(server->fake, FAKE_SLOT, 1234, 0, "abc", 3, false);
        fake_cancel(server->fake, FAKE_SLOT);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->result, DARQ_E_ENDED);
}

/* Nor does asking for one take away the item. */
static void test_a_stream_of_items_has_no_view(void **state)
{
        struct server *server = *state;
        struct darq_stream *stream = open_stream(server, &methods[0]);
        struct darq_writer one;
        const void *item, *data;
        size_t size;

        darq_writer_init(&one, NULL, 0);
        pack_blob(&one, &(struct blob){3000});
        fake_chunk(server->fake, FAKE_PEER, 1, 0, one.data, one.size, true);
        say_reply(server, &methods[0], 0);
        darq_writer_deinit(&one);
        assert_int_equal(darq_stream_next(stream, &methods[0], &item), 0);
        assert_int_equal(darq_stream_view(stream, &data, &size), DARQ_E_INVALID);
        assert_null(data);
        assert_int_equal(size, 0);
        assert_int_equal(((const struct blob *)item)->size, 3000);
        darq_stream_close(stream);
        fake_take(server->fake, DARQ_FRAME_CREDIT);
}

static void test_cancel_ends_a_viewing_handler(void **state)
{
        struct server *server = *state;

        serve(server);
        server->views = true;
        request(server, 2);
        fake_cancel(server->fake, FAKE_SLOT);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
        assert_int_equal(server->result, DARQ_E_ENDED);
        assert_int_equal(server->read, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_items_whatever_the_chunks),
                CASE(test_failure_in_the_midst),
                CASE(test_peer_dies_in_the_midst),
                CASE(test_closing_cancels),
                CASE(test_broken_items),
                CASE(test_writing_stays_within_credit),
                CASE(test_answer_before_the_end_of_an_upload),
                CASE(test_pushing_goes_on_with_credit),
                CASE(test_cancel_ends_what_waits_for_credit),
                CASE(test_reading_an_upload),
                CASE(test_viewing_an_upload),
                CASE(test_cancel_ends_a_viewing_handler),
                CASE(test_a_stream_of_items_has_no_view),
                CASE(test_chunks_that_were_put_off),
                CASE(test_cancel_ends_a_reading_handler),
                CASE(test_what_was_put_off_behind_a_cancel_is_for_nobody),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
