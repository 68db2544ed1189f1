/* SPDX-License-Identifier: MIT */
/*
 * The loads, the same for every system.
 *
 *      PROGRAM broker|serve ADDRESS
 *      PROGRAM call|window|oneway|fan ADDRESS SIZE COUNT MILLISECONDS
 *
 * call: one request at a time. window: COUNT requests under way. oneway: batches of messages with a small request behind each,
 * COUNT batches under way, so that nobody is flooded. fan: COUNT clients, one request under way for each. The time begins when
 * all clients are connected, and a quarter more goes to warming up. Prints messages (or calls) per second, the median and the
 * 99th percentile of a request's time in microseconds, and how many messages, requests and replies were routed in all. A
 * payload begins with the time at which it was sent; its reply is a copy.
 */
#include "tests/bench/broker/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

enum {
        SAMPLES = 1 << 20,
        BATCH_MESSAGES = 512,
        BATCH_BYTES = 1 << 20,
        MARK_BYTES = 64,
        EVENTS = 256
};

static struct {
        uint8_t *payload;
        size_t size;
        size_t asked_size;   /* of a request and its reply */
        unsigned int each;   /* messages that a counted reply stands for */
        unsigned int routed; /* messages for each reply, itself included */
        uint64_t duration_ns;
        uint64_t begin_ns, end_ns; /* of what counts */
        uint64_t asked, answered, counted;
        uint32_t *times_ns;
        size_t times;
} load;

static uint64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

_Noreturn void load_fail(const char *what)
{
        fprintf(stderr, "%s: ", driver_name);
        perror(what);
        exit(EXIT_FAILURE);
}

void load_reply(const uint8_t *data, size_t size)
{
        uint64_t now = now_ns();
        uint64_t sent;

        if (size != load.asked_size)
                load_fail("a reply of another length");
        memcpy(&sent, data, sizeof sent);
        load.answered++;
        if (now < load.begin_ns || now >= load.end_ns)
                return;
        load.counted++;
        if (load.times < SAMPLES)
                load.times_ns[load.times++] = (uint32_t)(now - sent);
}

static const uint8_t *payload_now(void)
{
        uint64_t now = now_ns();

        memcpy(load.payload, &now, sizeof now);
        return load.payload;
}

static void ask(struct client *client)
{
        driver_send(client, payload_now(), load.asked_size, true);
        load.asked++;
}

/* The clients are there: from now on it counts. */
static void begin(void)
{
        load.begin_ns = now_ns() + load.duration_ns / 4;
        load.end_ns = load.begin_ns + load.duration_ns;
}

static bool over(void)
{
        return now_ns() >= load.end_ns;
}

/* The loads */

static void run_call(const char *address, unsigned int count)
{
        struct client *client = driver_open(address, 0);

        (void)count;
        begin();
        while (!over())
                driver_call(client, payload_now(), load.size);
}

static void run_window(const char *address, unsigned int count)
{
        struct client *client = driver_open(address, 0);

        begin();
        while (!over() || load.answered < load.asked) {
                while (!over() && load.asked - load.answered < count)
                        ask(client);
                driver_flush(client);
                if (load.answered < load.asked)
                        driver_receive(client, true);
        }
}

static void run_oneway(const char *address, unsigned int count)
{
        struct client *client = driver_open(address, 0);
        unsigned int batch = (unsigned int)(BATCH_BYTES / load.size);

        batch = batch > BATCH_MESSAGES ? BATCH_MESSAGES : batch == 0 ? 1 : batch;
        load.asked_size = MARK_BYTES;
        load.each = batch;
        load.routed = batch + 2;
        begin();
        while (!over() || load.answered < load.asked) {
                while (!over() && load.asked - load.answered < count) {
                        for (unsigned int i = 0; i < batch; i++)
                                driver_send(client, load.payload, load.size, false);
                        ask(client);
                        driver_flush(client);
                }
                if (load.answered < load.asked)
                        driver_receive(client, true);
        }
}

