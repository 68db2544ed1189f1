/* SPDX-License-Identifier: MIT */
/*
 * Captures as files: classic pcap with nanoseconds, link type 147 (DLT_USER0), as libpcap's pcap-savefile(5) describes
 * it.
 *
 * A packet is a header of ours, 16 bytes, big-endian, and the frame as it is on the wire, as far as it was shown:
 *
 *      0  "DARQ"
 *      4  u8 1, the version
 *      5  u8 direction: 0 from the peer to the p-kernel, 1 to the peer
 *      6  u16 16, the length of this header
 *      8  u64 connection id of the peer
 */
#include "pkernel/darqctl/pcap.h"

#include <errno.h>
#include <string.h>

#include "libdarqwire/frame.h"

enum { PACKET_HEADER = 16, OUR_HEADER = 16, SNAP = 1 << 20, USER0 = 147, NS_PER_S = 1000000000 };

#define PCAP_NANOSECONDS UINT32_C(0xa1b23c4d)

FILE *pcap_open(const char *path)
{
        const struct {
                uint32_t magic; /* in this machine's order: readers tell by it */
                uint16_t major, minor;
                uint32_t zone, accuracy, snap, link;
        } head = {PCAP_NANOSECONDS, 2, 4, 0, 0, SNAP, USER0};
        FILE *file = fopen(path, "wb");

        if (file != NULL)
                setvbuf(file, NULL, _IONBF, 0); /* what was seen is there however we end */
        if (file != NULL && fwrite(&head, sizeof head, 1, file) == 1)
                return file;
        fprintf(stderr, "darqctl: %s: %s\n", path, strerror(errno));
        if (file != NULL)
                fclose(file);
        return NULL;
}

bool pcap_write(FILE *file, uint64_t time_ns, const struct darq_kernel_frame_entry *entry)
{
        static uint8_t packet[PACKET_HEADER + OUR_HEADER + SNAP];
        size_t size = entry->head.size < SNAP - OUR_HEADER ? entry->head.size : SNAP - OUR_HEADER;
        const uint32_t head[4] = {
                (uint32_t)(time_ns / NS_PER_S),
                (uint32_t)(time_ns % NS_PER_S),
                (uint32_t)(OUR_HEADER + size),
                OUR_HEADER + entry->size,
        };
        uint8_t *ours = packet + PACKET_HEADER;

        memcpy(packet, head, sizeof head);
        memcpy(ours, "DARQ\1", 5);
        ours[5] = entry->outgoing;
        ours[6] = 0;
        ours[7] = OUR_HEADER;
        darq_frame_u64_put(ours + 8, entry->connection);
        memcpy(ours + OUR_HEADER, entry->head.data, size);
        return fwrite(packet, PACKET_HEADER + OUR_HEADER + size, 1, file) == 1;
}
