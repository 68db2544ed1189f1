/* SPDX-License-Identifier: MIT */
/*
 * The map of numbers by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/map.h"

enum { NODES = 4096 };

static size_t longest_chain(const struct darq_map *map)
{
        size_t longest = 0;

        for (size_t i = 0; i < map->bucket_count; i++) {
                size_t length = 0;

                for (const struct darq_map_node *node = map->buckets[i]; node != NULL;
                     node = node->next)
                        length++;
                if (length > longest)
                        longest = length;
        }
        return longest;
}

/* The number whose product with the odd number of a map without a secret is that. */
static uint64_t number_of(uint64_t product)
{
        uint64_t inverse = UINT64_C(0x9e3779b97f4a7c15);

        for (int i = 0; i < 6; i++)
                inverse *= 2 - UINT64_C(0x9e3779b97f4a7c15) * inverse; /* Newton: twice the bits */
        return product * inverse;
}

static void a_map_finds_what_is_in_it_and_nothing_else(void **state)
{
        static struct darq_map_node nodes[NODES];
        struct darq_map map = {.secret = 0x123456789};

        (void)state;
        assert_null(darq_map_find(&map, 0));
        assert_null(darq_map_any(&map));
        for (size_t i = 0; i < NODES; i++)
                assert_int_equal(darq_map_add(&map, &nodes[i], i * 3), 0);
        for (size_t i = 0; i < NODES; i++) {
                assert_ptr_equal(darq_map_find(&map, i * 3), &nodes[i]);
                assert_null(darq_map_find(&map, i * 3 + 1));
        }
        for (size_t i = 0; i < NODES; i += 2)
                darq_map_remove(&map, &nodes[i]);
        darq_map_remove(&map, &nodes[0]);
        assert_int_equal(map.count, NODES / 2);
        for (size_t i = 0; i < NODES; i++)
                assert_ptr_equal(darq_map_find(&map, i * 3), i % 2 == 0 ? NULL : &nodes[i]);
        for (struct darq_map_node *node; (node = darq_map_any(&map)) != NULL;)
                darq_map_remove(&map, node);
        assert_int_equal(map.count, 0);
        darq_map_deinit(&map);
}

static void numbers_in_a_row_spread(void **state)
{
        static struct darq_map_node nodes[NODES];
        struct darq_map map = {0};

        (void)state;
        for (size_t i = 0; i < NODES; i++)
                assert_int_equal(darq_map_add(&map, &nodes[i], 11000 + i), 0);
        assert_in_range(longest_chain(&map), 1, 3);
        darq_map_deinit(&map);
}

static void numbers_chosen_to_meet_spread_where_there_is_a_secret(void **state)
{
        static struct darq_map_node nodes[2][NODES];
        struct darq_map known = {0}, secret = {.secret = 0x6c62272e07bb0142};

        (void)state;
        for (size_t i = 0; i < NODES; i++) {
                assert_int_equal(darq_map_add(&known, &nodes[0][i], number_of(i)), 0);
                assert_int_equal(darq_map_add(&secret, &nodes[1][i], number_of(i)), 0);
        }
        assert_int_equal(longest_chain(&known), NODES);
        assert_in_range(longest_chain(&secret), 1, 16);
        darq_map_deinit(&known);
        darq_map_deinit(&secret);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_map_finds_what_is_in_it_and_nothing_else),
                cmocka_unit_test(numbers_in_a_row_spread),
                cmocka_unit_test(numbers_chosen_to_meet_spread_where_there_is_a_secret),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