/* A driver may find the reply already while it flushes. */
static void fan_ask(struct client *client)
{
        uint64_t before;

        do {
                before = load.answered;
                ask(client);
                driver_flush(client);
        } while (load.answered != before && !over());
}

static void fan_take(struct client *client)
{
        uint64_t before = load.answered;

        driver_receive(client, false);
        if (load.answered != before && !over())
                fan_ask(client);
}

static void run_fan(const char *address, unsigned int count)
{
        struct epoll_event events[EVENTS];
        struct client **clients = calloc(count, sizeof(struct client *));
        int poller = epoll_create1(EPOLL_CLOEXEC);

        for (unsigned int i = 0; clients != NULL && i < count; i++) {
                struct epoll_event event = {.events = EPOLLIN};

                clients[i] = event.data.ptr = driver_open(address, i);
                if (epoll_ctl(poller, EPOLL_CTL_ADD, driver_fd(clients[i]), &event) < 0)
                        load_fail("epoll_ctl");
                driver_call(clients[i], payload_now(), load.size);
                load.asked++;
        }
        begin();
        for (unsigned int i = 0; clients != NULL && i < count; i++)
                fan_ask(clients[i]);
        free(clients);
        while (load.answered < load.asked) {
                int ready = epoll_wait(poller, events, EVENTS, 5000);

                if (ready <= 0)
                        load_fail("nothing comes any more");
                for (int i = 0; i < ready; i++)
                        fan_take(events[i].data.ptr);
        }
}

/* The result */

static int compare(const void *one, const void *other)
{
        uint32_t a = *(const uint32_t *)one;
        uint32_t b = *(const uint32_t *)other;

        return (a > b) - (a < b);
}

static void report(void)
{
        double seconds = (double)(load.end_ns - load.begin_ns) / 1e9;

        if (load.times == 0)
                load_fail("no reply in time");
        qsort(load.times_ns, load.times, sizeof *load.times_ns, compare);
        printf("%.1f %.2f %.2f %llu\n", (double)load.counted * load.each / seconds,
               load.times_ns[load.times / 2] / 1e3, load.times_ns[load.times * 99 / 100] / 1e3,
               (unsigned long long)load.answered * load.routed);
}

static void descriptors_raise(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static int measure(char **arguments)
{
        static const struct {
                const char *name;
                void (*run)(const char *address, unsigned int count);
        } loads[] = {{"call", run_call},
                     {"window", run_window},
                     {"oneway", run_oneway},
                     {"fan", run_fan}};

        descriptors_raise();
        load.duration_ns = strtoull(arguments[5], NULL, 10) * 1000000;
        load.size = load.asked_size = strtoull(arguments[3], NULL, 10);
        load.each = 1;
        load.routed = 2;
        load.payload = malloc(load.size);
        load.times_ns = malloc(SAMPLES * sizeof *load.times_ns);
        if (load.size < MARK_BYTES || load.payload == NULL || load.times_ns == NULL)
                return EXIT_FAILURE;
        memset(load.payload, 'x', load.size);
        memset(load.times_ns, 0, SAMPLES * sizeof *load.times_ns);
        for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
                if (strcmp(loads[i].name, arguments[1]) == 0) {
                        loads[i].run(arguments[2], (unsigned int)atoi(arguments[4]));
                        report();
                        return EXIT_SUCCESS;
                }
        }
        return EXIT_FAILURE;
}

int main(int count, char **arguments)
{
        if (count == 6)
                return measure(arguments);
        if (count == 3 && strcmp(arguments[1], "serve") == 0)
                driver_serve(arguments[2]);
        else if (count == 3 && strcmp(arguments[1], "broker") == 0 && driver_broker != NULL)
                driver_broker(arguments[2]);
        fprintf(stderr,
                "usage: %s broker|serve|call|window|oneway|fan ADDRESS [SIZE COUNT MILLISECONDS]\n",
                arguments[0]);
        return 2;
}
