/* SPDX-License-Identifier: MIT */
/*
 * libnats in our loop.
 *
 * libnats would read, deliver and write by threads of its own, which costs a message three changes of threads; so it is given our
 * loop: it tells which socket to wait for, and we tell it when. One synchronous subscription holds what has come, in the
 * order of the server, up to 64 MiB, far more than the credit of all locations that can be reached at once; beyond that it
 * says that something was lost. Connecting, and the news of it, still come by threads: they stand in a queue, and an
 * eventfd wakes the loop. Another thread of libnats frees messages, and is woken when one is destroyed while it sleeps; that
 * costs more than all the rest of a message, so many are destroyed at a time.
 *
 * libnats may not reconnect by itself: with a loop that isn't its own it keeps the state of its parser, and takes what the new
 * connection brings for the rest of a message that the old one began. So a connection that is lost is destroyed, and another one
 * made. Callbacks about the one may come while the other is there: each has an attachment of its own.
 *
 * The first attempt to connect is the caller's, whatever libnats is told: the loop stands still for it, a second for each server
 * that takes connections and says nothing. Nobody waits for us then. What was under way has been told that it is lost, and no
 * location is entered before the bus is there; only the service "link" answers later. Further attempts are libnats's own.
 *
 * The locations on a subject are those of NATS's permissions: a user may publish only as its own location, so the last
 * word of the subject is the sender.
 */
#include "pkernel/link/bus.h"

#include "pkernel/link/envelope.h"
#include "pkernel/link/options.h"
#include "pkernel/link/waits.h"

#include <nats/nats.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
        QUEUE_MAX = 64 << 20,
        SUBJECT_MAX = 160,
        RECONNECT_MS = 250,
        CONNECT_MS = 1000,
        PING_MS = 2000,
        BUFFER_BYTES = 256 << 10,
        NEWS_MAX = 16,
        SPENT_MAX = 64,
        SPENT_BYTES = 1 << 20,
};

struct attachment {
        struct bus *bus;
        uint32_t number;
};

struct bus {
        natsConnection *connection;
        natsSubscription *subscription;
        natsOptions *options;
        char location[64];
        natsMsg *spent[SPENT_MAX]; /* to be destroyed */
        size_t spent_count;
        size_t spent_bytes;
        int fd;
        pthread_mutex_t lock; /* of what follows */
        enum bus_event_kind news[NEWS_MAX];
        size_t news_count;
        bool closed;          /* the connection is over */
        int socket;           /* -1: none */
        uint32_t attachments; /* sockets so far */
        struct attachment recent[2];
        bool reads;
        bool writes;
};

/* Called by libnats's threads, and some by ours. */

static void wake(struct bus *self)
{
        uint64_t one = 1;

        if (write(self->fd, &one, sizeof one) < 0)
                return; /* it is readable already */
}

static void news_put(struct bus *self, enum bus_event_kind kind)
{
        pthread_mutex_lock(&self->lock);
        if (self->news_count == NEWS_MAX)
                self->news_count--; /* the last one counts */
        self->news[self->news_count++] = kind;
        pthread_mutex_unlock(&self->lock);
        wake(self);
}

static void on_online(natsConnection *connection, void *context)
{
        (void)connection;
        news_put(context, BUS_ONLINE);
}

static void on_offline(natsConnection *connection, void *context)
{
        (void)connection;
        news_put(context, BUS_OFFLINE);
}

static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *context)
{
        (void)connection;
        (void)subscription;
        (void)status;
        news_put(context, BUS_LOST);
}

static void on_closed(natsConnection *connection, void *context)
{
        struct bus *self = context;

        (void)connection;
        pthread_mutex_lock(&self->lock);
        self->closed = true;
        pthread_mutex_unlock(&self->lock);
        wake(self);
}

static natsStatus on_attach(void **data, void *context, natsConnection *connection, natsSock socket)
{
        struct bus *self = context;
        struct attachment *attachment;

        (void)connection;
        pthread_mutex_lock(&self->lock);
        self->socket = (int)socket;
        self->attachments++;
        attachment = &self->recent[self->attachments % 2];
        *attachment = (struct attachment){self, self->attachments};
        *data = attachment;
        self->reads = true;
        self->writes = false;
        pthread_mutex_unlock(&self->lock);
        wake(self);
        return NATS_OK;
}

/* With the bus locked, until attachment_leave(). NULL: it isn't the present one. */
static struct bus *attachment_enter(void *context)
{
        const struct attachment *attachment = context;
        struct bus *self = attachment->bus;

        pthread_mutex_lock(&self->lock);
        if (attachment->number == self->attachments)
                return self;
        pthread_mutex_unlock(&self->lock);
        return NULL;
}

