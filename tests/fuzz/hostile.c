/* SPDX-License-Identifier: MIT */
/*
 * See the header. Frames are of any bytes, or in order with numbers that mean something: calls that were heard, ports
 * that were given. Else no input would ever find one.
 */
#include "tests/fuzz/hostile.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "libdarqwire/frame.h"
#include "libdarqwire/rpc.h"

enum { SAID_MAX = 1 << 17, FRAME_MAX = 2048, CALLS_MAX = 64, PORTS_MAX = 8, FIRST_PORT = 0x100 };
static const uint64_t NS_PER_MS = 1000000;

/* A call of the library's that was heard. */
struct heard {
        uint64_t call;
        struct darq_rpc_header rpc;
        uint64_t offset; /* of what it was sent of its stream */
};

static struct {
        const uint8_t *input;
        size_t left;
        uint8_t said[SAID_MAX]; /* and not yet read */
        size_t said_size;
        struct heard calls[CALLS_MAX];
        size_t call_count;
        uint32_t request; /* the last OpenPort's or ClosePort's */
        uint64_t ports;   /* that were given */
        uint64_t now_ns;
        bool hung_up;
        bool full; /* takes nothing, for a while */
} hostile;

/* The input */

uint8_t hostile_byte(void)
{
        if (hostile.left == 0)
                return 0;
        hostile.left--;
        return *hostile.input++;
}

const uint8_t *hostile_bytes(size_t most, size_t *taken)
{
        const uint8_t *bytes = hostile.input;

        *taken = most < hostile.left ? most : hostile.left;
        hostile.input += *taken;
        hostile.left -= *taken;
        return bytes;
}

bool hostile_goes_on(void)
{
        return hostile.left != 0;
}

/* What it says */

static void say(const void *data, size_t size)
{
        if (size > SAID_MAX - hostile.said_size)
                return;
        memcpy(hostile.said + hostile.said_size, data, size);
        hostile.said_size += size;
}

static void say_frame(struct darq_frame_header header, const uint8_t *body, size_t size)
{
        uint8_t frame[FRAME_MAX];
        size_t start = header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;

        header.size = (uint32_t)(start + size);
        darq_frame_header_put(frame, &header);
        memcpy(frame + start, body, size);
        say(frame, start + size);
}

static uint64_t port_pick(void)
{
        uint8_t pick = hostile_byte();

        if (pick >= 0xf0)
                return pick & 1 ? DARQ_PORT_SLOT | pick : DARQ_PORT_KERNEL;
        return FIRST_PORT + pick % (hostile.ports + 2);
}

static struct heard *call_pick(void)
{
        static struct heard none;
        uint8_t pick = hostile_byte();

        none = (struct heard){.call = pick};
        return hostile.call_count == 0 || pick == 0xff ? &none
                                                       : &hostile.calls[pick % hostile.call_count];
}

/* A payload behind an RPC header, and ports behind that. */
static void say_message(struct darq_frame_header header, uint64_t destination,
                        const struct darq_rpc_header *rpc)
{
        uint8_t body[FRAME_MAX - DARQ_FRAME_CALL_HEADER_SIZE] = {0};
        size_t at = DARQ_FRAME_MESSAGE_SIZE + DARQ_RPC_HEADER_SIZE, size;
        const uint8_t *bytes = hostile_bytes(hostile_byte(), &size);
        struct darq_frame_message message = {
                .source = header.flags & DARQ_FRAME_REQUEST ? DARQ_PORT_SLOT | hostile_byte()
                                                            : port_pick(),
                .destination = destination,
                .payload_size = (uint32_t)(DARQ_RPC_HEADER_SIZE + size),
        };

        header.type = DARQ_FRAME_MESSAGE;
        header.extended = true;
        header.port_count = hostile_byte() % PORTS_MAX;
        darq_frame_message_put(body, &message);
        darq_rpc_header_put(body + DARQ_FRAME_MESSAGE_SIZE, rpc);
        if (size != 0)
                memcpy(body + at, bytes, size);
        at += size;
        if (header.port_count != 0)
                at = darq_frame_ports_offset(at); /* the call header is a multiple of 8 */
        for (unsigned int i = 0; i < header.port_count; i++, at += 8)
                darq_frame_u64_put(body + at, port_pick());
        say_frame(header, body, at);
}

static void say_reply(void)
{
        const struct heard *heard = call_pick();
        struct darq_rpc_header rpc = heard->rpc;

        rpc.status = (int8_t)hostile_byte();
        say_message((struct darq_frame_header){.call = heard->call, .flags = DARQ_FRAME_REPLY},
                    FIRST_PORT, &rpc);
}

