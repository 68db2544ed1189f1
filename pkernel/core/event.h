/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_EVENT_H
#define PKERNEL_EVENT_H

#include "pkernel/core/parcel.h"

/* Messages of the p-kernel itself: calls of interface darq.kernel.Watcher, one-way, from port 1. Each fits a head. */

/** Fills parcel: port has ended. */
void event_ended(struct parcel *parcel, uint64_t port, uint64_t watcher);

/** Fills parcel: nobody has a right on port any more; so many were ever given. */
void event_no_senders(struct parcel *parcel, uint64_t port, uint64_t grants, uint64_t watcher);

#endif