static void attachment_leave(struct bus *self)
{
        pthread_mutex_unlock(&self->lock);
        wake(self);
}

static natsStatus on_reads(void *context, bool add)
{
        struct bus *self = attachment_enter(context);

        if (self != NULL) {
                self->reads = add;
                attachment_leave(self);
        }
        return NATS_OK;
}

static natsStatus on_writes(void *context, bool add)
{
        struct bus *self = attachment_enter(context);

        if (self != NULL) {
                self->writes = add;
                pthread_mutex_unlock(
                        &self->lock); /* what is published is flushed in the same turn */
        }
        return NATS_OK;
}

static natsStatus on_detach(void *context)
{
        struct bus *self = attachment_enter(context);

        if (self != NULL) {
                self->socket = -1;
                attachment_leave(self);
        }
        return NATS_OK;
}

/* Connecting */

static natsStatus credentials_set(natsOptions *options, const struct options *from)
{
        natsStatus status = NATS_OK;

        if (from->user != NULL)
                status = natsOptions_SetUserInfo(options, from->user, from->password);
        if (status == NATS_OK && from->authority != NULL)
                status = natsOptions_SetSecure(options, true);
        if (status == NATS_OK && from->authority != NULL)
                status = natsOptions_LoadCATrustedCertificates(options, from->authority);
        if (status == NATS_OK && from->certificate != NULL)
                status = natsOptions_LoadCertificatesChain(options, from->certificate, from->key);
        return status;
}

static natsStatus options_set(struct bus *self, const struct options *from)
{
        natsOptions *options = self->options;
        natsStatus status = natsOptions_SetServers(options, (const char **)from->servers,
                                                   (int)from->server_count);

        if (status == NATS_OK)
                status = credentials_set(options, from);
        if (status == NATS_OK)
                status = natsOptions_SetName(options, from->location);
        if (status == NATS_OK)
                status = natsOptions_SetAllowReconnect(options, false);
        if (status == NATS_OK)
                status = natsOptions_SetMaxReconnect(options, -1); /* of the first attempts */
        if (status == NATS_OK)
                status = natsOptions_SetTimeout(options, CONNECT_MS);
        if (status == NATS_OK)
                status = natsOptions_SetReconnectWait(options, RECONNECT_MS);
        if (status == NATS_OK)
                status = natsOptions_SetPingInterval(options, PING_MS);
        if (status == NATS_OK)
                status = natsOptions_SetMaxPingsOut(options, 2);
        if (status == NATS_OK)
                status = natsOptions_SetIOBufSize(options, BUFFER_BYTES);
        if (status == NATS_OK)
                status = natsOptions_SetSendAsap(options, true);
        if (status == NATS_OK)
                status = natsOptions_SetEventLoop(options, self, on_attach, on_reads, on_writes,
                                                  on_detach);
        if (status == NATS_OK)
                status = natsOptions_SetNoEcho(options, true);
        if (status == NATS_OK)
                status = natsOptions_SetErrorHandler(options, on_error, self);
        if (status == NATS_OK)
                status = natsOptions_SetDisconnectedCB(options, on_offline, self);
        if (status == NATS_OK)
                status = natsOptions_SetClosedCB(options, on_closed, self);
        if (status == NATS_OK)
                status = natsOptions_SetRetryOnFailedConnect(options, true, on_online, self);
        return status;
}

static natsStatus start(struct bus *self)
{
        char subject[SUBJECT_MAX];
        natsStatus status = natsConnection_Connect(&self->connection, self->options);

        if (status == NATS_OK)
                news_put(self, BUS_ONLINE);
        else if (status != NATS_NOT_YET_CONNECTED)
                return status;
        snprintf(subject, sizeof subject, "darq.v1.%s.>", self->location);
        status = natsConnection_SubscribeSync(&self->subscription, self->connection, subject);
        if (status == NATS_OK)
                status = natsSubscription_SetPendingLimits(self->subscription, -1, QUEUE_MAX);
        return status;
}

struct bus *bus_open(const struct options *options, const char **why)
{
        struct bus *self = calloc(1, sizeof *self);
        natsStatus status = NATS_NO_MEMORY;

        *why = "memory is short";
        if (self == NULL)
                return NULL;
        self->socket = -1;
        snprintf(self->location, sizeof self->location, "%s", options->location);
        pthread_mutex_init(&self->lock, NULL);
        self->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (self->fd >= 0)
                status = natsOptions_Create(&self->options);
        if (status == NATS_OK)
                status = options_set(self, options);
        if (status == NATS_OK)
                status = start(self);
        if (status == NATS_OK)
                return self;
        *why = natsStatus_GetText(status);
        bus_close(self);
        return NULL;
}

