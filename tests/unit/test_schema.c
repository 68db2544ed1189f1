/* SPDX-License-Identifier: MIT */
/*
 * Schemas at run time: what is refused as a schema, what a walk sees, and where it says that a payload is wrong.
 */
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <darq/schema.h>

enum { U8, STRING, U32, VEC, ORDER, POINT, TABLE, UNION, LIST, TYPE_COUNT };

#define NAME(text) .has_name = true, .name = DARQ_STR_INIT(text)

static const struct darq_schema_member order_members[] = {{NAME("UP"), .number = 1},
                                                          {NAME("DOWN"), .number = 2}};
static const struct darq_schema_member point_members[] = {
        {NAME("x"), .type = U8}, {NAME("y"), .type = U32, .optional = true}};
static const struct darq_schema_member table_members[] = {
        {NAME("tags"), .number = 1, .type = VEC}, {NAME("order"), .number = 4, .type = ORDER}};
static const struct darq_schema_member union_members[] = {
        {NAME("point"), .number = 1, .type = POINT}, {NAME("text"), .number = 2, .type = STRING}};
static const uint8_t seven[] = {7, 0, 0, 0};
static const struct darq_schema_member list_members[] = {
        {NAME("meta"), .type = TABLE},
        {NAME("value"), .type = UNION},
        {NAME("limit"), .type = U32, .fallback = {seven, sizeof seven}},
};

static const struct darq_schema_member astray[] = {{NAME("x"), .type = TYPE_COUNT}};

static const struct darq_schema_member ill_named[] = {{NAME("\xc2\x9b"), .number = 1}};

static uint32_t revision = 1;
static struct darq_schema_type types[TYPE_COUNT];
enum { PUT, LISTING, LOAD, TELL, METHOD_COUNT };

static struct darq_schema_method methods[METHOD_COUNT];
static const struct darq_schema_interface interfaces[] = {
        {.id = 9, NAME("demo.Demo"), .methods = {methods, METHOD_COUNT}}};

static void methods_reset(void)
{
        const struct darq_schema_method fresh[METHOD_COUNT] = {
                [PUT] = {.ordinal = 1, NAME("put"), .request = LIST, .reply = LIST},
                [LISTING] = {.ordinal = 2,
                             NAME("list"),
                             .request = LIST,
                             .reply = LIST,
                             .download = DARQ_SCHEMA_STREAM_ITEMS,
                             .download_item = LIST},
                [LOAD] = {.ordinal = 3,
                          NAME("load"),
                          .request = LIST,
                          .reply = LIST,
                          .upload = DARQ_SCHEMA_STREAM_ITEMS,
                          .upload_item = LIST},
                [TELL] = {.ordinal = 4, NAME("tell"), .oneway = true, .request = LIST},
        };

        memcpy(methods, fresh, sizeof methods);
}

static void types_reset(void)
{
        const struct darq_schema_type fresh[TYPE_COUNT] = {
                [U8] = {.kind = DARQ_SCHEMA_KIND_U8},
                [STRING] = {.kind = DARQ_SCHEMA_KIND_STRING, .bound = 8},
                [U32] = {.kind = DARQ_SCHEMA_KIND_U32},
                [VEC] = {.kind = DARQ_SCHEMA_KIND_VEC, .element = STRING},
                [ORDER] = {.kind = DARQ_SCHEMA_KIND_ENUM,
                           NAME("demo.Order"),
                           .element = U8,
                           .strict = true,
                           .members = {order_members, 2}},
                [POINT] = {.kind = DARQ_SCHEMA_KIND_STRUCT,
                           NAME("demo.Point"),
                           .members = {point_members, 2}},
                [TABLE] = {.kind = DARQ_SCHEMA_KIND_TABLE,
                           NAME("demo.Meta"),
                           .members = {table_members, 2}},
                [UNION] = {.kind = DARQ_SCHEMA_KIND_UNION,
                           NAME("demo.Value"),
                           .members = {union_members, 2}},
                [LIST] = {.kind = DARQ_SCHEMA_KIND_LIST, .members = {list_members, 3}},
        };

        memcpy(types, fresh, sizeof types);
        methods_reset();
}

