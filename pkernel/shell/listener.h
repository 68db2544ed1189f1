/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LISTENER_H
#define PKERNEL_LISTENER_H

/* A socket that accepts peers. */

struct list;
struct server;

/** Listens at an address as --listen takes it. 0, or -errno after a line in the log. */
int listener_open(struct server *server, const char *text);

/** Takes a socket that listens already. 0, or -errno. */
int listener_adopt(struct server *server, int fd);

/** Goes on with listeners that have paused for want of descriptors or memory. */
void listeners_resume(struct server *server);

/** Closes all of them. The Unix sockets that were made are removed by the starter. */
void listeners_close(struct server *server);

#endif
