/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SHORTAGE_H
#define PKERNEL_SHORTAGE_H

#include <errno.h>
#include <stdbool.h>

/** Whether an errno tells what the system lacks now and may have later: no fault of a manifest's or of its user's. */
static inline bool is_shortage(int error)
{
        return error == ENOMEM || error == EMFILE || error == ENFILE;
}

#endif
