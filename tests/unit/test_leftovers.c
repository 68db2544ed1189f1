/* SPDX-License-Identifier: MIT */
/*
 * The sockets that the starter removes: those that were made, and no others that have come in their place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/starter/leftovers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct place {
        char directory[64];
        struct sockaddr_un address;
        struct leftovers leftovers;
};

static void socket_make(const struct place *self)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_return_code(bind(fd, (const struct sockaddr *)&self->address, sizeof self->address),
                           0);
        close(fd);
}

static int set_up(void **state)
{
        struct place *self = calloc(1, sizeof *self);

        assert_non_null(self);
        strcpy(self->directory, "/tmp/darq-leftovers-XXXXXX");
        assert_non_null(mkdtemp(self->directory));
        self->address.sun_family = AF_UNIX;
        snprintf(self->address.sun_path, sizeof self->address.sun_path, "%s/socket",
                 self->directory);
        socket_make(self);
        *state = self;
        return 0;
}

static int tear_down(void **state)
{
        struct place *self = *state;

        unlink(self->address.sun_path);
        rmdir(self->directory);
        free(self);
        return 0;
}

static bool there(const struct place *self)
{
        return access(self->address.sun_path, F_OK) == 0;
}

static void what_was_noted_is_removed(void **state)
{
        struct place *self = *state;

        assert_true(leftovers_add(&self->leftovers, self->address.sun_path));
        leftovers_remove(&self->leftovers);
        assert_false(there(self));
        socket_make(self);
        leftovers_remove(&self->leftovers); /* it has done so once */
        assert_true(there(self));
}

static void what_has_come_in_its_place_stays(void **state)
{
        struct place *self = *state;

        assert_true(leftovers_add(&self->leftovers, self->address.sun_path));
        assert_return_code(unlink(self->address.sun_path), 0);
        usleep(20000); /* the file system's clock is a coarse one */
        socket_make(self);
        leftovers_remove(&self->leftovers);
        assert_true(there(self));
}

static void what_is_no_socket_is_not_noted(void **state)
{
        struct place *self = *state;

        assert_false(leftovers_add(&self->leftovers, self->directory));
        assert_false(leftovers_add(&self->leftovers, "/nowhere/at/all"));
        assert_return_code(unlink(self->address.sun_path), 0);
        close(open(self->address.sun_path, O_CREAT | O_WRONLY, 0600));
        assert_false(leftovers_add(&self->leftovers, self->address.sun_path));
        assert_int_equal(self->leftovers.count, 0);
}

static void there_is_a_limit(void **state)
{
        struct place *self = *state;

        for (int count = 0; count < LEFTOVERS_MAX; count++)
                assert_true(leftovers_add(&self->leftovers, self->address.sun_path));
        assert_false(leftovers_add(&self->leftovers, self->address.sun_path));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_was_noted_is_removed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_has_come_in_its_place_stays, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(what_is_no_socket_is_not_noted, set_up, tear_down),
                cmocka_unit_test_setup_teardown(there_is_a_limit, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
