/* SPDX-License-Identifier: MIT */
/*
 * cmocka's runner and assertions, as far as our unit tests use them, with nothing but a libc.
 *
 * A test that fails jumps back to the runner, which calls its teardown and goes on. What cmocka has beyond that (mocks,
 * checked allocations, signals) isn't here: what another architecture shows is arithmetic and bytes, and the real
 * cmocka runs the same tests on this one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/arch/cmocka.h"

enum { RUN = 0, FAILED, SKIPPED };

static jmp_buf back;

void cmocka_fail(const char *file, int line, const char *format, ...)
{
        va_list arguments;

        printf("%s:%d: ", file, line);
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        printf("\n");
        longjmp(back, FAILED);
}

void cmocka_skip(void)
{
        longjmp(back, SKIPPED);
}

void print_message(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
}

void cmocka_holds(bool holds, const char *text, const char *file, int line)
{
        if (!holds)
                cmocka_fail(file, line, "%s doesn't hold", text);
}

void cmocka_equal(uintmax_t a, uintmax_t b, bool equal, const char *text, const char *file,
                  int line)
{
        if ((a == b) != equal)
                cmocka_fail(file, line, "%s doesn't hold: %#jx, %#jx", text, a, b);
}

void cmocka_in_range(uintmax_t value, uintmax_t low, uintmax_t high, const char *text,
                     const char *file, int line)
{
        if (value < low || value > high)
                cmocka_fail(file, line, "%s is %#jx, not within %#jx to %#jx", text, value, low,
                            high);
}

void cmocka_string(const char *a, const char *b, const char *file, int line)
{
        if (strcmp(a, b) != 0)
                cmocka_fail(file, line, "\"%s\" isn't \"%s\"", a, b);
}

void cmocka_memory(const void *a, const void *b, size_t size, const char *file, int line)
{
        const unsigned char *left = a;
        const unsigned char *right = b;

        for (size_t i = 0; i < size; i++)
                if (left[i] != right[i])
                        cmocka_fail(file, line, "byte %zu of %zu is %02x, not %02x", i, size,
                                    left[i], right[i]);
}

static int test_run(const struct CMUnitTest *test)
{
        void *state = test->initial;
        int outcome = setjmp(back);

        if (outcome == RUN) {
                if (test->setup != NULL && test->setup(&state) != 0)
                        cmocka_fail(test->name, 0, "setup fails");
                test->run(&state);
        }
        /* A test that failed leaves its state where it was: nothing of it is looked at again. */
        if (outcome == RUN && test->teardown != NULL && test->teardown(&state) != 0)
                return FAILED;
        return outcome;
}

int cmocka_run(const struct CMUnitTest *tests, size_t count)
{
        int outcomes[SKIPPED + 1] = {0};

        for (size_t i = 0; i < count; i++) {
                int outcome = test_run(&tests[i]);

                if (outcome == FAILED)
                        printf("[  FAILED  ] %s\n", tests[i].name);
                outcomes[outcome]++;
        }
        printf("[  PASSED  ] %d test(s).\n", outcomes[RUN]);
        if (outcomes[FAILED] != 0)
                printf("\n %d FAILED TEST(S)\n", outcomes[FAILED]);
        return outcomes[FAILED];
}
