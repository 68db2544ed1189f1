/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_COMPILATION_H
#define DARQIDL_COMPILATION_H

#include "darqidl/diagnostic.h"
#include "darqidl/table.h"
#include "darqidl/tree.h"

/**
 * One .didl file and all that it imports, on its way from text to a checked tree. Phases run in this order; each needs
 * the ones before it: load (import.c), resolve (resolve.c), constants (constant.c), checks (check.c), sizes (sizes.c),
 * names in C (cname.c).
 */
struct compilation {
        struct region *region;
        struct region *scratch; /* what is needed of one declaration only */
        struct diagnostics diagnostics;
        const char *const *include_dirs;
        size_t include_count;
        struct file *file;  /* the one that was asked for */
        struct file *files; /* of the import graph, dependencies first */
        struct file **files_end;
        struct table sources;      /* by path: struct file */
        struct table packages;     /* by name: struct file */
        struct table declarations; /* by full name: struct declaration */
        struct table interfaces;   /* by id, in hexadecimal: struct declaration */
        size_t declared;           /* declarations, in all */
        size_t methods;        /* of all interfaces, with those that they get from their bases */
        size_t copied;         /* bytes of strings that other constants and defaults stand for */
        size_t nearest_budget; /* of suggestions: name.h */
        bool ports_marked;     /* at all declarations that hold some: check_ports.c */
        bool incomplete;       /* something wasn't read: what isn't found may be there */
};

void compilation_init(struct compilation *self, const char *const *include_dirs,
                      size_t include_count);
void compilation_deinit(struct compilation *self);

/** Runs all phases on a file. False after an error; then diagnostics tell, and nothing may be written. */
bool compilation_run(struct compilation *self, const char *path);

/** Whether its C could be included by the file's name, and its imports' by theirs. Else diagnostics tell. */
bool compilation_names_fit(struct compilation *self);

/* The phases. */
void compilation_load(struct compilation *self, const char *path);
void compilation_resolve(struct compilation *self);
void compilation_evaluate(struct compilation *self);
void compilation_check(struct compilation *self);
void compilation_measure(struct compilation *self);

/** What an attribute of this name says; NULL: it isn't there. */
const struct attribute *attribute_find(const struct attribute *attributes, const char *name);

#endif
