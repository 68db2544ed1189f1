/* SPDX-License-Identifier: MIT */
/*
 * The p-kernel's small parts by themselves: limits, table, timers, shares.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/simulation/world.h"

#include <errno.h>
#include <stdlib.h>

static void limits_are_set_by_name_within_their_range(void **state)
{
        static const struct {
                const char *text;
                int result;
        } cases[] = {
                {"message=1024", 0},
                {"message=1023", -EINVAL},
                {"message=4294963199", 0},
                {"message=4294963200", -EINVAL},
                {"message=1M", 0},
                {"message=2G", 0},
                {"message=1T", -EINVAL},
                {"message=", -EINVAL},
                {"message", -EINVAL},
                {"=5", -EINVAL},
                {"messages=5000", -EINVAL},
                {"message=-1", -EINVAL},
                {"message= 2048", -EINVAL},
                {"message=2048x", -EINVAL},
                {"message=2KB", -EINVAL},
                {"message=99999999999999999999", -EINVAL},
                {"queued=20000000000G", -EINVAL},
                {"calls=1", 0},
                {"calls=0", -EINVAL},
        };
        struct limits limits;

        (void)state;
        limits_init(&limits);
        for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++)
                assert_int_equal(limits_set(&limits, cases[index].text), cases[index].result);
        assert_int_equal(limits.message, UINT64_C(2) << 30);
        assert_int_equal(limits.calls, 1);
}

static void defaults_are_those_of_the_specification(void **state)
{
        struct limits limits;

        (void)state;
        limits_init(&limits);
        assert_int_equal(limits.message, 16 << 20);
        assert_int_equal(limits.port_messages, 256);
        assert_int_equal(limits.port_bytes, 1 << 20);
        assert_int_equal(limits.calls, 256);
        assert_int_equal(limits.stream, 1 << 20);
        assert_int_equal(limits.queued, 64 << 20);
        assert_int_equal(limits.objects, 65536);
        assert_int_equal(limits.connections, 1024);
        assert_int_equal(limits.answers, 64 << 10);
        assert_int_equal(limits.first_frame_ms, 5000);
        assert_int_equal(limits.slow_ms, 10000);
        assert_int_equal(limits.slow_bytes, 1 << 10);
}

static void table_is_right(const uint64_t *secret)
{
        enum { NODES = 20000 };
        struct table_node *nodes = calloc(NODES, sizeof *nodes);
        struct table table;

        assert_non_null(nodes);
        assert_int_equal(table_init(&table, secret), 0);
        for (uint64_t index = 0; index < NODES; index++)
                table_add(&table, &nodes[index], index / 3, index % 3);
        for (uint64_t index = 0; index < NODES; index += 2)
                table_remove(&table, &nodes[index]);
        for (uint64_t index = 0; index < NODES; index++)
                assert_ptr_equal(table_find(&table, index / 3, index % 3),
                                 index % 2 == 0 ? NULL : &nodes[index]);
        assert_null(table_find(&table, 0, 7));
        for (uint64_t index = 1; index < NODES; index += 2)
                table_remove(&table, &nodes[index]);
        assert_int_equal(table.count, 0);
        table_deinit(&table);
        free(nodes);
}

static void a_table_finds_what_is_in_it_and_nothing_else(void **state)
{
        const uint64_t secret[2] = {1, 2};

        (void)state;
        table_is_right(secret);
        table_is_right(NULL);
}

/* What was found lately must not be found any longer, and not in place of what came after it. */
static void a_table_forgets_what_was_removed(void **state)
{
        const uint64_t secret[2] = {1, 2};
        struct table_node nodes[2] = {0};
        struct table table;

        (void)state;
        assert_int_equal(table_init(&table, secret), 0);
        table_add(&table, &nodes[0], 7, 1);
        assert_ptr_equal(table_find(&table, 7, 1), &nodes[0]);
        table_remove(&table, &nodes[0]);
        assert_null(table_find(&table, 7, 1));
        table_add(&table, &nodes[1], 7, 1);
        assert_ptr_equal(table_find(&table, 7, 1), &nodes[1]);
        assert_ptr_equal(table_find(&table, 7, 1), &nodes[1]);
        table_remove(&table, &nodes[1]);
        assert_null(table_find(&table, 7, 1));
        table_deinit(&table);
}

struct clock {
        struct timers timers;
        uint64_t now_ns;
        unsigned int fired;
};

struct alarm {
        struct timer timer;
        struct clock *clock;
};

static void ring(struct timer *timer)
{
        struct alarm *self = LIST_OF(timer, struct alarm, timer);

        assert_true(timer->due_ns <= self->clock->now_ns);
        assert_true(self->clock->now_ns - timer->due_ns <= 16000000);
        self->clock->fired++;
}

static void a_timer_fires_once_never_early_and_at_most_a_tick_late(void **state)
{
        enum { ALARMS = 500 };
        struct clock *clock = calloc(1, sizeof *clock);
        struct alarm *alarms = calloc(ALARMS, sizeof *alarms);

        (void)state;
        assert_non_null(clock);
        assert_non_null(alarms);
        timers_init(&clock->timers, 0);
        assert_int_equal(timers_next_ns(&clock->timers), UINT64_MAX);
        for (uint64_t index = 0; index < ALARMS; index++) {
                timer_init(&alarms[index].timer, ring);
                alarms[index].clock = clock;
                timer_set(&clock->timers, &alarms[index].timer, 1 + index * index * 100000);
        }
        timer_clear(&clock->timers, &alarms[7].timer);
        timer_clear(&clock->timers, &alarms[7].timer);
        while (timers_next_ns(&clock->timers) != UINT64_MAX) {
                assert_true(timers_next_ns(&clock->timers) > clock->now_ns);
                clock->now_ns = timers_next_ns(&clock->timers);
                timers_run(&clock->timers, clock->now_ns);
        }
        assert_int_equal(clock->fired, ALARMS - 1);
        free(alarms);
        free(clock);
}