static int catalog_make(struct darq_catalog **catalog, const char **reason)
{
        struct darq_schema schema = {
                .revision = revision, .types = {types, TYPE_COUNT}, .interfaces = {interfaces, 1}};
        struct darq_writer writer;
        int r;

        darq_writer_init(&writer, NULL, 0);
        darq_schema_pack(&writer, &schema);
        assert_int_equal(writer.error, 0);
        r = darq_catalog_open(catalog, writer.data, writer.size, reason);
        darq_writer_deinit(&writer);
        return r;
}

static int setup(void **state)
{
        types_reset();
        return catalog_make((struct darq_catalog **)state, NULL);
}

static int teardown(void **state)
{
        darq_catalog_close(*state);
        return 0;
}

/* A payload of the list: the table's tags and order, the union's point; the limit left out. */
static size_t payload_make(struct darq_writer *w, const char *tag, uint8_t order)
{
        size_t list;
        size_t scope;
        size_t inner;

        darq_writer_init(w, NULL, 0);
        list = darq_put_begin(w);
        scope = darq_put_begin(w);
        darq_put_member(w, 5, 1);
        inner = darq_put_begin(w);
        darq_put_count(w, 2, SIZE_MAX);
        darq_put_string(w, DARQ_STR("a"), SIZE_MAX);
        darq_put_string(w, darq_string_of(tag), SIZE_MAX);
        darq_put_end(w, inner);
        darq_put_member(w, 0, 4);
        darq_put_u8(w, order);
        darq_put_end(w, scope);
        scope = darq_put_begin(w);
        darq_put_u32(w, 1);
        darq_put_u8(w, 200);
        darq_put_bool(w, false);
        darq_put_end(w, scope);
        darq_put_end(w, list);
        assert_int_equal(w->error, 0);
        return w->size;
}

static int on_event(void *context, const struct darq_event *event)
{
        char *text = context;
        char *end = text + strlen(text);

        if (event->member != NULL)
                end += sprintf(end, "%s=", event->member->name.data);
        if (event->kind == DARQ_EVENT_BEGIN)
                sprintf(end, "(");
        else if (event->kind == DARQ_EVENT_END)
                sprintf(end, ")");
        else if (event->type->kind == DARQ_SCHEMA_KIND_STRING)
                sprintf(end, "'%s'", event->text.data);
        else
                sprintf(end, "%u%s", (unsigned int)event->natural, event->defaulted ? "!" : " ");
        return 0;
}

static void test_walk_sees_everything(void **state)
{
        struct darq_writer payload;
        char seen[256] = "";
        struct darq_place place;

        payload_make(&payload, "b", 2);
        assert_int_equal(darq_catalog_walk(*state, LIST, payload.data, payload.size, 0, on_event,
                                           seen, &place),
                         0);
        assert_string_equal(seen, "(meta=(tags=('a''b'tags=)order=2 meta=)value=(point=(x=200 "
                                  "point=)value=)limit=7!)");
        darq_writer_deinit(&payload);
}

static void test_faults_have_a_path(void **state)
{
        struct darq_writer payload;
        struct darq_place place;

        payload_make(&payload, "much too long", 2);
        assert_int_equal(
                darq_catalog_walk(*state, LIST, payload.data, payload.size, 0, NULL, NULL, &place),
                DARQ_E_INVALID);
        assert_string_equal(place.path, "meta.tags[1]");
        assert_string_equal(place.reason, "a string is longer than its bound");
        darq_writer_deinit(&payload);
        payload_make(&payload, "b", 3);
        assert_int_equal(
                darq_catalog_walk(*state, LIST, payload.data, payload.size, 0, NULL, NULL, &place),
                DARQ_E_INVALID);
        assert_string_equal(place.path, "meta.order");
        darq_writer_deinit(&payload);
}

static void test_every_truncation_gets_a_verdict(void **state)
{
        struct darq_writer payload;

        payload_make(&payload, "b", 2);
        for (size_t size = 0; size < payload.size; size++)
                assert_int_equal(
                        darq_catalog_walk(*state, LIST, payload.data, size, 0, NULL, NULL, NULL),
                        DARQ_E_INVALID);
        for (size_t at = 0; at < payload.size; at++) {
                uint8_t old = payload.data[at];

                for (int value = 0; value < 256; value++) {
                        payload.data[at] = (uint8_t)value;
                        darq_catalog_walk(*state, LIST, payload.data, payload.size, 0, NULL, NULL,
                                          NULL);
                }
                payload.data[at] = old;
        }
        darq_writer_deinit(&payload);
}

