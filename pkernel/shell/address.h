/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_ADDRESS_H
#define PKERNEL_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

/* Where to listen: tcp:HOST:PORT (HOST an address, [..] around IPv6, or localhost), unix:PATH. */

enum { ADDRESS_TEXT_MAX = 160 };

struct address {
        struct sockaddr_storage storage;
        socklen_t size;
};

/** 0, -EINVAL, or -ENAMETOOLONG. */
int address_parse(struct address *self, const char *text);

/** As it would be given to --listen. */
void address_format(const struct address *self, char *text, size_t capacity);

#endif
