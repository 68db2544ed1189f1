/* SPDX-License-Identifier: MIT */
#ifndef LINK_RIGHTS_H
#define LINK_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Ports that crossed. An export is a port of this location that the other one knows; an import is one of theirs, for
 * which a port of our own stands here: its proxy.
 */

struct peer;

/** A port in something that we were given, as it is written into a record. One right on it is ours. */
uint64_t rights_give(struct peer *peer, uint64_t port);

/** As if it had not been given: the right goes back. */
void rights_refuse(struct peer *peer, uint64_t port);

/** A port of a record, as it is here: one that goes into a message. Never 0: a port that leads nowhere is our own. */
uint64_t rights_take(struct peer *peer, uint64_t port);

/** A port of a record that nobody gets. */
void rights_return(struct peer *peer, uint64_t port);

/** What was taken has been put into a message behind which this is called: whether anybody holds it is asked for. */
void rights_watch(struct peer *peer, uint64_t proxy);

/** So many ports are open for what may have to be taken. False: they are still being opened. */
bool rights_ready(struct peer *peer, unsigned int count);

/** Whether a port of ours is known there, and may be sent to from there. */
bool rights_exported(const struct peer *peer, uint64_t port);

/** The number there of what a port of ours stands for; 0: it is no proxy. */
uint64_t rights_meaning(const struct peer *peer, uint64_t proxy);

/* What is told. */
void rights_released(struct peer *peer, uint64_t port, uint64_t count); /* by the other side */
void rights_ended(struct peer *peer, uint64_t port);   /* by the other side: of an import */
void rights_dead(struct peer *peer, uint64_t port);    /* by the p-kernel: of an export */
void rights_unused(struct peer *peer, uint64_t proxy); /* by the p-kernel */

/** The answer to what rights_watch() asks: rights that are held; given: as it was when it was asked. */
void rights_counted(struct peer *peer, uint64_t proxy, uint64_t rights, uint64_t given);

void rights_deinit(struct peer *peer);

#endif
