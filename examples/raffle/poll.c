/* SPDX-License-Identifier: MIT */
/*
 * A session in a loop around poll(2): raffle-poll [TICKETS]. The loop has a second descriptor of its own, a timer's.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "player.h"

static int tick_open(void)
{
        const struct itimerspec each = {.it_interval.tv_nsec = 1000000,
                                        .it_value.tv_nsec = 1000000};
        int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

        if (fd >= 0)
                timerfd_settime(fd, 0, &each, NULL);
        return fd;
}

static int loop(struct player *player, int tick, uint64_t *ticks)
{
        struct pollfd fds[] = {
                {.fd = darq_session_fd(player->session),
                 .events = darq_session_events(player->session)},
                {.fd = tick, .events = POLLIN},
        };
        int r = player_go(player);

        while (r == 0 && !player_finished(player)) {
                uint64_t count;

                if (poll(fds, 2, -1) < 0)
                        continue; /* a signal */
                if (fds[0].revents != 0)
                        r = darq_session_dispatch(player->session);
                if (fds[1].revents != 0 && read(tick, &count, sizeof count) == sizeof count)
                        *ticks += count;
                if (r == 0)
                        r = player_go(player);
        }
        return r;
}

int main(int argc, char **argv)
{
        struct player player;
        uint64_t ticks = 0;
        int tick = tick_open();
        int r = player_init(&player, argc > 1 ? strtoul(argv[1], NULL, 10) : 10000);

        if (r == 0)
                r = loop(&player, tick, &ticks);
        if (r == 0)
                r = player_report(&player);
        else
                fprintf(stderr, "raffle: %s\n", player_text(&player));
        if (r == 0)
                printf("%s\n", ticks > 0 ? "the timer ticked meanwhile" : "the timer stood still");
        player_deinit(&player);
        close(tick);
        return r != 0;
}
