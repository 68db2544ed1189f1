/* SPDX-License-Identifier: MIT */
/*
 * A session in libuv's loop: raffle-uv [TICKETS]. The descriptor is watched by a uv_poll_t; a timer runs beside it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "player.h"

struct loop {
        struct player player;
        uv_loop_t uv;
        uv_poll_t poll;
        uv_timer_t timer;
        unsigned int ticks;
};

static void loop_check(struct loop *self, int r)
{
        if (r == 0)
                r = player_go(&self->player);
        if (r == 0 && !player_finished(&self->player))
                return;
        uv_poll_stop(&self->poll);
        uv_timer_stop(&self->timer);
}

static void on_session(uv_poll_t *poll, int status, int events)
{
        struct loop *self = poll->data;

        (void)status;
        (void)events;
        loop_check(self, darq_session_dispatch(self->player.session));
}

static void on_timer(uv_timer_t *timer)
{
        struct loop *self = timer->data;

        self->ticks++;
}

/* Runs until loop_check() has stopped both handles. 0, or libuv's error. */
static int loop_run(struct loop *self)
{
        int r = uv_poll_init(&self->uv, &self->poll, darq_session_fd(self->player.session));

        if (r != 0)
                return r;
        uv_timer_init(&self->uv, &self->timer);
        self->poll.data = self;
        self->timer.data = self;
        r = uv_poll_start(&self->poll, UV_READABLE, on_session);
        if (r == 0)
                r = uv_timer_start(&self->timer, on_timer, 1, 1);
        if (r == 0) {
                loop_check(self, 0);
                uv_run(&self->uv, UV_RUN_DEFAULT);
        }
        uv_close((uv_handle_t *)&self->poll, NULL);
        uv_close((uv_handle_t *)&self->timer, NULL);
        uv_run(&self->uv, UV_RUN_DEFAULT);
        return r;
}

int main(int argc, char **argv)
{
        struct loop loop = {.ticks = 0};
        int r = uv_loop_init(&loop.uv);

        if (r != 0) {
                fprintf(stderr, "raffle: %s\n", uv_strerror(r));
                return 1;
        }
        r = player_init(&loop.player, argc > 1 ? strtoul(argv[1], NULL, 10) : 10000);
        if (r != 0)
                fprintf(stderr, "raffle: %s\n", player_text(&loop.player));
        else if ((r = loop_run(&loop)) != 0)
                fprintf(stderr, "raffle: %s\n", uv_strerror(r));
        else
                r = player_report(&loop.player);
        if (r == 0)
                printf("%s\n",
                       loop.ticks > 0 ? "the timer ticked meanwhile" : "the timer stood still");
        player_deinit(&loop.player);
        uv_loop_close(&loop.uv);
        return r != 0;
}
