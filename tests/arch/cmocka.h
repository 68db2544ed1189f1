/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests use of cmocka, for architectures that Debian has no cmocka for at hand: its functions by their names,
 * and its words at the end (tests/run.py counts them). See cmocka.c.
 */
#ifndef TESTS_ARCH_CMOCKA_H
#define TESTS_ARCH_CMOCKA_H

#include <stdbool.h>
#include <stdint.h>

struct CMUnitTest {
        const char *name;
        void (*run)(void **state);
        int (*setup)(void **state);
        int (*teardown)(void **state);
        void *initial;
};

#define cmocka_unit_test(f)             \
        {                               \
#f, f, NULL, NULL, NULL \
        }
#define cmocka_unit_test_prestate(f, initial) \
        {                                     \
#f, f, NULL, NULL, initial    \
        }
#define cmocka_unit_test_setup_teardown(f, setup, teardown) \
        {                                                   \
#f, f, setup, teardown, NULL                \
        }
/* Groups have no setup and no teardown. */
#define cmocka_run_group_tests(tests, setup, teardown) \
        cmocka_run((tests), sizeof(tests) / sizeof((tests)[0]))

int cmocka_run(const struct CMUnitTest *tests, size_t count);

/* Each ends the test if it doesn't hold, and evaluates what it is given once. */
void cmocka_holds(bool holds, const char *text, const char *file, int line);
void cmocka_equal(uintmax_t a, uintmax_t b, bool equal, const char *text, const char *file,
                  int line);
void cmocka_in_range(uintmax_t value, uintmax_t low, uintmax_t high, const char *text,
                     const char *file, int line);
void cmocka_string(const char *a, const char *b, const char *file, int line);
void cmocka_memory(const void *a, const void *b, size_t size, const char *file, int line);
__attribute__((noreturn)) void cmocka_skip(void);
__attribute__((noreturn, format(printf, 3, 4))) void cmocka_fail(const char *file, int line,
                                                                 const char *format, ...);
__attribute__((format(printf, 1, 2))) void print_message(const char *format, ...);

#define assert_true(c) cmocka_holds((c) != 0, #c, __FILE__, __LINE__)
#define assert_false(c) cmocka_holds(!(c), "!(" #c ")", __FILE__, __LINE__)
#define assert_null(p) cmocka_holds((p) == NULL, #p " == NULL", __FILE__, __LINE__)
#define assert_non_null(p) cmocka_holds((p) != NULL, #p " != NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b) \
        cmocka_equal((uintptr_t)(a), (uintptr_t)(b), true, #a " == " #b, __FILE__, __LINE__)
#define assert_ptr_not_equal(a, b) \
        cmocka_equal((uintptr_t)(a), (uintptr_t)(b), false, #a " != " #b, __FILE__, __LINE__)
#define assert_return_code(code, error) cmocka_holds((code) >= 0, #code, __FILE__, __LINE__)
#define assert_int_equal(a, b) \
        cmocka_equal((uintmax_t)(a), (uintmax_t)(b), true, #a " == " #b, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) \
        cmocka_equal((uintmax_t)(a), (uintmax_t)(b), false, #a " != " #b, __FILE__, __LINE__)
#define assert_in_range(value, low, high)                                                          \
        cmocka_in_range((uintmax_t)(value), (uintmax_t)(low), (uintmax_t)(high), #value, __FILE__, \
                        __LINE__)
#define assert_string_equal(a, b) cmocka_string((a), (b), __FILE__, __LINE__)
#define assert_memory_equal(a, b, size) cmocka_memory((a), (b), (size), __FILE__, __LINE__)
#define fail() cmocka_fail(__FILE__, __LINE__, "it fails")
#define fail_msg(...) cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)
#define skip() cmocka_skip()

#endif
