/* SPDX-License-Identifier: MIT */
/*
 * Generated pack and unpack of every kind of value: what was packed unpacks to the same value and packs to the same
 * bytes again, older and newer senders are understood, and no damaged message does harm (the sanitizers watch).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <darq/darq.h>

#include "darq/schema.darq.h"
#include "tests/golden/c/every.darq.h"

static const struct darq_method *method_named(const char *name)
{
        for (size_t i = 0; i < every_thing_interface.method_count; i++)
                if (strcmp(every_thing_interface.methods[i].name, name) == 0)
                        return &every_thing_interface.methods[i];
        fail_msg("no method %s", name);
        return NULL;
}

/* One message: its bytes, and what it unpacked to. */
struct message {
        struct darq_writer writer;
        struct darq_arena *arena;
        struct darq_reader reader;
        uint8_t *bytes;
};

static void message_free(struct message *self)
{
        darq_writer_deinit(&self->writer);
        darq_arena_free(self->arena);
        free(self->bytes);
}

/* A copy of exactly this size, so that the sanitizer sees any step beyond it. */
static const void *unpack(struct message *self, darq_unpack *function, const uint8_t *bytes,
                          size_t size)
{
        const void *value;

        self->bytes = malloc(size + 1);
        memcpy(self->bytes, bytes, size);
        self->arena = darq_arena_new(darq_arena_limit(size));
        self->bytes = realloc(self->bytes, size != 0 ? size : 1);
        darq_reader_init(&self->reader, self->bytes, size, self->arena);
        self->reader.ports = self->writer.ports;
        self->reader.port_count = self->writer.port_count;
        value = function(&self->reader);
        return darq_reader_finish(&self->reader) == 0 ? value : NULL;
}

static const struct every_thing_digest digest = {.algorithm = 3,
                                                 .sum = {1, 2, 3},
                                                 .a = 4,
                                                 .b = 5,
                                                 .c = true,
                                                 .d = 1.5,
                                                 .e = false,
                                                 .g = true};
static const struct every_thing_digest digests[2] = {{.algorithm = 1}, {.algorithm = 2, .g = true}};
static const struct every_thing_node leaves[2] = {{.value = 8}, {.value = 9}};
static const struct every_thing_node next = {.value = 7, .children = {leaves, 2}};
static const uint32_t numbers[3] = {1, 2, 3};
static const uint64_t triple[3] = {UINT64_MAX, 1, 2};
static const struct darq_string words[2] = {DARQ_STR_INIT("one"), DARQ_STR_INIT("two")};
static const enum every_thing_durability durabilities[2] = {EVERY_THING_DURABILITY_SYNCED,
                                                            EVERY_THING_DURABILITY_VOLATILE};
static const bool flags[3] = {true, false, true};
static const struct every_thing_revision revisions[2] = {{5}, {6}};
static const uint32_t sets[2] = {EVERY_THING_SET_FLAGS_CREATE, 0xff};
static const struct every_thing_watcher watchers[2] = {{{.port = 11}}, {{.port = 12}}};
static const struct darq_bytes blobs[2] = {{(const uint8_t *)"abc", 3}, {NULL, 0}};
static const double reals[2] = {0.5, -2};
static const struct every_thing_token tokens[1] = {{DARQ_STR_INIT("token")}};

static const struct every_thing_all_request full = {
        .opt = {.has_a = true,
                .has_b = true,
                .b = DARQ_STR_INIT("text"),
                .c = {(const uint8_t *)"xy", 2},
                .d = &digest,
                .e = {numbers, 3},
                .f = triple,
                .has_o = true,
                .o = EVERY_THING_ORDER_DESCENDING,
                .p = {.port = 99},
                .r = {77},
                .strings = words},
        .arrays = {.orders = {EVERY_THING_ORDER_ASCENDING, EVERY_THING_ORDER_DESCENDING},
                   .names = {DARQ_STR_INIT("a"), DARQ_STR_INIT("")},
                   .ds = {durabilities, 2},
                   .flags = {flags, 3},
                   .bs = {true, true, false},
                   .revs = {revisions, 2},
                   .digests = {digests, 2},
                   .sf = {sets, 2},
                   .watchers = {watchers, 2},
                   .blobs = {blobs, 2},
                   .fs = {reals, 2},
                   .tokens = {tokens, 1}},
        .keywords = {.class_ = 1,
                     .int_ = 2,
                     .default_ = DARQ_STR_INIT("d"),
                     .either = {.which = EVERY_THING_EITHER_RIGHT, .right = 2.5},
                     .value = {.which = EVERY_THING_VALUE_DIGEST, .digest = &digest}},
        .node = {.value = 1, .next = &next, .children = {leaves, 1}},
        .small = EVERY_THING_SMALL_A | EVERY_THING_SMALL_B,
        .huge = EVERY_THING_HUGE_TOP,
        .d = (enum every_thing_durability)200,
};

