/* SPDX-License-Identifier: MIT */
/*
 * Where in a message decoding has stopped: what a caller, a service and the two ends of a stream are told of it.
 */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "places.darq.h"

#include "libdarqwire/fault.h"
#include "libdarqwire/rpc.h"

enum { PORT = 0x7fff0001 };

static const struct darq_string tags[] = {DARQ_STR_INIT("a"), DARQ_STR_INIT("b"),
                                          DARQ_STR_INIT("c"), DARQ_STR_INIT("dddd")};
static const struct places_meta metas[] = {{.tags = {tags, 1}}, {.tags = {tags, 4}}};
static const struct places_meta meta = {.more = {metas, 2}};
static const struct places_value value = {.which = PLACES_VALUE_META, .meta = &meta};

/* The d's aren't UTF-8 any more. */
static const char broken[] =
        "value.meta.more[1].tags[3]: a string is not UTF-8 that ends in its only NUL, at byte ";

static int setup(void **state)
{
        *state = fake_open(0);
        return 0;
}

static int teardown(void **state)
{
        fake_close(*state);
        return 0;
}

static void damage(const void *data, size_t size)
{
        uint8_t *at = memmem(data, size, "dddd", 4);

        assert_non_null(at);
        *at = 0xff;
}

static void assert_has(const char *text, const char *part)
{
        if (strstr(text, part) == NULL)
                fail_msg("\"%s\" doesn't say \"%s\"", text, part);
}

/* What keep() sends and answers, packed by what darqidl has made of it. */
static struct darq_bytes payload(struct fake_kernel *fake, darq_pack *pack, const void *body)
{
        return fake_payload(fake, places_interface.id, 1, 0, pack, body);
}

static void test_a_reply_that_cant_be_read(void **state)
{
        struct fake_kernel *fake = *state;
        struct places_keep_request request = {.value = {.which = PLACES_VALUE_NUMBER}};
        struct places_keep_reply reply = {.value = value};
        struct darq_bytes bytes = payload(fake, places_interface.methods[0].pack_reply, &reply);
        struct places places;

        assert_int_equal(darq_proxy_at(&places.proxy, fake->session, FAKE_PEER), 0);
        damage(bytes.data, bytes.size);
        fake_reply(fake, 1, bytes);
        assert_int_equal(places_keep(&places, &request, NULL), DARQ_E_BAD_REPLY);
        assert_has(darq_session_error(fake->session), "places.Places.keep on port");
        assert_has(darq_session_error(fake->session), broken);
        assert_has(darq_session_error(fake->session), "; it may have been executed");
}

/* An item, packed as one end sends it, with its d's damaged. */
static struct darq_bytes item_bytes(struct fake_kernel *fake, darq_pack *pack, const void *item)
{
        struct darq_bytes bytes = payload(fake, pack, item);

        damage(bytes.data, bytes.size);
        return darq_bytes_of(bytes.data + DARQ_RPC_HEADER_SIZE, bytes.size - DARQ_RPC_HEADER_SIZE);
}

static void test_an_item_of_a_result_that_cant_be_read(void **state)
{
        struct fake_kernel *fake = *state;
        struct places_list_item item = {.value = value};
        const struct places_list_item *got;
        struct darq_stream *stream;
        struct darq_bytes bytes;
        struct places places;

        assert_int_equal(darq_proxy_at(&places.proxy, fake->session, FAKE_PEER), 0);
        assert_int_equal(places_list(&places, NULL, &stream), 0);
        bytes = item_bytes(fake, places_interface.methods[1].download->pack, &item);
        fake_chunk(fake, FAKE_PEER, 1, 0, bytes.data, bytes.size, false);
        assert_int_equal(places_list_next(stream, &got), DARQ_E_STREAM_BROKEN);
        assert_has(darq_session_error(fake->session), broken);
        darq_stream_close(stream);
}

/* Serving */

static void serve_load(void *self, struct darq_call *call,
                       const struct places_load_request *request)
{
        const struct places_load_part *part;

        (void)request;
        *(int *)self = places_take_load(call, &part);
}

