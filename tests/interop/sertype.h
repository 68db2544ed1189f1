/* SPDX-License-Identifier: MIT */
#ifndef INTEROP_SERTYPE_H
#define INTEROP_SERTYPE_H

#include <dds/dds.h>
#include <dds/ddsi/ddsi_cdrstream.h>
#include <dds/ddsi/ddsi_serdata_default.h>

/** A type of Cyclone's, as far as its stream functions look at it, for XCDR2. */
static inline struct ddsi_sertype_default sertype(const dds_topic_descriptor_t *topic)
{
        return (struct ddsi_sertype_default){
                .write_encoding_version = CDR_ENC_VERSION_2,
                .type =
                        {
                                .size = topic->m_size,
                                .align = topic->m_align,
                                .flagset = topic->m_flagset,
                                .ops = {.nops = dds_stream_countops(topic->m_ops, 0, NULL),
                                        .ops = (uint32_t *)(uintptr_t)topic->m_ops},
                        },
        };
}

#endif
