/* SPDX-License-Identifier: MIT */
/*
 * Addresses as text. No names are looked up: the p-kernel listens on its own machine only.
 */
#include "pkernel/shell/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static int port_parse(const char *text, in_port_t *port)
{
        unsigned long number;
        char *end;

        if (*text < '0' || *text > '9')
                return -EINVAL;
        number = strtoul(text, &end, 10);
        if (*end != '\0' || number > UINT16_MAX)
                return -EINVAL;
        *port = htons((uint16_t)number);
        return 0;
}

static int tcp_parse(struct address *self, const char *text)
{
        struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&self->storage;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&self->storage;
        const char *colon = strrchr(text, ':');
        char host[INET6_ADDRSTRLEN + 2];
        size_t length;

        if (colon == NULL || (size_t)(colon - text) >= sizeof host)
                return -EINVAL;
        length = (size_t)(colon - text);
        memcpy(host, text, length);
        host[length] = '\0';
        if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
                host[length - 1] = '\0';
                *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
                self->size = sizeof *v6;
                if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
                        return -EINVAL;
                return port_parse(colon + 1, &v6->sin6_port);
        }
        *v4 = (struct sockaddr_in){.sin_family = AF_INET};
        self->size = sizeof *v4;
        if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                      &v4->sin_addr) != 1)
                return -EINVAL;
        return port_parse(colon + 1, &v4->sin_port);
}

static int unix_parse(struct address *self, const char *path)
{
        struct sockaddr_un *address = (struct sockaddr_un *)(void *)&self->storage;

        if (*path == '\0')
                return -EINVAL;
        if (strlen(path) >= sizeof address->sun_path)
                return -ENAMETOOLONG;
        address->sun_family = AF_UNIX;
        memcpy(address->sun_path, path, strlen(path) + 1);
        self->size = sizeof *address;
        return 0;
}

int address_parse(struct address *self, const char *text)
{
        *self = (struct address){0};
        if (strncmp(text, "tcp:", 4) == 0)
                return tcp_parse(self, text + 4);
        if (strncmp(text, "unix:", 5) == 0)
                return unix_parse(self, text + 5);
        return -EINVAL;
}

void address_format(const struct address *self, char *text, size_t capacity)
{
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&self->storage;
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&self->storage;
        const struct sockaddr_un *local = (const struct sockaddr_un *)(const void *)&self->storage;
        char host[INET6_ADDRSTRLEN] = "";

        switch (self->storage.ss_family) {
        case AF_INET:
                inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
                snprintf(text, capacity, "tcp:%s:%u", host, (unsigned int)ntohs(v4->sin_port));
                break;
        case AF_INET6:
                inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
                snprintf(text, capacity, "tcp:[%s]:%u", host, (unsigned int)ntohs(v6->sin6_port));
                break;
        default:
                snprintf(text, capacity, "unix:%s", local->sun_path);
                break;
        }
}
