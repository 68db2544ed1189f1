/* SPDX-License-Identifier: MIT */
/*
 * NATS alone. One connection asks or publishes, another answers: requests at once, and every 8 MiB of what is published, so that
 * no more than 32 MiB are under way: the server drops a subscriber that is further behind than 64.
 */
#include "tests/bench/link/bench.h"

#include <nats/nats.h>
#include <stdio.h>
#include <unistd.h>

enum { TOLD_BYTES = 8 << 20, AHEAD_BYTES = 32 << 20, WAIT_MS = 5000 };

static void on_request(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                       void *context)
{
        char payload[BENCH_REPLY_BYTES] = {0};

        (void)subscription;
        (void)context;
        natsConnection_Publish(connection, natsMsg_GetReply(message), payload, sizeof payload);
        natsMsg_Destroy(message);
}

static void on_bulk(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                    void *context)
{
        size_t *taken = context;

        (void)subscription;
        *taken += (size_t)natsMsg_GetDataLength(message);
        if (*taken % TOLD_BYTES == 0)
                natsConnection_Publish(connection, "bench.told", NULL, 0);
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

static int ended(natsConnection *connection, natsStatus status)
{
        natsConnection_Destroy(connection);
        if (status != NATS_OK)
                fprintf(stderr, "link-bench: NATS: %s\n", natsStatus_GetText(status));
        return status == NATS_OK ? 0 : -1;
}

int bench_nats_answer(const char *url)
{
        size_t taken = 0;
        natsConnection *connection = NULL;
        natsSubscription *calls = NULL, *bulk = NULL;
        natsStatus status = nats_open(&connection, url);

        if (status == NATS_OK)
                status = natsConnection_Subscribe(&calls, connection, "bench.hello", on_request,
                                                  NULL);
        if (status == NATS_OK)
                status = natsConnection_Subscribe(&bulk, connection, "bench.bulk", on_bulk, &taken);
        if (status == NATS_OK)
                status = natsSubscription_SetPendingLimits(bulk, -1, -1);
        if (status == NATS_OK)
                pause();
        return ended(connection, status);
}

int bench_nats_trip(const char *url, unsigned int trips)
{
        static double times[BENCH_TRIPS];
        char payload[BENCH_REQUEST_BYTES] = {0};
        natsConnection *connection = NULL;
        natsStatus status = nats_open(&connection, url);

        for (unsigned int i = 0; status == NATS_OK && i < trips; i++) {
                natsMsg *reply = NULL;
                double since = bench_now_s();

                status = natsConnection_Request(&reply, connection, "bench.hello", payload,
                                                sizeof payload, WAIT_MS);
                times[i] = bench_now_s() - since;
                natsMsg_Destroy(reply);
        }
        if (status == NATS_OK)
                bench_times_show(times, trips);
        return ended(connection, status);
}

int bench_nats_rate(const char *url)
{
        char payload[BENCH_REQUEST_BYTES] = {0};
        natsConnection *connection = NULL;
        natsSubscription *inbox = NULL;
        natsStatus status = nats_open(&connection, url);
        unsigned int sent = 0, done = 0;
        double since = bench_now_s();

        if (status == NATS_OK)
                status = natsConnection_SubscribeSync(&inbox, connection, "bench.inbox");
        while (status == NATS_OK && done < BENCH_CALLS) {
                natsMsg *reply = NULL;

                while (status == NATS_OK && sent < BENCH_CALLS && sent - done < BENCH_UNDER_WAY) {
                        status = natsConnection_PublishRequest(
                                connection, "bench.hello", "bench.inbox", payload, sizeof payload);
                        sent++;
                }
                if (status == NATS_OK)
                        status = natsSubscription_NextMsg(&reply, inbox, WAIT_MS);
                natsMsg_Destroy(reply);
                done++;
        }
        if (status == NATS_OK)
                printf("%.0f\n", BENCH_CALLS / (bench_now_s() - since));
        natsSubscription_Destroy(inbox);
        return ended(connection, status);
}

int bench_nats_bulk(const char *url, unsigned int mebibytes, size_t piece_size)
{
        static char piece[BENCH_PIECE];
        size_t total = (size_t)(mebibytes / 8) * TOLD_BYTES, sent = 0, told = 0;
        natsConnection *connection = NULL;
        natsSubscription *inbox = NULL;
        natsStatus status = nats_open(&connection, url);
        double since = bench_now_s();

        if (status == NATS_OK)
                status = natsConnection_SubscribeSync(&inbox, connection, "bench.told");
        while (status == NATS_OK && told < total) {
                natsMsg *message = NULL;

                while (status == NATS_OK && sent < total && sent - told < AHEAD_BYTES) {
                        status = natsConnection_Publish(connection, "bench.bulk", piece,
                                                        (int)piece_size);
                        sent += piece_size;
                }
                if (status == NATS_OK)
                        status = natsSubscription_NextMsg(&message, inbox, WAIT_MS);
                natsMsg_Destroy(message);
                told += TOLD_BYTES;
        }
        if (status == NATS_OK)
                printf("%.1f\n", (double)(total >> 20) / (bench_now_s() - since));
        natsSubscription_Destroy(inbox);
        return ended(connection, status);
}
