/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_PCAP_H
#define DARQCTL_PCAP_H

#include <stdio.h>

#include "kernel.darq.h"

/** A capture for Wireshark. NULL, after a sentence, when the file can't be written. */
FILE *pcap_open(const char *path);

/** One frame; time_ns is CLOCK_REALTIME. False: it can't be written. */
bool pcap_write(FILE *file, uint64_t time_ns, const struct darq_kernel_frame_entry *entry);

#endif
