/* SPDX-License-Identifier: MIT */
/*
 * dbus-broker without systemd: it is given its listening socket and its policy by a controller, over the interface
 * org.bus1.DBus.Broker, as dbus-broker-launch does. This process becomes the broker; a child of it is the controller, which
 * allows everything to everybody and ends with it. The form of the policy is version 33's (Debian 12).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "tests/bench/broker/load.h"

#define BATCH "bta(btbs)a(btssssuutt)a(btssssuutt)"
#define POLICY "a(u(" BATCH "))a(buu(" BATCH "))a(ss)bs"
#define MESSAGES 1, 1, UINT64_C(1), "", "", "", "", 0U, 0U, UINT64_C(0), UINT64_MAX

static void check(int result)
{
        if (result < 0) {
                errno = -result;
                load_fail("the controller of dbus-broker");
        }
}

/* Connect, own any name, send and receive anything: one rule of each, for every user. */
static void policy_append(sd_bus_message *self)
{
        check(sd_bus_message_open_container(self, 'v', "(" POLICY ")"));
        check(sd_bus_message_open_container(self, 'r', POLICY));
        check(sd_bus_message_append(self, "a(u(" BATCH "))", 1, UINT32_MAX, 1, UINT64_C(1), 1, 1,
                                    UINT64_C(1), 1, "", MESSAGES, MESSAGES));
        check(sd_bus_message_append(self, "a(buu(" BATCH "))", 0));
        check(sd_bus_message_append(self, "a(ss)", 0));
        check(sd_bus_message_append(self, "bs", 0, "session"));
        check(sd_bus_message_close_container(self));
        check(sd_bus_message_close_container(self));
}

static _Noreturn void control(int controller, int listener)
{
        sd_bus_message *message = NULL;
        sd_bus *bus = NULL;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        check(sd_bus_new(&bus));
        check(sd_bus_set_fd(bus, controller, controller));
        check(sd_bus_start(bus));
        check(sd_bus_message_new_method_call(bus, &message, NULL, "/org/bus1/DBus/Broker",
                                             "org.bus1.DBus.Broker", "AddListener"));
        check(sd_bus_message_append(message, "oh", "/org/bus1/DBus/Listener/0", listener));
        policy_append(message);
        check(sd_bus_call(bus, message, 0, NULL, NULL));
        for (;;) {
                int result = sd_bus_process(bus, NULL);

                check(result);
                if (result == 0)
                        check(sd_bus_wait(bus, UINT64_MAX));
        }
}

void driver_broker(const char *address)
{
        struct sockaddr_un local = {.sun_family = AF_UNIX};
        int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        char number[16];
        int pair[2];

        snprintf(local.sun_path, sizeof local.sun_path, "%s", address + strlen("unix:"));
        if (bind(listener, (const struct sockaddr *)&local, sizeof local) < 0 ||
            listen(listener, SOMAXCONN) < 0 ||
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
                load_fail("listen");
        if (fork() == 0) {
                close(pair[1]);
                control(pair[0], listener);
        }
        close(pair[0]);
        snprintf(number, sizeof number, "%d", pair[1]);
        execlp("dbus-broker", "dbus-broker", "--controller", number, "--machine-id",
               "0123456789abcdef0123456789abcdef", "--max-bytes", "4000000000", "--max-fds",
               "100000", "--max-matches", "100000", "--max-objects", "1000000", (char *)NULL);
        load_fail("dbus-broker");
}