/* To a port that the library serves, of an interface that it has called or been told of. */
static void say_request(void)
{
        struct darq_rpc_header rpc = call_pick()->rpc;
        uint8_t how = hostile_byte();

        rpc.ordinal = how % 8;
        rpc.status = 0;
        say_message((struct darq_frame_header){.call = hostile_byte(),
                                               .timeout_ms = how & 0x40 ? 100 : 0,
                                               .flags = how & 0x80 ? 0 : DARQ_FRAME_REQUEST},
                    port_pick(), &rpc);
}

static void say_chunk(void)
{
        struct heard *heard = call_pick();
        uint8_t how = hostile_byte();
        uint8_t body[DARQ_FRAME_CHUNK_SIZE + 256];
        size_t size;
        const uint8_t *bytes = hostile_bytes(hostile_byte(), &size);
        struct darq_frame_chunk chunk = {
                .source = how & 8 ? DARQ_PORT_SLOT | how : port_pick(),
                .destination = FIRST_PORT,
                .offset = heard->offset + (how >> 5),
                .payload_size = (uint32_t)size,
                .flags = how & 1,
        };

        darq_frame_chunk_put(body, &chunk);
        if (size != 0)
                memcpy(body + DARQ_FRAME_CHUNK_SIZE, bytes, size);
        heard->offset += size;
        say_frame((struct darq_frame_header){.type = DARQ_FRAME_CHUNK,
                                             .extended = true,
                                             .call = heard->call},
                  body, DARQ_FRAME_CHUNK_SIZE + size);
}

/* Of the frames that are short: the body's bytes, each meaning something at its place. */
static void say_short(uint8_t type)
{
        uint8_t body[DARQ_FRAME_FIXED_MAX + 16] = {0};
        const struct heard *heard = call_pick();
        uint8_t value = hostile_byte();
        size_t size = 0;

        switch (type) {
        case DARQ_FRAME_OPENED_PORT:
        case DARQ_FRAME_CLOSED_PORT:
                hostile.ports += type == DARQ_FRAME_OPENED_PORT;
                size = darq_frame_port_put(
                        body, &(struct darq_frame_port){
                                      hostile.request, value < 0xf0 ? 0 : value & 7,
                                      value & 1 ? port_pick() : FIRST_PORT + hostile.ports});
                break;
        case DARQ_FRAME_UNDELIVERABLE:
                size = darq_frame_undeliverable_put(
                        body, &(struct darq_frame_undeliverable){port_pick(), value, value & 15});
                size += value & 15;
                break;
        case DARQ_FRAME_CREDIT:
                size = darq_frame_credit_put(
                        body, &(struct darq_frame_credit){.source = DARQ_PORT_SLOT | value,
                                                          .destination = FIRST_PORT,
                                                          .limit = (uint64_t)value << 12});
                break;
        case DARQ_FRAME_CANCEL:
                size = darq_frame_cancel_put(body, DARQ_PORT_SLOT | value);
                break;
        default:
                size = darq_frame_u64_put(body, value);
                break;
        }
        say_frame((struct darq_frame_header){.type = type,
                                             .extended = heard->call != 0,
                                             .call = heard->call},
                  body, size);
}

static void say_welcome(uint8_t kind)
{
        uint8_t body[DARQ_FRAME_WELCOME_SIZE];
        struct darq_frame_welcome welcome = {
                .revision = 1,
                .boot_id = 1,
                .connection_id = 7,
                .message_max_bytes = kind & 1 ? 300 : 1 << 16,
                .window_bytes = kind & 2 ? 100 : 1 << 16,
        };

        say_frame((struct darq_frame_header){.type = DARQ_FRAME_WELCOME}, body,
                  darq_frame_welcome_put(body, &welcome));
}

void hostile_act(void)
{
        static const uint8_t shorts[] = {DARQ_FRAME_OPENED_PORT,   DARQ_FRAME_CLOSED_PORT,
                                         DARQ_FRAME_UNDELIVERABLE, DARQ_FRAME_CREDIT,
                                         DARQ_FRAME_CANCEL,        DARQ_FRAME_PING};
        uint8_t what = hostile_byte() % 16;
        const uint8_t *bytes;
        size_t size;

        hostile.hung_up = hostile.left == 0;
        if (hostile.hung_up)
                return;
        if (what < 3) {
                say_reply();
        } else if (what < 5) {
                say_request();
        } else if (what < 6) {
                say_chunk();
        } else if (what < 12) {
                say_short(shorts[what - 6]);
        } else if (what < 13) {
                bytes = hostile_bytes(hostile_byte(), &size);
                say(bytes, size);
        } else if (what < 14) {
                hostile.now_ns += hostile_byte() * 200 * NS_PER_MS;
        } else if (what < 15) {
                say_welcome(hostile_byte());
        } else {
                hostile.full = !hostile.full;
        }
}