static void test_names_are_found(void **state)
{
        uint32_t type;

        assert_true(darq_catalog_find(*state, "demo.Point", &type));
        assert_int_equal(type, POINT);
        assert_true(darq_catalog_find(*state, "Meta", &type));
        assert_int_equal(type, TABLE);
        assert_true(darq_catalog_find(*state, "demo.Demo.put.request", &type));
        assert_true(darq_catalog_find(*state, "Demo.put.reply", &type));
        assert_int_equal(type, LIST);
        type = 0;
        assert_true(darq_catalog_find(*state, "Demo.list.item", &type));
        assert_int_equal(type, LIST);
        assert_true(darq_catalog_find(*state, "demo.Demo.load.part", &type));
        assert_false(darq_catalog_find(*state, "Demo.list.part", &type));
        assert_false(darq_catalog_find(*state, "Demo.load.item", &type));
        assert_false(darq_catalog_find(*state, "Demo.tell.reply", &type));
        assert_false(darq_catalog_find(*state, "Demo.get.reply", &type));
        assert_false(darq_catalog_find(*state, "eta", &type));
        assert_false(darq_catalog_find(*state, "", &type));
}

/* Events of a walk, to be given back in the same order. */
struct script {
        struct darq_event events[64];
        size_t count;
        size_t next;
};

static int script_keep(void *context, const struct darq_event *event)
{
        struct script *script = context;

        assert_true(script->count < 64);
        script->events[script->count++] = *event;
        return 0;
}

/* The value at the same place, or none. */
static int script_supply(void *context, struct darq_event *event)
{
        struct script *script = context;
        const struct darq_event *next = &script->events[script->next];

        if (script->next == script->count || next->depth != event->depth ||
            next->member != event->member || next->kind != event->kind) {
                event->absent = true;
                return 0;
        }
        script->next++;
        event->count = next->count;
        event->bytes = next->bytes;
        if (event->kind == DARQ_EVENT_BEGIN && event->type->kind == DARQ_SCHEMA_KIND_UNION)
                event->number = (uint32_t)script->events[script->next].member->number;
        return 0;
}

static void test_what_was_walked_is_built_again_byte_for_byte(void **state)
{
        struct darq_writer payload;
        struct darq_writer built;
        struct script script = {.count = 0};
        struct darq_place place;

        payload_make(&payload, "b", 2);
        assert_int_equal(darq_catalog_walk(*state, LIST, payload.data, payload.size, 0, script_keep,
                                           &script, NULL),
                         0);
        darq_writer_init(&built, NULL, 0);
        assert_int_equal(
                darq_catalog_build(*state, LIST, &built, 0, script_supply, &script, &place), 0);
        assert_int_equal(script.next, script.count);
        /* With the default that the first writer had left out. */
        assert_int_equal(built.size, (payload.size + 3) / 4 * 4 + 4);
        assert_memory_equal(built.data + 4, payload.data + 4, payload.size - 4);
        assert_int_equal(darq_load_u32(built.data + built.size - 4), 7);
        darq_writer_deinit(&built);
        darq_writer_deinit(&payload);
}

/* Supplies the script with one event changed, and tells what the build says of it. */
static int changed_build(const struct darq_catalog *catalog, const struct script *script,
                         struct darq_place *place)
{
        struct script copy = *script;
        struct darq_writer built;
        int r;

        copy.next = 0;
        darq_writer_init(&built, NULL, 0);
        r = darq_catalog_build(catalog, LIST, &built, 0, script_supply, &copy, place);
        darq_writer_deinit(&built);
        return r;
}

