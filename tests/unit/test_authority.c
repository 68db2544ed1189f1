/* SPDX-License-Identifier: MIT */
/*
 * Whose the p-kernel may be: a program speaks to nobody but root, its own user, and the one that $DARQ_PKERNEL_UID names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <darq/status.h>

#include "libdarqwire/authority.h"
#include "tests/unit/far_end.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { OURSELVES = 42, STRANGER = 4711 };

uid_t __wrap_geteuid(void);

uid_t __wrap_geteuid(void)
{
        return OURSELVES;
}

static int check(long expected)
{
        long uid = 12345;
        int result = darq_authority_check(FAR_END_SOCKET, &uid);

        assert_int_equal(uid, expected);
        assert_true(result == 0 || result == DARQ_E_NOT_ALLOWED);
        return result;
}

static void who_may_be_the_p_kernel(void **state)
{
        static const struct {
                uid_t uid;
                const char *named;
                bool allowed;
        } rows[] = {
                {0, NULL, true},
                {OURSELVES, NULL, true},
                {STRANGER, NULL, false},
                {STRANGER, "", false},
                {STRANGER, "4711", true},
                {STRANGER, "4712", false},
                {STRANGER, "4711x", false},
                {STRANGER, "x", false},
                {STRANGER, "99999999999999999999", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                unsetenv("DARQ_PKERNEL_UID");
                if (rows[i].named != NULL)
                        setenv("DARQ_PKERNEL_UID", rows[i].named, 1);
                far_end_tcp("127.0.0.1", "127.0.0.1", rows[i].uid);
                if ((check((long)rows[i].uid) == 0) != rows[i].allowed)
                        fail_msg("row %zu, TCP", i);
                far_end_unix(rows[i].uid);
                if ((check((long)rows[i].uid) == 0) != rows[i].allowed)
                        fail_msg("row %zu, Unix", i);
        }
}

static void who_cannot_be_told_is_not(void **state)
{
        (void)state;
        unsetenv("DARQ_PKERNEL_UID");
        far_end_tcp("192.0.2.1", "192.0.2.1", 0);
        assert_int_equal(check(-1), DARQ_E_NOT_ALLOWED);
        far_end_tcp("127.0.0.1", "127.0.0.1", 0);
        far_end.errors[FAR_END_OPEN] = EMFILE;
        assert_int_equal(check(-1), DARQ_E_NOT_ALLOWED);
        far_end_unix(0);
        far_end.errors[FAR_END_OPTION] = ENOBUFS;
        assert_int_equal(check(-1), DARQ_E_NOT_ALLOWED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_may_be_the_p_kernel),
                cmocka_unit_test(who_cannot_be_told_is_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
