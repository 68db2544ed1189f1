/* SPDX-License-Identifier: MIT */
/*
 * libnats behind a queue.
 *
 * One subscription, so one thread of libnats delivers, in the order of the server. Each message is taken over as it is and
 * freed when the loop has looked at it. The queue holds 64 MiB at most, far more than the credit of all locations that can be
 * reached at once: what is beyond that is dropped, and said to be lost.
 *
 * The locations on a subject are those of NATS's permissions: a user may publish only as its own location, so the last
 * word of the subject is the sender.
 */
#include "pkernel/link/bus.h"

#include "pkernel/link/options.h"

#include <nats/nats.h>
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
        PING_MS = 2000,
        WRITE_MS = 2000,
        ERROR_MAX = 256,
};

struct entry {
        struct entry *next;
        enum bus_event_kind kind;
        natsMsg *message;
};

struct bus {
        natsConnection *connection;
        natsSubscription *subscription;
        natsOptions *options;
        char location[64];
        int fd;
        pthread_mutex_t lock; /* of what follows */
        struct entry *first;
        struct entry **last;
        size_t bytes;
        bool closing;
        char error[ERROR_MAX];
};

static void entry_free(struct entry *self)
{
        natsMsg_Destroy(self->message);
        free(self);
}

/* Called by libnats's threads. */

static void queue_put(struct bus *self, enum bus_event_kind kind, natsMsg *message)
{
        struct entry *entry = calloc(1, sizeof *entry);
        size_t size = message == NULL ? 0 : (size_t)natsMsg_GetDataLength(message);
        uint64_t one = 1;

        if (entry == NULL) {
                natsMsg_Destroy(message);
                return; /* the sequence shows it */
        }
        entry->kind = kind;
        entry->message = message;
        pthread_mutex_lock(&self->lock);
        if (self->closing) {
                pthread_mutex_unlock(&self->lock);
                entry_free(entry);
                return;
        }
        if (size > QUEUE_MAX - self->bytes) {
                natsMsg_Destroy(message);
                entry->message = NULL;
                entry->kind = BUS_LOST;
                size = 0;
        }
        self->bytes += size;
        *self->last = entry;
        self->last = &entry->next;
        pthread_mutex_unlock(&self->lock);
        if (write(self->fd, &one, sizeof one) < 0)
                return; /* it is readable already */
}

static void on_message(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                       void *context)
{
        (void)connection;
        (void)subscription;
        queue_put(context, BUS_ENVELOPE, message);
}

static void on_online(natsConnection *connection, void *context)
{
        (void)connection;
        queue_put(context, BUS_ONLINE, NULL);
}

static void on_offline(natsConnection *connection, void *context)
{
        (void)connection;
        queue_put(context, BUS_OFFLINE, NULL);
}

static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *context)
{
        struct bus *self = context;

        (void)subscription;
        (void)connection;
        pthread_mutex_lock(&self->lock);
        snprintf(self->error, sizeof self->error, "%s", natsStatus_GetText(status));
        pthread_mutex_unlock(&self->lock);
        queue_put(self, BUS_LOST, NULL);
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
                status = natsOptions_SetMaxReconnect(options, -1);
        if (status == NATS_OK)
                status = natsOptions_SetReconnectWait(options, RECONNECT_MS);
        if (status == NATS_OK)
                status = natsOptions_SetPingInterval(options, PING_MS);
        if (status == NATS_OK)
                status = natsOptions_SetMaxPingsOut(options, 2);
        if (status == NATS_OK)
                status = natsOptions_SetWriteDeadline(options, WRITE_MS);
        if (status == NATS_OK)
                status = natsOptions_SetSendAsap(options, true);
        if (status == NATS_OK)
                status = natsOptions_SetNoEcho(options, true);
        if (status == NATS_OK)
                status = natsOptions_SetErrorHandler(options, on_error, self);
        if (status == NATS_OK)
                status = natsOptions_SetDisconnectedCB(options, on_offline, self);
        if (status == NATS_OK)
                status = natsOptions_SetReconnectedCB(options, on_online, self);
        if (status == NATS_OK)
                status = natsOptions_SetRetryOnFailedConnect(options, true, on_online, self);
        return status;
}

static natsStatus start(struct bus *self)
{
        char subject[SUBJECT_MAX];
        natsStatus status = natsConnection_Connect(&self->connection, self->options);

        if (status == NATS_OK)
                queue_put(self, BUS_ONLINE, NULL);
        else if (status != NATS_NOT_YET_CONNECTED)
                return status;
        snprintf(subject, sizeof subject, "darq.v1.%s.>", self->location);
        status = natsConnection_Subscribe(&self->subscription, self->connection, subject,
                                          on_message, self);
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
        self->last = &self->first;
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

/* libnats frees a message with what it has in its library: before that is closed. */
static void queue_close(struct bus *self)
{
        struct entry *entry;

        pthread_mutex_lock(&self->lock);
        self->closing = true;
        pthread_mutex_unlock(&self->lock);
        while ((entry = self->first) != NULL) {
                self->first = entry->next;
                entry_free(entry);
        }
}

void bus_close(struct bus *self)
{
        if (self == NULL)
                return;
        queue_close(self);
        if (self->connection != NULL)
                natsConnection_Close(self->connection);
        natsSubscription_Destroy(self->subscription);
        natsConnection_Destroy(self->connection);
        natsOptions_Destroy(self->options);
        nats_CloseAndWait(0); /* no thread of libnats looks at us any more */
        if (self->fd >= 0)
                close(self->fd);
        pthread_mutex_destroy(&self->lock);
        free(self);
}

/* The loop's side */

int bus_fd(const struct bus *self)
{
        return self->fd;
}

static void entry_tell(struct bus *self, const struct entry *entry, bus_function *function,
                       void *context)
{
        struct bus_event event = {.kind = entry->kind};
        const char *subject = entry->message == NULL ? NULL : natsMsg_GetSubject(entry->message);

        if (subject != NULL) {
                event.from = strrchr(subject, '.') + 1;
                event.data = (const uint8_t *)natsMsg_GetData(entry->message);
                event.size = (size_t)natsMsg_GetDataLength(entry->message);
        }
        function(context, &event);
        pthread_mutex_lock(&self->lock);
        self->bytes -= event.size;
        pthread_mutex_unlock(&self->lock);
}

void bus_take(struct bus *self, bus_function *function, void *context)
{
        struct entry *first;
        uint64_t count;

        if (read(self->fd, &count, sizeof count) < 0)
                return; /* nothing has come */
        pthread_mutex_lock(&self->lock);
        first = self->first;
        self->first = NULL;
        self->last = &self->first;
        pthread_mutex_unlock(&self->lock);
        while (first != NULL) {
                struct entry *entry = first;

                first = entry->next;
                entry_tell(self, entry, function, context);
                entry_free(entry);
        }
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