void hostile_begin(const uint8_t *data, size_t size, bool welcome)
{
        memset(&hostile, 0, sizeof hostile);
        hostile.now_ns = 1000 * NS_PER_MS;
        hostile.input = data;
        hostile.left = size;
        hostile.request = 1;
        if (welcome) {
                const struct darq_frame_port opened = {1, DARQ_FRAME_OPENED, FIRST_PORT};
                uint8_t body[DARQ_FRAME_PORT_SIZE];

                say_welcome(0);
                say_frame((struct darq_frame_header){.type = DARQ_FRAME_OPENED_PORT}, body,
                          darq_frame_port_put(body, &opened));
        }
}

/* What it hears */

static void hear_frame(const struct darq_frame_header *header, const uint8_t *body, size_t size)
{
        struct heard heard = {.call = header->call};

        if (header->type == DARQ_FRAME_OPEN_PORT || header->type == DARQ_FRAME_CLOSE_PORT)
                hostile.request = darq_frame_port_get(body).request;
        if (header->type != DARQ_FRAME_MESSAGE_IN || (header->flags & DARQ_FRAME_REQUEST) == 0 ||
            hostile.call_count == CALLS_MAX)
                return;
        if (darq_rpc_header_get(body + DARQ_FRAME_MESSAGE_SIZE, size - DARQ_FRAME_MESSAGE_SIZE,
                                &heard.rpc))
                hostile.calls[hostile.call_count++] = heard;
}

/* The library writes whole frames, each from its header on in one part; what goes on in later writes is no header. */
static void hear(const uint8_t *data, size_t size)
{
        struct darq_frame_header header;

        while (darq_frame_header_get(data, size, DARQ_FRAME_TO_KERNEL, &header) == DARQ_FRAME_OK &&
               header.size <= size) {
                hear_frame(&header, data + header.header_size, header.size - header.header_size);
                data += header.size;
                size -= header.size;
        }
}

/* In place of the system's */

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
                 const sigset_t *mask);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
        (void)fd;
        if (hostile.said_size == 0 && (flags & MSG_DONTWAIT) == 0)
                hostile_act();
        if (hostile.said_size == 0 && hostile.hung_up)
                return 0;
        if (hostile.said_size == 0) {
                errno = EAGAIN;
                return -1;
        }
        size = size < hostile.said_size ? size : hostile.said_size;
        memcpy(to, hostile.said, size);
        hostile.said_size -= size;
        memmove(hostile.said, hostile.said + size, hostile.said_size);
        return (ssize_t)size;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
        size_t size = 0;

        (void)fd;
        (void)flags;
        if (hostile.full || hostile.hung_up) {
                errno = hostile.hung_up ? EPIPE : EAGAIN;
                return -1;
        }
        for (size_t i = 0; i < message->msg_iovlen; i++) {
                hear(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
                size += message->msg_iov[i].iov_len;
        }
        return (ssize_t)size;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
        struct iovec part = {(void *)(uintptr_t)data, size};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

        return __wrap_sendmsg(fd, &message, flags);
}

/* The socket is the first of them; the library's own wake-up descriptor is never rung. */
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
                 const sigset_t *mask)
{
        short events = 0;

        (void)mask;
        for (nfds_t i = 1; i < count; i++)
                fds[i].revents = 0;
        if (hostile.said_size == 0 && (wait->tv_sec != 0 || wait->tv_nsec != 0))
                hostile_act();
        if (hostile.said_size != 0 || hostile.hung_up)
                events |= POLLIN;
        if (!hostile.full || hostile.hung_up)
                events |= POLLOUT;
        fds[0].revents = fds[0].fd < 0 ? 0 : (short)(events & fds[0].events);
        return fds[0].revents != 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
        (void)clock;
        *now = (struct timespec){(time_t)(hostile.now_ns / (1000 * NS_PER_MS)),
                                 (long)(hostile.now_ns % (1000 * NS_PER_MS))};
        return 0;
}
