/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_MANIFEST_H
#define PKERNEL_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pkernel/core/spelling.h"
#include "pkernel/starter/starter.darq.h"

/*
 * A manifest: what a service is called, how it is started, who may use it.
 *
 *     [Service]
 *     Name=storage
 *     Port=11001
 *     Exec=/usr/libexec/darq/storage --db %S/storage.sqlite
 *     User=darq
 *     Activate=on-demand
 *     Types=text.plain text.markdown
 *     Allow=any
 *     StartTimeout=10s
 *     Restart=5/10s
 *
 * UTF-8, a key to a line. A line that begins with '#' or ';' is a comment, as is what follows " #".
 */

enum {
        MANIFEST_SIZE_MAX = 65536,
        MANIFEST_NAME_MAX = SPELLING_SERVICE_MAX,
        MANIFEST_TYPE_MAX = 128,
        MANIFEST_PRINCIPAL_MAX = 320,
        MANIFEST_LIST_MAX = 64,  /* types, principals */
        MANIFEST_WORDS_MAX = 128 /* of Exec */
};

/* Words of a value, each ended by a NUL. */
struct word_list {
        size_t count;
        char **words; /* words[count] is NULL */
};

struct manifest {
        char *name;
        uint64_t port;         /* 0: none is declared */
        struct word_list exec; /* with %S and %% still in it; empty for Activate=never */
        char *user;            /* NULL: the p-kernel's own */
        uid_t uid;             /* that user's, by user_resolve() */
        enum darq_starter_activation activation;
        struct word_list types;
        struct word_list allow; /* empty: any */
        struct word_list locations;
        uint32_t start_timeout_ms;
        uint32_t restart_count;
        uint32_t restart_window_ms;
        bool shared; /* by two registries: the first that is freed leaves it to the other */
};

/* What is wrong with a manifest. */
struct manifest_fault {
        unsigned int line; /* from 1; 0: the whole */
        bool no_memory;    /* that is all; the text may be fine */
        char text[160];
};

/**
 * Reads a manifest. NULL after *fault is filled in, also when memory is short. It depends on the text alone: whether there is
 * such a user, or such a program, is seen later.
 */
struct manifest *manifest_parse(const char *text, size_t size, struct manifest_fault *fault);

/** The fault in words, with its line. */
enum { MANIFEST_REASON_MAX = sizeof(struct manifest_fault) + 32 };
void manifest_fault_tell(const struct manifest_fault *fault, char reason[MANIFEST_REASON_MAX]);

void manifest_free(struct manifest *self);

#endif