static void a_share_leaves_room_for_a_newcomer(void **state)
{
        struct world *world = malloc(sizeof *world);
        struct charge charges[4] = {{0}};
        struct limits limits;
        struct endpoint *one, *two;

        (void)state;
        assert_non_null(world);
        limits_init(&limits);
        limits.objects = 100;
        world_init(world, 1, &limits);
        one = world_greet(world, "uid:0", true);
        two = world_greet(world, "uid:0", true);
        assert_false(charge_take(&charges[0], one->connection->share, RESOURCE_OBJECTS, 101));
        assert_false(charge_take(&charges[0], one->connection->share, RESOURCE_OBJECTS, 51));
        assert_true(charge_take(&charges[0], one->connection->share, RESOURCE_OBJECTS, 50));
        assert_false(charge_grow(&charges[0], 1));
        assert_false(charge_take(&charges[1], two->connection->share, RESOURCE_OBJECTS, 17));
        assert_true(charge_take(&charges[1], two->connection->share, RESOURCE_OBJECTS, 16));
        charge_release(&charges[0]);
        assert_true(charge_grow(&charges[1], 34));
        charge_release(&charges[1]);
        charge_release(&charges[1]);
        world_deinit(world);
        free(world);
}

static void a_share_of_a_boundless_pool_is_no_more_than_half_of_it(void **state)
{
        struct world *world = malloc(sizeof *world);
        struct charge charge = {0};
        struct limits limits;
        struct endpoint *one;

        (void)state;
        assert_non_null(world);
        limits_init(&limits);
        limits.objects = UINT64_MAX;
        world_init(world, 1, &limits);
        one = world_greet(world, "uid:0", true);
        assert_false(
                charge_take(&charge, one->connection->share, RESOURCE_OBJECTS, UINT64_MAX / 2 + 5));
        assert_true(charge_take(&charge, one->connection->share, RESOURCE_OBJECTS, UINT64_MAX / 2));
        charge_release(&charge);
        world_deinit(world);
        free(world);
}

/* Puts in so many bytes of a message of that size; the rest comes later, or never. */
static void message_begin(struct endpoint *from, uint8_t *frame, size_t size, size_t there)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE_IN, .size = (uint32_t)size};
        struct darq_frame_message body = {.destination = 5};
        size_t head = darq_frame_header_put(frame, &header);

        body.payload_size = (uint32_t)(size - head - DARQ_FRAME_MESSAGE_SIZE);
        darq_frame_message_put(frame + head, &body);
        endpoint_send(from, frame, there);
}

static void a_read_ends_with_a_large_frame(void **state)
{
        enum { MOST = 100000, LARGE = 30000 };
        struct world *world = malloc(sizeof *world);
        struct darq_frame_header long_ping = {.type = DARQ_FRAME_PING, .size = 20000};
        uint8_t *frame = calloc(1, MOST + 1);
        struct limits limits;
        struct endpoint *from;
        struct input *input;

        (void)state;
        assert_non_null(world);
        assert_non_null(frame);
        limits_init(&limits);
        world_init(world, 1, &limits);
        from = world_greet(world, "uid:0", true);
        input = &from->connection->input;
        assert_int_equal(input_best(input, MOST), MOST);
        message_begin(from, frame, LARGE, LARGE);
        assert_int_equal(input_best(input, MOST), 3 * LARGE);
        message_begin(from, frame, LARGE, 1000);
        assert_int_equal(input_best(input, MOST), LARGE - 1000 + 2 * LARGE);
        assert_int_equal(input_best(input, LARGE), LARGE - 1000);
        endpoint_send(from, frame + 1000, LARGE - 1000);
        assert_int_equal(input_best(input, LARGE - 1), LARGE - 1);
        message_begin(from, frame, MOST + 1, 1000);
        assert_int_equal(input_best(input, MOST), MOST);
        endpoint_send(from, frame + 1000, MOST + 1 - 1000);
        assert_int_equal(input_best(input, MOST), MOST);
        message_begin(from, frame, 100, 100);
        assert_int_equal(input_best(input, MOST), MOST);
        darq_frame_header_put(frame, &long_ping);
        endpoint_send(from, frame, 16);
        assert_int_equal(input_best(input, MOST), MOST);
        world_deinit(world);
        free(world);
        free(frame);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(limits_are_set_by_name_within_their_range),
                cmocka_unit_test(defaults_are_those_of_the_specification),
                cmocka_unit_test(a_table_finds_what_is_in_it_and_nothing_else),
                cmocka_unit_test(a_table_forgets_what_was_removed),
                cmocka_unit_test(a_timer_fires_once_never_early_and_at_most_a_tick_late),
                cmocka_unit_test(a_share_leaves_room_for_a_newcomer),
                cmocka_unit_test(a_share_of_a_boundless_pool_is_no_more_than_half_of_it),
                cmocka_unit_test(a_read_ends_with_a_large_frame),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
