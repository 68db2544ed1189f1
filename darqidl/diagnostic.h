/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_DIAGNOSTIC_H
#define DARQIDL_DIAGNOSTIC_H

#include <stdbool.h>
#include <stdio.h>

#include "darqidl/tree.h"

struct region;
struct diagnostic;

enum {
        DIAGNOSTIC_MAX = 100, /* printed in one run */
        DIAGNOSTIC_KEPT =
                1000 /* errors, and as many warnings, sorted before that; the others are counted */
};

/**
 * What is wrong with a file, collected and printed in the order of the text. Codes are stable: codes.h.
 */
struct diagnostics {
        struct region *region;
        struct diagnostic *first;
        struct diagnostic **end;
        struct diagnostic *last; /* NULL: it wasn't kept, and wants no note or suggestion */
        unsigned int kept;       /* of both */
        unsigned int errors;
        unsigned int warnings;
};

void diagnostics_init(struct diagnostics *self, struct region *region);

/** An error or, by its code, a warning, at a span. The text is one sentence without a full stop. */
void diagnose(struct diagnostics *self, unsigned int code, struct span at, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/** Another place that belongs to the last diagnose(). */
void diagnose_note(struct diagnostics *self, struct span at, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/** How to mend it, for the last diagnose(): a line without a place. */
void diagnose_help(struct diagnostics *self, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/** Prints everything, sorted by file and place. */
void diagnostics_print(struct diagnostics *self, FILE *file, bool colour);

#endif