static void test_what_breaks_a_rule_is_not_built(void **state)
{
        enum { TAGS = 2, FIRST_TAG = 3, ORDER_VALUE = 6, UNION_VALUE = 8, POINT_X = 10 };
        struct script script = {.count = 0};
        struct darq_writer payload;
        struct darq_place place;
        struct darq_event kept;

        payload_make(&payload, "b", 2);
        darq_catalog_walk(*state, LIST, payload.data, payload.size, 0, script_keep, &script, NULL);

        kept = script.events[FIRST_TAG];
        script.events[FIRST_TAG].text = DARQ_STR("much too long");
        assert_int_equal(changed_build(*state, &script, &place), DARQ_E_INVALID);
        assert_string_equal(place.path, "meta.tags[0]");
        script.events[FIRST_TAG] = kept;

        kept = script.events[ORDER_VALUE];
        script.events[ORDER_VALUE].integer = 3;
        assert_int_equal(changed_build(*state, &script, &place), DARQ_E_INVALID);
        assert_string_equal(place.path, "meta.order");
        assert_string_equal(place.reason, "a value that the strict type doesn't have");
        script.events[ORDER_VALUE] = kept;

        kept = script.events[POINT_X];
        script.events[POINT_X].natural = 256;
        assert_int_equal(changed_build(*state, &script, &place), DARQ_E_INVALID);
        assert_string_equal(place.path, "value.point.x");
        script.events[POINT_X].depth = 9;
        assert_int_equal(changed_build(*state, &script, &place), DARQ_E_INVALID);
        assert_string_equal(place.reason, "it is missing");
        script.events[POINT_X] = kept;

        assert_int_equal(changed_build(*state, &script, NULL), 0);
        darq_writer_deinit(&payload);
}

static int refuse_to_supply(void *context, struct darq_event *event)
{
        event->reason = context;
        return DARQ_E_CANCELLED;
}

static void test_a_supplier_ends_the_build(void **state)
{
        char reason[] = "there is none";
        struct darq_writer writer;
        struct darq_place place;

        darq_writer_init(&writer, NULL, 0);
        assert_int_equal(
                darq_catalog_build(*state, LIST, &writer, 0, refuse_to_supply, reason, &place),
                DARQ_E_CANCELLED);
        assert_string_equal(place.path, "");
        assert_ptr_equal(place.reason, reason);
        darq_writer_deinit(&writer);
}

static void refused(const char *part)
{
        struct darq_catalog *catalog = NULL;
        const char *reason = NULL;

        assert_int_equal(catalog_make(&catalog, &reason), DARQ_E_INVALID);
        assert_non_null(strstr(reason, part));
        types_reset();
}

static void test_inconsistent_schemas_are_refused(void **state)
{
        const char *reason = NULL;
        struct darq_catalog *catalog;

        (void)state;
        types_reset();
        types[VEC].element = TYPE_COUNT;
        refused("not in the schema");
        types[VEC].element = VEC;
        refused("directly inside");
        types[ORDER].element = STRING;
        refused("no integer");
        types[POINT].members.count = 0;
        refused("without members");
        types[TABLE].members.data = list_members;
        refused("don't rise");
        types[LIST].kind = DARQ_SCHEMA_KIND_STRUCT;
        refused("no list");
        types[U8].kind = (enum darq_schema_kind)99;
        refused("unknown");
        types[VEC].kind = DARQ_SCHEMA_KIND_ARRAY;
        refused("without elements");
        types[VEC].kind = DARQ_SCHEMA_KIND_NEWTYPE;
        types[VEC].element = POINT;
        refused("can't be one");
        types[POINT].members.data = astray;
        types[POINT].members.count = 1;
        refused("a member's type");
        methods[PUT].reply = POINT;
        refused("parameters are no list");
        methods[PUT].error = POINT + 1;
        refused("error is none");
        methods[LISTING].download_item = POINT;
        refused("items are no lists");
        methods[LOAD].upload_item = TYPE_COUNT;
        refused("items are no lists");
        types[POINT].name = DARQ_STR("demo.\x1b[2J");
        refused("a name with other characters");
        types[ORDER].members.data = ill_named;
        types[ORDER].members.count = 1;
        refused("a name with other characters");
        methods[PUT].name = DARQ_STR("put it");
        refused("a name with other characters");
        revision = 2;
        refused("another revision");
        revision = 1;
        assert_int_equal(darq_catalog_open(&catalog, "", 0, &reason), DARQ_E_INVALID);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_walk_sees_everything),
                CASE(test_faults_have_a_path),
                CASE(test_every_truncation_gets_a_verdict),
                CASE(test_what_was_walked_is_built_again_byte_for_byte),
                CASE(test_what_breaks_a_rule_is_not_built),
                CASE(test_a_supplier_ends_the_build),
                CASE(test_names_are_found),
                cmocka_unit_test(test_inconsistent_schemas_are_refused),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
