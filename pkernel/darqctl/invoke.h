/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_INVOKE_H
#define DARQCTL_INVOKE_H

#include <darq/darq.h>

#include "pkernel/darqctl/json.h"

/** Whom to call. */
struct invocation {
        struct darq_session *session;
        const struct darq_catalog *catalog; /* of what the port serves */
        uint64_t port;
        unsigned int timeout_ms; /* 0: the usual */
        const char *name;        /* for sentences */
};

/**
 * Calls a method ("get", or "Storage.get" where bases have one of the same name) with its parameters as an object. DONE
 * and *reply, to be released with json_decref(), NULL of a one-way method; NOT_DONE after a sentence.
 */
int invoke(const struct invocation *self, const char *method, const json_t *request,
           json_t **reply);

#endif
