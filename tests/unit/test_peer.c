/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a socket that the router can't make a peer of: nobody listens to it any more, even if another process has a
 * copy of it, as the starter has of each that it made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/shell/peer.h"
#include "pkernel/shell/server.h"
#include "tests/unit/shortage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void random_fill(void *context, void *data, size_t size)
{
        (void)context;
        memset(data, 7, size);
}

static void note_ignore(void *context, void *peer, enum kernel_note note, uint64_t connection_id,
                        const char *principal, const char *text)
{
        (void)context, (void)peer, (void)note, (void)connection_id, (void)principal, (void)text;
}

static void drop(void *context, void *peer)
{
        (void)context;
        peer_close(peer);
}

static void server_begin(struct server *self)
{
        const struct kernel_environment environment = {
                .random = random_fill, .drop = drop, .note = note_ignore};
        struct limits limits;

        limits_init(&limits);
        assert_int_equal(kernel_init(&self->kernel, &environment, &limits, 1), 0);
        assert_int_equal(loop_init(&self->loop), 0);
        list_init(&self->closed);
}

static void server_end(struct server *self)
{
        struct list *node;

        kernel_deinit(&self->kernel);
        while ((node = list_pop(&self->closed)) != NULL)
                free(LIST_OF(node, struct peer, node));
        loop_deinit(&self->loop);
}

static void a_peer_without_memory_leaves_the_loop(void **state)
{
        static struct server server;
        struct connection *made = NULL;
        unsigned long nth = 0;
        int pair[2];

        (void)state;
        server_begin(&server);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(write(pair[1], "", 1), 1);
        while (made == NULL) {
                int copy = dup(pair[0]);

                assert_int_equal(loop_wait(&server.loop, 0), 0);
                assert_int_equal(server.loop.count, 0);
                shortage_begin(++nth, false);
                made = peer_new(&server, copy, "uid:0", true);
                shortage_end();
        }
        assert_true(nth > 2); /* the peer's, and its connection's */
        assert_int_equal(loop_wait(&server.loop, 0), 0);
        assert_int_equal(server.loop.count, 1);
        server_end(&server);
        close(pair[0]);
        close(pair[1]);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_peer_without_memory_leaves_the_loop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
