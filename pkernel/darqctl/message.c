/* SPDX-License-Identifier: MIT */
/*
 * send, request and receive: messages whose bytes come from files and go to the standard output as they
 * are.
 *
 * Nothing is told of a one-way message that was delivered; so send asks the p-kernel something else
 * afterwards, whose answer comes behind any news of the message.
 */
#include <inttypes.h>
#include <stdio.h>

#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"

static int payload_write(struct darq_bytes payload)
{
        return output_write(payload) ? DONE : NOT_DONE;
}

struct undelivered {
        int status;
        char text[256];
};

static void on_undelivered(void *context, uint64_t port, int status, const char *text)
{
        struct undelivered *news = context;

        (void)port;
        news->status = status;
        snprintf(news->text, sizeof news->text, "%s", text);
}

int send_and_ask(struct darq_session *session, const struct darq_outgoing *message)
{
        struct undelivered news = {0};
        int r;

        darq_session_on_undelivered(session, on_undelivered, &news);
        r = darq_message_send(session, message);
        if (r == 0)
                r = describe(session, KERNEL_PORT, NULL);
        if (r == 0)
                r = darq_session_poll(session, 0);
        darq_session_on_undelivered(session, NULL, NULL);
        if (r != 0)
                return complain(session, "send", r);
        if (news.status != 0) {
                fprintf(stderr, "send: %s: %s\n", darq_status_name(news.status), news.text);
                return NOT_DONE;
        }
        return DONE;
}

int send_command(struct darq_session **session, int count, char **words)
{
        struct darq_outgoing message = {0};
        struct darq_proxy proxy;
        int r;

        if (count < 1 || count > 2)
                return MISUSE;
        if (session_reach(session) != DONE || target_open(&proxy, *session, words[0]) != 0 ||
            !file_read(&message.payload, words[1]))
                return NOT_DONE;
        message.destination = proxy.port;
        r = send_and_ask(*session, &message);
        file_free(message.payload);
        return r;
}

int request_command(struct darq_session **session, int count, char **words)
{
        struct darq_outgoing message = {0};
        struct darq_message *reply;
        struct darq_proxy proxy;
        uint64_t timeout_ms = 0;
        int r;

        if (!options_read(&count, &words, NULL, &timeout_ms) || count < 1 || count > 2)
                return MISUSE;
        if (session_reach(session) != DONE || target_open(&proxy, *session, words[0]) != 0 ||
            !file_read(&message.payload, words[1]))
                return NOT_DONE;
        message.destination = proxy.port;
        r = darq_message_call(*session, &message, (unsigned int)timeout_ms, &reply);
        file_free(message.payload);
        if (r != 0)
                return complain(*session, words[0], r);
        r = payload_write(reply->payload);
        darq_message_free(reply);
        return r;
}

static int message_print(const struct darq_message *message)
{
        fprintf(stderr, "%s of %zu bytes from port %" PRIu64,
                message->chunk ? "chunk" : (message->request ? "request" : "message"),
                message->payload.size, message->source);
        if (message->chunk)
                fprintf(stderr, ", stream %" PRIu64 " at %" PRIu64 "%s", message->stream,
                        message->offset, message->fin ? ", the last" : "");
        if (message->port_count > 0)
                fprintf(stderr, ", with %zu ports", message->port_count);
        fputc('\n', stderr);
        return payload_write(message->payload);
}

int receive_command(struct darq_session **session, int count, char **words)
{
        struct darq_message *message;
        uint64_t times = 1;
        uint64_t timeout_ms = UINT64_MAX;
        uint64_t port = 0;
        int r;

        if (!options_read(&count, &words, &times, &timeout_ms) || count > 1)
                return MISUSE;
        if (count == 1 && !number_read(&port, words[0], UINT32_MAX))
                return MISUSE;
        if (session_reach(session) != DONE)
                return NOT_DONE;
        r = darq_port_open(*session, &port);
        if (r != 0)
                return complain(*session, "receive", r);
        fprintf(stderr, "listening on port %" PRIu64 "\n", port);
        for (uint64_t i = 0; i < times; i++) {
                r = darq_message_receive(*session, port,
                                         timeout_ms == UINT64_MAX ? -1 : (int)timeout_ms, &message);
                if (r != 0)
                        return complain(*session, "receive", r);
                r = message_print(message);
                darq_message_free(message);
                if (r != DONE)
                        return r;
        }
        return DONE;
}
