/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libdarqwire/status.h"

static void each_code_of_the_p_kernel_has_its_status(void **state)
{
        static const struct {
                uint32_t code;
                int status;
        } rows[] = {
                {1, DARQ_E_NO_PORT},    {2, DARQ_E_NOT_ALLOWED},
                {3, DARQ_E_QUEUE_FULL}, {4, DARQ_E_QUOTA},
                {5, DARQ_E_TOO_BIG},    {6, DARQ_E_ACTIVATION_FAILED},
                {7, DARQ_E_EXPIRED},    {8, DARQ_E_NO_LOCATION},
                {9, DARQ_E_BAD_SOURCE}, {10, DARQ_E_WITHDRAWN},
                {64, DARQ_E_PEER_DIED}, {65, DARQ_E_NO_REPLY},
                {66, DARQ_E_LINK_LOST}, {67, DARQ_E_REPLY_TOO_BIG},
                {68, DARQ_E_CANCELLED}, {69, DARQ_E_STREAM_BROKEN},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                assert_int_equal(darq_status_of_undeliverable(rows[i].code), rows[i].status);
                assert_int_equal(darq_status_may_have_run(rows[i].status), rows[i].code >= 64);
                assert_false(darq_status_is_answer(rows[i].status));
        }
}

static void an_unknown_code_keeps_its_side_of_64(void **state)
{
        (void)state;
        assert_false(darq_status_may_have_run(darq_status_of_undeliverable(0)));
        assert_false(darq_status_may_have_run(darq_status_of_undeliverable(63)));
        assert_true(darq_status_may_have_run(darq_status_of_undeliverable(200)));
        assert_true(darq_status_may_have_run(darq_status_of_undeliverable(UINT32_MAX)));
}

static void only_the_peers_library_answers(void **state)
{
        (void)state;
        for (int status = -300; status < 10; status++)
                assert_int_equal(darq_status_is_answer(status), status >= -133 && status <= -128);
}

static void whether_it_ran(void **state)
{
        (void)state;
        assert_true(darq_status_may_have_run(0));
        assert_true(darq_status_may_have_run(5));
        assert_true(darq_status_may_have_run(DARQ_E_TIMEOUT));
        assert_true(darq_status_may_have_run(DARQ_E_INTERNAL));
        assert_false(darq_status_may_have_run(DARQ_E_REFUSED));
        assert_false(darq_status_may_have_run(DARQ_E_NO_MEMORY));
        assert_false(darq_status_may_have_run(DARQ_E_BAD_REQUEST));
}

static void every_status_has_a_name_and_a_text(void **state)
{
        (void)state;
        for (int status = -200; status < 3; status++) {
                assert_non_null(darq_status_name(status));
                assert_true(strlen(darq_status_text(status)) > 3);
        }
        assert_string_equal(darq_status_name(DARQ_E_NO_PORT), "DARQ_E_NO_PORT");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_code_of_the_p_kernel_has_its_status),
                cmocka_unit_test(an_unknown_code_keeps_its_side_of_64),
                cmocka_unit_test(only_the_peers_library_answers),
                cmocka_unit_test(whether_it_ran),
                cmocka_unit_test(every_status_has_a_name_and_a_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
