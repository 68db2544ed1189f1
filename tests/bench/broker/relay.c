/* SPDX-License-Identifier: MIT */
/*
 * The floor: a relay that checks nothing. A frame is its payload's length, the number of a peer, and the payload; what one
 * peer sends is passed to the other, with the sender's number, in runs; one service, numbered SERVICE. A frame is passed on when
 * all of it is there. Messages to one peer leave together, once a turn; a big run leaves at once, from where it was read. No names,
 * rights, quotas or back-pressure: what a peer doesn't take stays in memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/broker/channel.h"
#include "tests/bench/broker/load.h"

enum { PEERS = 4096, EVENTS = 256, BIG_BYTES = 16 << 10 };
#define SERVICE UINT32_MAX
#define ONE_WAY (UINT32_C(1) << 31) /* in a frame's size */

const char driver_name[] = "relay";

struct frame {
        uint32_t size;
        uint32_t peer;
};

struct client {
        struct channel channel;
        bool dirty, waits;
};

static bool frame_next(struct buffer *self, struct frame *frame, const uint8_t **data)
{
        size_t size;

        if (buffer_size(self) < sizeof *frame)
                return false;
        memcpy(frame, self->data + self->begin, sizeof *frame);
        size = frame->size & ~ONE_WAY;
        if (buffer_size(self) < sizeof *frame + size)
                return false;
        *data = self->data + self->begin + sizeof *frame;
        self->begin += sizeof *frame + size;
        return true;
}

/* The service */

static void requests_take(struct channel *self, struct buffer *in)
{
        struct frame frame;
        const uint8_t *data;

        while (frame_next(in, &frame, &data)) {
                if ((frame.size & ONE_WAY) == 0)
                        channel_put(self, &frame, sizeof frame, data, frame.size);
        }
}

void driver_serve(const char *address)
{
        struct frame hello = {0, SERVICE};
        struct channel self;

        channel_connect(&self, address);
        channel_put(&self, &hello, sizeof hello, "", 0);
        channel_flush(&self);
        channel_serve(&self, requests_take);
}

/* The client */

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL)
                load_fail("memory");
        channel_connect(&self->channel, address);
        return self;
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        struct frame frame = {(uint32_t)size | (request ? 0 : ONE_WAY), SERVICE};

        channel_put(&self->channel, &frame, sizeof frame, data, size);
}

void driver_flush(struct client *self)
{
        channel_flush(&self->channel);
}

static bool replies_take(struct client *self)
{
        struct frame frame;
        const uint8_t *data;
        bool any = false;

        while (frame_next(&self->channel.in, &frame, &data)) {
                load_reply(data, frame.size);
                any = true;
        }
        return any;
}

void driver_receive(struct client *self, bool wait)
{
        if (replies_take(self))
                return;
        channel_read(&self->channel, wait);
        replies_take(self);
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        channel_flush(&self->channel);
        while (!replies_take(self))
                channel_read(&self->channel, true);
}

int driver_fd(struct client *self)
{
        return self->channel.fd;
}

/* The relay */

static struct {
        int poller;
        int service;
        struct client *peers[PEERS]; /* by descriptor */
        struct client *dirty[PEERS];
        size_t dirty_count;
} relay;

static void run_pass(struct client *to, const uint8_t *data, size_t size)
{
        if (to == NULL || size == 0)
                return;
        if (size >= BIG_BYTES && buffer_size(&to->channel.out) == 0) {
                ssize_t sent = send(to->channel.fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

                data += sent > 0 ? sent : 0;
                size -= sent > 0 ? (size_t)sent : 0;
                if (size == 0)
                        return;
        }
        buffer_put(&to->channel.out, data, size);
        if (!to->dirty && !to->waits) {
                relay.dirty[relay.dirty_count++] = to;
                to->dirty = true;
        }
}

/* All whole frames: those that follow each other to one peer are passed as one. */
static void frames_pass(struct client *from)
{
        struct buffer *in = &from->channel.in;
        struct client *to = NULL;
        uint32_t sender = (uint32_t)from->channel.fd;
        size_t run = in->begin;
        struct frame frame;
        const uint8_t *data;

        while (frame_next(in, &frame, &data)) {
                uint8_t *head = (uint8_t *)(uintptr_t)data - sizeof frame;
                uint32_t number = frame.peer == SERVICE ? (uint32_t)relay.service : frame.peer;
                struct client *next;

                if (frame.peer == SERVICE && frame.size == 0) {
                        relay.service = from->channel.fd;
                        run = in->begin;
                        continue;
                }
                next = number < PEERS ? relay.peers[number] : NULL;
                if (next != to) {
                        run_pass(to, in->data + run, (size_t)(head - in->data) - run);
                        run = (size_t)(head - in->data);
                        to = next;
                }
                memcpy(head + offsetof(struct frame, peer), &sender, sizeof sender);
        }
        run_pass(to, in->data + run, in->begin - run);
}

static void peer_write(struct client *peer)
{
        bool waits = !buffer_write(&peer->channel.out, peer->channel.fd, MSG_DONTWAIT);
        struct epoll_event event = {.events = EPOLLIN | (waits ? (uint32_t)EPOLLOUT : 0),
                                    .data.ptr = peer};

        if (waits != peer->waits)
                epoll_ctl(relay.poller, EPOLL_CTL_MOD, peer->channel.fd, &event);
        peer->waits = waits;
}

static void peer_end(struct client *peer)
{
        for (size_t i = 0; i < relay.dirty_count; i++) {
                if (relay.dirty[i] == peer)
                        relay.dirty[i--] = relay.dirty[--relay.dirty_count];
        }
        relay.peers[peer->channel.fd] = NULL;
        close(peer->channel.fd);
        free(peer->channel.in.data);
        free(peer->channel.out.data);
        free(peer);
}

static void peer_accept(int listener)
{
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        struct client *peer = fd < 0 || fd >= PEERS ? NULL : calloc(1, sizeof *peer);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};

        if (peer == NULL)
                return;
        channel_options(fd);
        peer->channel.fd = fd;
        relay.peers[fd] = peer;
        epoll_ctl(relay.poller, EPOLL_CTL_ADD, fd, &event);
}

static void event_take(const struct epoll_event *event)
{
        struct client *peer = event->data.ptr;

        if ((event->events & EPOLLOUT) != 0)
                peer_write(peer);
        if ((event->events & ~(uint32_t)EPOLLOUT) == 0)
                return;
        if (buffer_read(&peer->channel.in, peer->channel.fd, MSG_DONTWAIT))
                frames_pass(peer);
        else
                peer_end(peer);
}

void driver_broker(const char *address)
{
        struct epoll_event events[EVENTS];
        struct epoll_event listening = {.events = EPOLLIN};
        int listener = channel_listen(address);

        relay.poller = epoll_create1(EPOLL_CLOEXEC);
        relay.service = -1;
        epoll_ctl(relay.poller, EPOLL_CTL_ADD, listener, &listening);
        for (;;) {
                int count = epoll_wait(relay.poller, events, EVENTS, -1);

                for (int i = 0; i < count; i++) {
                        if (events[i].data.ptr == NULL)
                                peer_accept(listener);
                        else
                                event_take(&events[i]);
                }
                for (size_t i = 0; i < relay.dirty_count; i++) {
                        relay.dirty[i]->dirty = false;
                        peer_write(relay.dirty[i]);
                }
                relay.dirty_count = 0;
        }
}
