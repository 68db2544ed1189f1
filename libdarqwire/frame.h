/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_FRAME_H
#define DARQWIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Frames: what a process and the p-kernel exchange. Pure functions between bytes and structs; big-endian.
 * The library, the p-kernel and the tools share this file; nobody else writes a frame's bytes.
 */

enum {
        DARQ_FRAME_VERSION = 1,
        DARQ_FRAME_HEADER_SIZE = 8,        /* without the call header */
        DARQ_FRAME_CALL_HEADER_SIZE = 24,  /* with it */
        DARQ_FRAME_HEADER_MAX = 64,        /* accepted on receipt */
        DARQ_FRAME_PORTS_MAX = 64,
        DARQ_FRAME_CHUNK_MAX = 65536,
};

enum darq_frame_type {
        DARQ_FRAME_OPEN_PORT = 1,
        DARQ_FRAME_OPENED_PORT = 2,
        DARQ_FRAME_CLOSE_PORT = 3,
        DARQ_FRAME_CLOSED_PORT = 4,
        DARQ_FRAME_MESSAGE_IN = 5,      /* to the p-kernel */
        DARQ_FRAME_CHUNK_IN = 6,
        DARQ_FRAME_MESSAGE = 7,         /* from the p-kernel */
        DARQ_FRAME_CHUNK = 8,
        DARQ_FRAME_REBOOT = 9,
        DARQ_FRAME_SHUTDOWN = 10,
        DARQ_FRAME_HELLO = 11,
        DARQ_FRAME_WELCOME = 12,
        DARQ_FRAME_UNDELIVERABLE = 16,
        DARQ_FRAME_CREDIT = 17,
        DARQ_FRAME_CANCEL = 18,
        DARQ_FRAME_PING = 19,
        DARQ_FRAME_PONG = 20,
};

enum { DARQ_FRAME_REQUEST = 1, DARQ_FRAME_REPLY = 2, DARQ_FRAME_GIVE_SOURCE = 4 }; /* flags */

struct darq_frame_header {
        uint8_t type;
        bool extended;          /* has the call header: length 24 */
        uint32_t size;          /* of the whole frame */
        uint32_t header_size;   /* as received, 8..64: where the body begins */
        uint64_t call;
        uint32_t timeout_ms;
        uint16_t flags;
        uint16_t port_count;
};
