/* SPDX-License-Identifier: MIT */
/*
 * The floor: a relay that checks nothing. A frame is its payload's length, the number of a peer, and the payload; what one
 * peer sends is passed to the other, with the sender's number, in runs; one service, numbered SERVICE. Messages to one peer leave
 * together, once a turn. No names, rights, quotas or back-pressure: what a peer doesn't take stays in memory.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/broker/load.h"

enum { PEERS = 4096, READ_BYTES = 256 << 10, WRITE_AT = 128 << 10, EVENTS = 256 };
#define SERVICE UINT32_MAX

const char driver_name[] = "relay";

struct frame {
        uint32_t size;
        uint32_t peer;
};

struct buffer {
        uint8_t *data;
        size_t begin, end, capacity;
};

struct client {
        int fd;
        struct buffer in, out;
        bool dirty, waits;
};

/* Buffers */

static uint8_t *buffer_room(struct buffer *self, size_t size)
{
        if (self->begin == self->end)
                self->begin = self->end = 0;
        if (self->capacity - self->end < size && self->begin > 0) {
                memmove(self->data, self->data + self->begin, self->end - self->begin);
                self->end -= self->begin;
                self->begin = 0;
        }
        if (self->capacity - self->end < size) {
                self->capacity = (self->end + size) * 2;
                self->data = realloc(self->data, self->capacity);
                if (self->data == NULL)
                        load_fail("memory");
        }
        return self->data + self->end;
}

static void buffer_put(struct buffer *self, const void *data, size_t size)
{
        memcpy(buffer_room(self, size), data, size);
        self->end += size;
}

/* Sockets */

