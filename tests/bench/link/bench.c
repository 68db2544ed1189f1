/* SPDX-License-Identifier: MIT */
/*
 * What a link costs: calls to examples/hello at another location, and NATS's own request and reply with payloads of the
 * same size, in the same run, over the same server.
 *
 *      link-bench URL TARGET      measures; TARGET: hello@kitchen
 *      link-bench URL             answers NATS requests until it is ended
 *
 * Both are asked one at a time (round trip), and with 64 under way (calls/s); both sides of both are processes of their own.
 */
#include <darq/darq.h>
#include <inttypes.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "examples/hello/hello.darq.h"

enum { ROUNDS = 3000, CALLS = 60000, UNDER_WAY = 64, REQUEST_BYTES = 60, REPLY_BYTES = 60 };

static double now_s(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *one, const void *other)
{
        double a = *(const double *)one;
        double b = *(const double *)other;

        return (a > b) - (a < b);
}

/* Microseconds. */
static double median(double *times)
{
        qsort(times, ROUNDS, sizeof *times, compare);
        return times[ROUNDS / 2] * 1e6;
}

/* Darq */

struct caller {
        struct hello hello;
        struct hello_greet_request request;
        struct darq_session *session;
        unsigned int sent, done, failed;
};

static void on_greeting(void *context, int result, const struct hello_greet_reply *reply)
{
        struct caller *self = context;

        (void)reply;
        self->done++;
        self->failed += result != 0;
}

static int darq_calls(struct caller *self, double *per_second)
{
        double since = now_s();
        int r = 0;

        while (r == 0 && self->done < CALLS) {
                while (r == 0 && self->sent < CALLS && self->sent - self->done < UNDER_WAY) {
                        r = hello_greet_async(&self->hello, &self->request, on_greeting, self,
                                              NULL);
                        self->sent++;
                }
                if (r == 0)
                        r = darq_session_poll(self->session, 1000);
        }
        *per_second = CALLS / (now_s() - since);
        return r != 0 ? r : (int)self->failed;
}

static int darq_round_trips(struct caller *self, double *times)
{
        const struct hello_greet_reply *reply;
        int r = 0;

        for (int i = 0; r == 0 && i < ROUNDS; i++) {
                double since = now_s();

                r = hello_greet(&self->hello, &self->request, &reply);
                times[i] = now_s() - since;
                darq_reply_free(reply);
        }
        return r;
}

/* NATS */

static void on_request(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                       void *context)
{
        char payload[REPLY_BYTES] = {0};

        (void)subscription;
        (void)context;
        natsConnection_Publish(connection, natsMsg_GetReply(message), payload, sizeof payload);
        natsMsg_Destroy(message);
}

static natsStatus nats_open(natsConnection **connection, const char *url)
{
        natsOptions *options = NULL;
        natsStatus status = natsOptions_Create(&options);

        if (status == NATS_OK)
                status = natsOptions_SetURL(options, url);
        if (status == NATS_OK)
                status = natsOptions_SetSendAsap(options, true);
        if (status == NATS_OK)
                status = natsConnection_Connect(connection, options);
        natsOptions_Destroy(options);
        return status;
}

static int answer(const char *url)
{
        natsConnection *connection = NULL;
        natsSubscription *subscription = NULL;
        natsStatus status = nats_open(&connection, url);

        if (status == NATS_OK)
                status = natsConnection_Subscribe(&subscription, connection, "bench.hello",
                                                  on_request, NULL);
        if (status == NATS_OK)
                pause();
        fprintf(stderr, "link-bench: %s\n", natsStatus_GetText(status));
        return EXIT_FAILURE;
}

static natsStatus nats_round_trips(natsConnection *connection, double *times)
{
        char payload[REQUEST_BYTES] = {0};
        natsStatus status = NATS_OK;

        for (int i = 0; status == NATS_OK && i < ROUNDS; i++) {
                natsMsg *reply = NULL;
                double since = now_s();

                status = natsConnection_Request(&reply, connection, "bench.hello", payload,
                                                sizeof payload, 5000);
                times[i] = now_s() - since;
                natsMsg_Destroy(reply);
        }
        return status;
}

static natsStatus nats_calls(natsConnection *connection, double *per_second)
{
        char payload[REQUEST_BYTES] = {0};
        natsSubscription *inbox = NULL;
        natsStatus status = natsConnection_SubscribeSync(&inbox, connection, "bench.inbox");
        unsigned int sent = 0, done = 0;
        double since = now_s();

        while (status == NATS_OK && done < CALLS) {
                natsMsg *reply = NULL;

                while (status == NATS_OK && sent < CALLS && sent - done < UNDER_WAY) {
                        status = natsConnection_PublishRequest(
                                connection, "bench.hello", "bench.inbox", payload, sizeof payload);
                        sent++;
                }
                if (status == NATS_OK)
                        status = natsSubscription_NextMsg(&reply, inbox, 5000);
                natsMsg_Destroy(reply);
                done++;
        }
        *per_second = CALLS / (now_s() - since);
        natsSubscription_Destroy(inbox);
        return status;
}

static int nats_measure(const char *url, double *times, double *trip, double *rate)
{
        natsConnection *connection = NULL;
        natsStatus status = nats_open(&connection, url);

        if (status == NATS_OK)
                status = nats_round_trips(connection, times);
        *trip = median(times);
        if (status == NATS_OK)
                status = nats_calls(connection, rate);
        natsConnection_Destroy(connection);
        if (status != NATS_OK)
                fprintf(stderr, "link-bench: NATS: %s\n", natsStatus_GetText(status));
        return status == NATS_OK ? 0 : -1;
}

static int darq_measure(const char *target, double *times, double *trip, double *rate)
{
        struct caller caller = {.request.name =
                                        DARQ_STR("a name of some length, so as to be like others")};
        int r = darq_session_open(&caller.session, NULL, 1000);

        if (r == 0)
                r = darq_proxy_connect(&caller.hello.proxy, caller.session, target);
        if (r == 0)
                r = darq_round_trips(&caller, times);
        *trip = median(times);
        if (r == 0)
                r = darq_calls(&caller, rate);
        if (r != 0)
                fprintf(stderr, "link-bench: %s\n", darq_session_error(caller.session));
        darq_session_close(caller.session);
        return r;
}

int main(int argc, char **argv)
{
        static double times[ROUNDS];
        double nats_trip, nats_rate, darq_trip, darq_rate;

        if (argc == 2)
                return answer(argv[1]);
        if (argc != 3)
                return EXIT_FAILURE;
        if (nats_measure(argv[1], times, &nats_trip, &nats_rate) != 0 ||
            darq_measure(argv[2], times, &darq_trip, &darq_rate) != 0)
                return EXIT_FAILURE;
        printf("NATS request and reply  %8.1f us  %8.0f calls/s\n", nats_trip, nats_rate);
        printf("across a link           %8.1f us  %8.0f calls/s\n", darq_trip, darq_rate);
        printf("                        %8.2f x   %8.2f x\n", darq_trip / nats_trip,
               darq_rate / nats_rate);
        return EXIT_SUCCESS;
}
