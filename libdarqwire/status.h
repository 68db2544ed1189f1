/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_STATUS_H
#define DARQWIRE_STATUS_H

#include <darq/status.h>

#include <stdint.h>

/** The status for an Undeliverable's code; for one that this version doesn't know: the nearest of its group. */
int darq_status_of_undeliverable(uint32_t code);

#endif