static void what_is_packed_unpacks_and_packs_to_the_same_bytes(void **state)
{
        const struct darq_method *method = method_named("all");
        const struct every_thing_all_request *got;
        struct message message = {.arena = NULL};
        struct darq_writer again;

        (void)state;
        darq_writer_init(&message.writer, NULL, 0);
        method->pack_request(&message.writer, &full);
        assert_int_equal(message.writer.error, 0);
        got = unpack(&message, method->unpack_request, message.writer.data, message.writer.size);
        if (got == NULL)
                fail_msg("%s at %zu", message.reader.reason, message.reader.offset);
        assert_true(got->opt.has_a && got->opt.a == 0 && got->opt.d->d == 1.5 &&
                    got->opt.f[0] == UINT64_MAX);
        assert_string_equal(got->opt.strings[1].data, "two");
        assert_int_equal(got->arrays.watchers.data[1].proxy.port, 12);
        assert_true(got->node.next->children.data[1].value == 9 &&
                    got->d == (enum every_thing_durability)200);
        assert_true(got->keywords.value.which == EVERY_THING_VALUE_DIGEST &&
                    got->keywords.value.digest->sum[2] == 3);
        darq_writer_init(&again, NULL, 0);
        method->pack_request(&again, got);
        assert_int_equal(again.error, 0);
        assert_int_equal(again.size, message.writer.size);
        assert_memory_equal(again.data, message.writer.data, again.size);
        darq_writer_deinit(&again);
        message_free(&message);
}

static void every_truncation_is_refused(void **state)
{
        const struct darq_method *method = method_named("all");
        struct darq_writer writer;

        (void)state;
        darq_writer_init(&writer, NULL, 0);
        method->pack_request(&writer, &full);
        for (size_t size = 0; size < writer.size; size++) {
                struct message cut = {.arena = NULL};

                memcpy(cut.writer.ports, writer.ports, sizeof writer.ports);
                cut.writer.port_count = writer.port_count;
                cut.writer.fixed = true;
                if (unpack(&cut, method->unpack_request, writer.data, size) != NULL)
                        fail_msg("%zu of %zu bytes are accepted", size, writer.size);
                darq_arena_free(cut.arena);
                free(cut.bytes);
        }
        darq_writer_deinit(&writer);
}

static void every_damaged_byte_gets_a_verdict(void **state)
{
        const struct darq_method *method = method_named("all");
        struct darq_writer writer;
        unsigned long accepted = 0;

        (void)state;
        darq_writer_init(&writer, NULL, 0);
        method->pack_request(&writer, &full);
        for (size_t i = 0; i < writer.size; i++) {
                uint8_t old = writer.data[i];

                for (unsigned int byte = 0; byte < 256; byte += 5) {
                        struct message damaged = {.arena = NULL};

                        writer.data[i] = (uint8_t)byte;
                        memcpy(damaged.writer.ports, writer.ports, sizeof writer.ports);
                        damaged.writer.port_count = writer.port_count;
                        accepted += unpack(&damaged, method->unpack_request, writer.data,
                                           writer.size) != NULL;
                        darq_arena_free(damaged.arena);
                        free(damaged.bytes);
                }
                writer.data[i] = old;
        }
        assert_true(accepted > 0);
        darq_writer_deinit(&writer);
}

static void a_default_is_filled_in_for_an_older_sender(void **state)
{
        const struct darq_method *method = method_named("set");
        struct every_thing_set_request request = {
                .key = DARQ_STR_INIT("k"),
                .value = {.which = EVERY_THING_VALUE_NUMBER, .number = -5},
                .has_flags = true};
        struct message message = {.arena = NULL};
        const struct every_thing_set_request *got;

        (void)state;
        darq_writer_init(&message.writer, NULL, 0);
        method->pack_request(&message.writer, &request);
        got = unpack(&message, method->unpack_request, message.writer.data, message.writer.size);
        assert_non_null(got);
        assert_true(got->has_flags && got->flags == 0 &&
                    got->order == EVERY_THING_ORDER_DESCENDING && got->n == 7);
        assert_string_equal(got->who.data, "nobody");
        assert_true(got->ratio == 0.25f && got->has_quiet && !got->quiet);
        darq_arena_free(message.arena);
        free(message.bytes);
        /* the list ends behind value: 4 + key 6 + padding 2 + value 16 */
        darq_store_u32(message.writer.data, 24);
        got = unpack(&message, method->unpack_request, message.writer.data, 28);
        assert_non_null(got);
        assert_true(got->has_flags &&
                    got->flags == (EVERY_THING_SET_FLAGS_CREATE | EVERY_THING_SET_FLAGS_REPLACE));
        assert_true(got->has_n && got->n == 7 && got->value.number == -5);
        message_free(&message);
}