static const struct places_ops ops = {.load = serve_load};

static struct places serve(struct fake_kernel *fake, int *result)
{
        struct places places;

        fake_opened(fake, 2, DARQ_FRAME_OPENED, PORT);
        assert_int_equal(places_ops_serve(&ops, result, fake->session, &places), 0);
        fake_take(fake, DARQ_FRAME_OPEN_PORT);
        return places;
}

static void test_an_item_of_an_upload_that_cant_be_read(void **state)
{
        struct fake_kernel *fake = *state;
        struct places_load_part part = {.value = value};
        struct darq_bytes bytes;
        int result = 0;

        serve(fake, &result);
        fake_request(fake, PORT,
                     fake_payload(fake, places_interface.id, 3, 0, darq_pack_empty, NULL));
        bytes = item_bytes(fake, places_interface.methods[2].upload->pack, &part);
        fake_chunk(fake, FAKE_SLOT, 1234, 0, bytes.data, bytes.size, true);
        assert_int_equal(darq_session_poll(fake->session, 0), 0);
        assert_int_equal(result, DARQ_E_STREAM_BROKEN);
        assert_has(darq_session_error(fake->session), broken);
}

static void test_a_request_that_cant_be_read(void **state)
{
        struct fake_kernel *fake = *state;
        struct places_keep_request request = {.at = 7, .value = value};
        struct darq_bytes bytes = payload(fake, places_interface.methods[0].pack_request, &request);
        struct darq_reader reader;
        struct fake_frame frame;
        struct darq_string detail;

        serve(fake, NULL);
        damage(bytes.data, bytes.size);
        fake_request(fake, PORT, bytes);
        assert_int_equal(darq_session_poll(fake->session, 0), 0);
        frame = fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        assert_int_equal(darq_load_i32(frame.payload + 12), DARQ_E_BAD_REQUEST);
        darq_reader_init(&reader, frame.payload + DARQ_RPC_HEADER_SIZE,
                         frame.message.payload_size - DARQ_RPC_HEADER_SIZE, NULL);
        detail = darq_get_string(&reader, SIZE_MAX);
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_has(detail.data, broken);
        assert_has(detail.data, " of places.Places.keep");
}

/* What stands in for a path */

static void told(const struct darq_interface *interface, struct darq_bytes body,
                 const char *expected)
{
        const struct darq_method *method = &places_interface.methods[0];
        struct darq_reader reader;
        struct darq_fault fault = {interface, method, DARQ_PART_REQUEST, &reader, body.size};
        char text[DARQ_FAULT_TEXT];

        darq_reader_init(&reader, body.data, body.size, NULL);
        darq_get_u32(&reader);
        darq_reader_fail(&reader, "because");
        darq_fault_tell(&fault, text, sizeof text);
        assert_string_equal(text, expected);
}

static void test_without_a_path_the_reader_is_believed(void **state)
{
        static const uint8_t fine[] = {16, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0};
        static const uint8_t bad_schema[] = {1, 2, 3};
        const struct darq_bytes body = {fine, sizeof fine};
        struct darq_interface other = places_interface;

        (void)state;
        told(&places_interface, body, "because, at byte 4"); /* the schema finds nothing */
        other.schema = NULL;
        told(&other, body, "because, at byte 4");
        other.schema = bad_schema;
        other.schema_size = sizeof bad_schema;
        told(&other, body, "because, at byte 4");
        other = places_interface;
        other.id++;
        told(&other, body, "because, at byte 4");
        told(&places_interface, (struct darq_bytes){fine, 3}, "the message ends early, at byte 0");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_a_reply_that_cant_be_read),
                CASE(test_a_request_that_cant_be_read),
                CASE(test_an_item_of_a_result_that_cant_be_read),
                CASE(test_an_item_of_an_upload_that_cant_be_read),
                cmocka_unit_test(test_without_a_path_the_reader_is_believed),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