static int address_socket(const char *text, struct sockaddr_storage *address, socklen_t *size)
{
        struct sockaddr_un *local = (struct sockaddr_un *)address;
        struct sockaddr_in *tcp = (struct sockaddr_in *)address;

        memset(address, 0, sizeof *address);
        if (strncmp(text, "unix:", 5) == 0) {
                local->sun_family = AF_UNIX;
                snprintf(local->sun_path, sizeof local->sun_path, "%s", text + 5);
                *size = sizeof *local;
        } else {
                tcp->sin_family = AF_INET;
                tcp->sin_port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
                tcp->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                *size = sizeof *tcp;
        }
        return socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void no_delay(int fd)
{
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static int peer_connect(const char *text)
{
        struct sockaddr_storage address;
        socklen_t size;
        int fd = address_socket(text, &address, &size);

        if (connect(fd, (const struct sockaddr *)&address, size) < 0)
                load_fail("connect");
        no_delay(fd);
        return fd;
}

static int peer_listen(const char *text)
{
        struct sockaddr_storage address;
        socklen_t size;
        int fd = address_socket(text, &address, &size);

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
        if (bind(fd, (const struct sockaddr *)&address, size) < 0 || listen(fd, SOMAXCONN) < 0)
                load_fail("listen");
        return fd;
}

/* Whether all of it was taken. */
static bool buffer_write(struct buffer *self, int fd, int flags)
{
        while (self->begin < self->end) {
                ssize_t size = send(fd, self->data + self->begin, self->end - self->begin,
                                    flags | MSG_NOSIGNAL);

                if (size < 0 && errno == EINTR)
                        continue;
                if (size < 0)
                        return false;
                self->begin += (size_t)size;
        }
        return true;
}

/* False at the end. */
static bool buffer_read(struct buffer *self, int fd, int flags)
{
        ssize_t size = recv(fd, buffer_room(self, READ_BYTES), READ_BYTES, flags);

        if (size > 0)
                self->end += (size_t)size;
        return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool frame_next(struct buffer *self, struct frame *frame, const uint8_t **data)
{
        if (self->end - self->begin < sizeof *frame)
                return false;
        memcpy(frame, self->data + self->begin, sizeof *frame);
        if (self->end - self->begin < sizeof *frame + frame->size)
                return false;
        *data = self->data + self->begin + sizeof *frame;
        self->begin += sizeof *frame + frame->size;
        return true;
}

/*
 * A peer writes and reads at once when the socket is full: the relay has no memory of what it would rather not be sent, but
 * a peer that only writes and one that only answers would wait for each other.
 */
static void client_write(struct client *self)
{
        while (!buffer_write(&self->out, self->fd, MSG_DONTWAIT)) {
                if (errno != EAGAIN || !buffer_read(&self->in, self->fd, MSG_DONTWAIT))
                        load_fail("send");
        }
}

static void client_put(struct client *self, uint32_t peer, const uint8_t *data, size_t size,
                       uint8_t last)
{
        struct frame frame = {(uint32_t)size, peer};

        buffer_put(&self->out, &frame, sizeof frame);
        buffer_put(&self->out, data, size - 1);
        buffer_put(&self->out, &last, 1);
        if (self->out.end - self->out.begin >= WRITE_AT)
                client_write(self);
}

/* The service. The last byte of a payload tells a request from a one-way message. */

/* Frames stay where they are while answers are written, during which more may come. Whether there were any. */
static bool requests_take(struct client *self)
{
        struct buffer in = self->in;
        struct frame frame;
        const uint8_t *data;
        bool any = false;

        self->in = (struct buffer){0};
        while (frame_next(&in, &frame, &data)) {
                any = true;
                if (frame.size > 0 && data[frame.size - 1] == 'r')
                        client_put(self, frame.peer, data, frame.size, 'r');
        }
        client_write(self);
        if (self->in.end > self->in.begin)
                buffer_put(&in, self->in.data + self->in.begin, self->in.end - self->in.begin);
        free(self->in.data);
        self->in = in;
        return any;
}

void driver_serve(const char *address)
{
        struct client self = {.fd = peer_connect(address)};
        struct frame hello = {0, SERVICE};

        buffer_put(&self.out, &hello, sizeof hello);
        client_write(&self);
        while (buffer_read(&self.in, self.fd, 0)) {
                while (requests_take(&self))
                        ;
        }
        exit(EXIT_SUCCESS);
}

/* The client */

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL)
                load_fail("memory");
        self->fd = peer_connect(address);
        return self;
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        client_put(self, SERVICE, data, size, request ? 'r' : 'o');
}

void driver_flush(struct client *self)
{
        client_write(self);
}

static bool replies_take(struct client *self)
{
        struct frame frame;
        const uint8_t *data;
        bool any = false;

        while (frame_next(&self->in, &frame, &data)) {
                load_reply(data, frame.size);
                any = true;
        }
        return any;
}

void driver_receive(struct client *self, bool wait)
{
        if (replies_take(self))
                return;
        if (!buffer_read(&self->in, self->fd, wait ? 0 : MSG_DONTWAIT))
                load_fail("recv");
        replies_take(self);
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        client_write(self);
        while (!replies_take(self)) {
                if (!buffer_read(&self->in, self->fd, 0))
                        load_fail("recv");
        }
}

int driver_fd(struct client *self)
{
        return self->fd;
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
        buffer_put(&to->out, data, size);
        if (!to->dirty)
                relay.dirty[relay.dirty_count++] = to;
        to->dirty = true;
}

/* All whole frames: those that follow each other to one peer are passed as one. */
static void frames_pass(struct client *from)
{
        struct client *to = NULL;
        uint32_t sender = (uint32_t)from->fd;
        size_t run = from->in.begin;
        struct frame frame;
        const uint8_t *data;

        while (frame_next(&from->in, &frame, &data)) {
                uint8_t *head = (uint8_t *)(uintptr_t)data - sizeof frame;
                uint32_t number = frame.peer == SERVICE ? (uint32_t)relay.service : frame.peer;
                struct client *next;

                if (frame.peer == SERVICE && frame.size == 0) {
                        relay.service = from->fd;
                        run = from->in.begin;
                        continue;
                }
                next = number < PEERS ? relay.peers[number] : NULL;
                if (next != to) {
                        run_pass(to, from->in.data + run, (size_t)(head - from->in.data) - run);
                        run = (size_t)(head - from->in.data);
                        to = next;
                }
                memcpy(head + offsetof(struct frame, peer), &sender, sizeof sender);
        }
        run_pass(to, from->in.data + run, from->in.begin - run);
}

static void peer_write(struct client *peer)
{
        bool waits = !buffer_write(&peer->out, peer->fd, MSG_DONTWAIT);
        struct epoll_event event = {.events = EPOLLIN | (waits ? (uint32_t)EPOLLOUT : 0),
                                    .data.ptr = peer};

        if (waits != peer->waits)
                epoll_ctl(relay.poller, EPOLL_CTL_MOD, peer->fd, &event);
        peer->waits = waits;
}

static void peer_end(struct client *peer)
{
        for (size_t i = 0; i < relay.dirty_count; i++) {
                if (relay.dirty[i] == peer)
                        relay.dirty[i--] = relay.dirty[--relay.dirty_count];
        }
        relay.peers[peer->fd] = NULL;
        close(peer->fd);
        free(peer->in.data);
        free(peer->out.data);
        free(peer);
}

static void peer_accept(int listener)
{
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        struct client *peer = fd < 0 || fd >= PEERS ? NULL : calloc(1, sizeof *peer);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};

        if (peer == NULL)
                return;
        no_delay(fd);
        peer->fd = fd;
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
        if (buffer_read(&peer->in, peer->fd, MSG_DONTWAIT))
                frames_pass(peer);
        else
                peer_end(peer);
}

void driver_broker(const char *address)
{
        struct epoll_event events[EVENTS];
        struct epoll_event listening = {.events = EPOLLIN};
        int listener = peer_listen(address);

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