static void what_breaks_the_schema_is_not_sent(void **state)
{
        static const struct every_thing_value unknown = {.which = (enum every_thing_value_which)55};
        static const struct every_thing_value none = {.which = EVERY_THING_VALUE_DIGEST};
        struct every_thing_metadata metadata = {.content_type = {NULL, 65}};
        struct every_thing_arrays arrays = {.orders = {(enum every_thing_order)9}};
        struct darq_writer writer;

        (void)state;
        darq_writer_init(&writer, NULL, 0);
        every_thing_value_pack(&writer, &unknown);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_reset(&writer);
        every_thing_value_pack(&writer, &none);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_reset(&writer);
        every_thing_metadata_pack(&writer, &metadata);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_reset(&writer);
        every_thing_arrays_pack(&writer, &arrays);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_deinit(&writer);
}

static void tables_and_unions_keep_what_they_do_not_know(void **state)
{
        static const uint8_t table[] = {24, 0, 0, 0, 99, 0,    0, 0x30, 1, 2, 3, 4, 5, 6,
                                        7,  8, 2, 0, 0,  0x30, 5, 0,    0, 0, 0, 0, 0, 0};
        static const uint8_t newer[] = {8, 0, 0, 0, 77, 0, 0, 0, 1, 2, 3, 4};
        struct darq_arena *arena = darq_arena_new(4096);
        struct every_thing_metadata metadata;
        struct every_thing_value value;
        struct darq_reader reader;

        (void)state;
        darq_reader_init(&reader, table, sizeof table, arena);
        every_thing_metadata_unpack(&reader, &metadata);
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_true(metadata.has_size && metadata.size == 5 && !metadata.has_flag &&
                    metadata.digest == NULL);
        assert_string_equal(metadata.content_type.data, "");
        darq_reader_init(&reader, newer, sizeof newer, arena);
        every_thing_value_unpack(&reader, &value);
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_true((unsigned int)value.which == 77 && value.unknown.size == 4 &&
                    value.unknown.data[3] == 4);
        darq_arena_free(arena);
}

static void recursion_ends_at_32(void **state)
{
        struct every_thing_node nodes[40] = {{.value = 1}};
        struct darq_writer writer;

        (void)state;
        for (size_t i = 1; i < 40; i++)
                nodes[i].next = &nodes[i - 1];
        darq_writer_init(&writer, NULL, 0);
        every_thing_node_pack(&writer, &nodes[31]);
        assert_int_equal(writer.error, 0);
        darq_writer_reset(&writer);
        every_thing_node_pack(&writer, &nodes[32]);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_deinit(&writer);
}

/* On the way down 2^32 nodes, and no end of them. */
static void a_circle_is_refused_at_once(void **state)
{
        static struct every_thing_node circle[2];
        struct darq_writer writer;

        (void)state;
        for (size_t i = 0; i < 2; i++)
                circle[i] = (struct every_thing_node){.next = circle, .children = {circle, 2}};
        darq_writer_init(&writer, NULL, 0);
        every_thing_node_pack(&writer, circle);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        assert_string_equal(writer.reason, "nested more than 32 deep");
        darq_writer_deinit(&writer);
}

/* What the compiler wrote by hand must be what its own generated code reads, and writes. */
static void the_schema_is_a_message_of_its_own_schema(void **state)
{
        static const struct darq_interface *const interfaces[] = {
                &every_thing_interface, &every_thing_watcher_interface, &darq_closeable_interface};

        (void)state;
        for (size_t i = 0; i < sizeof interfaces / sizeof interfaces[0]; i++) {
                const struct darq_interface *interface = interfaces[i];
                struct darq_arena *arena = darq_arena_new(1 << 20);
                struct darq_reader reader;
                struct darq_writer writer;
                struct darq_schema schema;

                darq_reader_init(&reader, interface->schema, interface->schema_size, arena);
                darq_schema_unpack(&reader, &schema);
                if (darq_reader_finish(&reader) != 0)
                        fail_msg("%s at %zu", reader.reason, reader.offset);
                assert_int_equal(schema.revision, 1);
                assert_true(schema.interfaces.data[0].id == interface->id);
                assert_string_equal(schema.interfaces.data[0].name.data, interface->name);
                assert_int_equal(schema.interfaces.data[0].methods.count, interface->method_count);
                assert_int_equal(schema.interfaces.data[0].bases.count, interface->base_count);
                darq_writer_init(&writer, NULL, 0);
                darq_schema_pack(&writer, &schema);
                assert_int_equal(writer.size, interface->schema_size);
                assert_memory_equal(writer.data, interface->schema, writer.size);
                darq_writer_deinit(&writer);
                darq_arena_free(arena);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_packed_unpacks_and_packs_to_the_same_bytes),
                cmocka_unit_test(every_truncation_is_refused),
                cmocka_unit_test(every_damaged_byte_gets_a_verdict),
                cmocka_unit_test(a_default_is_filled_in_for_an_older_sender),
                cmocka_unit_test(what_breaks_the_schema_is_not_sent),
                cmocka_unit_test(tables_and_unions_keep_what_they_do_not_know),
                cmocka_unit_test(recursion_ends_at_32),
                cmocka_unit_test(a_circle_is_refused_at_once),
                cmocka_unit_test(the_schema_is_a_message_of_its_own_schema),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
