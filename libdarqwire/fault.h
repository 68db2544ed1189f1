/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_FAULT_H
#define DARQWIRE_FAULT_H

#include <darq/call.h>

#include "libdarqwire/catalog.h"

/** A body that generated code has refused. */
struct darq_fault {
        const struct darq_interface *interface; /* that declares the method */
        const struct darq_method *method;
        enum darq_part part;
        const struct darq_reader *reader; /* as unpack has left it, data at the body's start */
        size_t size;                      /* of the body */
};

enum { DARQ_FAULT_TEXT = 512 }; /* room for a sentence */

/** "value.meta.tags[3]: a string is longer than its bound, at byte 57". Without memory, or a schema, the path is left out. */
void darq_fault_tell(const struct darq_fault *self, char *text, size_t room);

#endif
