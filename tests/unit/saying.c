/* SPDX-License-Identifier: MIT */
/* See the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/saying.h"

#include <string.h>

int saying_setup(void **state)
{
        *state = fake_open(0);
        return 0;
}

int saying_teardown(void **state)
{
        fake_close(*state);
        return 0;
}

struct echo echo_of(struct fake_kernel *fake)
{
        struct echo echo;

        assert_int_equal(darq_proxy_at(&echo.proxy, fake->session, FAKE_PEER), 0);
        return echo;
}

int say(struct fake_kernel *fake, const struct echo_say_reply **reply)
{
        struct echo echo = echo_of(fake);

        return echo_say(&echo, &(struct echo_say_request){.text = DARQ_STR("hi")}, reply);
}

void pack_said(struct darq_writer *writer, const void *value)
{
        size_t list = darq_put_begin(writer);

        darq_put_string(writer, darq_string_of(value), SIZE_MAX);
        darq_put_end(writer, list);
}

struct darq_bytes said(struct fake_kernel *fake, const char *text)
{
        return fake_payload(fake, echo_interface.id, 1, 0, pack_said, text);
}

void assert_error_has(struct fake_kernel *fake, const char *part)
{
        const char *error = darq_session_error(fake->session);

        if (strstr(error, part) == NULL)
                fail_msg("\"%s\" doesn't say \"%s\"", error, part);
}