static void spent_destroy(struct bus *self)
{
        while (self->spent_count > 0)
                natsMsg_Destroy(self->spent[--self->spent_count]);
        self->spent_bytes = 0;
}

static void connection_destroy(struct bus *self)
{
        spent_destroy(self);
        natsSubscription_Destroy(self->subscription);
        natsConnection_Destroy(self->connection);
        self->subscription = NULL;
        self->connection = NULL;
}

void bus_close(struct bus *self)
{
        if (self == NULL)
                return;
        connection_destroy(self);
        natsOptions_Destroy(self->options);
        nats_CloseAndWait(0); /* no thread of libnats looks at us any more */
        if (self->fd >= 0)
                close(self->fd);
        pthread_mutex_destroy(&self->lock);
        free(self);
}

/* The loop's side */

void bus_wait(struct bus *self, struct waits *waits, unsigned int first)
{
        short events;

        pthread_mutex_lock(&self->lock);
        events = (short)((self->reads ? POLLIN : 0) | (self->writes ? POLLOUT : 0));
        waits_set(waits, first, self->fd, 0, POLLIN);
        waits_set(waits, first + 1, self->socket, self->attachments, events);
        pthread_mutex_unlock(&self->lock);
}

static void news_tell(struct bus *self, bus_function *function, void *context)
{
        enum bus_event_kind news[NEWS_MAX];
        uint64_t wakes;
        size_t count;

        if (read(self->fd, &wakes, sizeof wakes) < 0)
                return; /* nothing is new */
        pthread_mutex_lock(&self->lock);
        count = self->news_count;
        memcpy(news, self->news, count * sizeof *news);
        self->news_count = 0;
        pthread_mutex_unlock(&self->lock);
        for (size_t i = 0; i < count; i++)
                function(context, &(struct bus_event){.kind = news[i]});
}

static void messages_tell(struct bus *self, bus_function *function, void *context)
{
        uint64_t count = 0;
        natsMsg *message;

        if (natsSubscription_QueuedMsgs(self->subscription, &count) != NATS_OK)
                return;
        for (; count > 0 && natsSubscription_NextMsg(&message, self->subscription, 1) == NATS_OK;
             count--) {
                struct bus_event event = {
                        .kind = BUS_ENVELOPE,
                        .from = envelope_sender(natsMsg_GetSubject(message)),
                        .data = (const uint8_t *)natsMsg_GetData(message),
                        .size = (size_t)natsMsg_GetDataLength(message),
                };

                function(context, &event);
                self->spent[self->spent_count++] = message;
                self->spent_bytes += event.size;
                if (self->spent_count == SPENT_MAX || self->spent_bytes >= SPENT_BYTES)
                        spent_destroy(self);
        }
}

static bool closed_take(struct bus *self)
{
        bool closed;

        pthread_mutex_lock(&self->lock);
        closed = self->closed;
        self->closed = false;
        pthread_mutex_unlock(&self->lock);
        return closed;
}

/* If that doesn't even begin, it is closed still, and tried again when something else wakes us. */
static void reopen(struct bus *self)
{
        connection_destroy(self);
        if (start(self) == NATS_OK)
                return;
        pthread_mutex_lock(&self->lock);
        self->closed = true;
        pthread_mutex_unlock(&self->lock);
}

void bus_go_on(struct bus *self, const struct waits *waits, unsigned int first,
               bus_function *function, void *context)
{
        bool closed =
                closed_take(self); /* its loss was told before that, and has to be: see above */

        if ((waits_events(waits, first + 1) & (POLLIN | POLLERR | POLLHUP)) != 0)
                natsConnection_ProcessReadEvent(self->connection);
        if (waits_events(waits, first) != 0)
                news_tell(self, function, context);
        messages_tell(self, function, context);
        if (closed)
                reopen(self);
}

void bus_flush(struct bus *self)
{
        bool writes;

        pthread_mutex_lock(&self->lock);
        writes = self->writes && self->socket >= 0;
        pthread_mutex_unlock(&self->lock);
        if (writes)
                natsConnection_ProcessWriteEvent(self->connection);
}

size_t bus_payload_max(const struct bus *self)
{
        int64_t max = natsConnection_GetMaxPayload(self->connection);

        return max > 0 ? (size_t)max : 0;
}

bool bus_publish(struct bus *self, const char *to, const uint8_t *data, size_t size)
{
        char subject[SUBJECT_MAX];

        snprintf(subject, sizeof subject, "darq.v1.%s.%s", to, self->location);
        return natsConnection_Publish(self->connection, subject, data, (int)size) == NATS_OK;
}

const char *bus_error(struct bus *self)
{
        const char *text = NULL;

        return natsConnection_GetLastError(self->connection, &text) == NATS_OK || text == NULL
                       ? ""
                       : text;
}
