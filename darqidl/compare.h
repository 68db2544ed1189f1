/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_COMPARE_H
#define DARQIDL_COMPARE_H

#include "darqidl/table.h"
#include "darqidl/tree.h"
#include "darqidl/verdict.h"

struct compilation;
struct region;

/** What of a method holds a value. Clients write requests and uploads, services the others. */
enum list_kind {
        LIST_NONE,
        LIST_REQUEST,
        LIST_UPLOAD,
        LIST_REPLY,
        LIST_DOWNLOAD,
        LIST_ERRORS,
        LIST_COUNT
};

/** How many lists are known of those that hold a thing: enough to tell that there are more than are named. */
enum { REACH_MAX = 9 };

/**
 * Two versions of one thing that are compared with each other: declarations, or one of a method's lists. Nodes are
 * joined by who uses them, so that a change can be followed up to the methods that it reaches.
 */
struct node {
        struct node *next; /* of all, in the order in which they were met */
        const struct declaration *old_version, *new_version; /* of a list: the interfaces */
        const char *subject;                                 /* "Metadata", "Storage.get" */
        enum list_kind list;                                 /* LIST_NONE: a pair of declarations */
        struct node_use *uses;
        unsigned int order;                  /* of all nodes */
        unsigned int visit;                  /* the last search that met it */
        unsigned int directions;             /* who writes what holds it: a set */
        const struct node *lists[REACH_MAX]; /* the first ones that hold it, itself included */
        unsigned int list_count;
};

struct node_use {
        struct node_use *next;
        struct node *node;
};

struct change {
        struct change *next;
        enum rule rule;
        struct span old_at, new_at; /* source NULL: it isn't there */
        const char *text;           /* a sentence without a full stop */
        const char *help;           /* NULL: none */
        struct node *node;          /* what changed; NULL: nothing that a method could reach */
};

/** Two checked compilations on their way to a list of changes. */
struct comparison {
        struct region *region;
        const struct compilation *old_tree, *new_tree;
        struct table new_of; /* full name of an old declaration: the new one that it became */
        struct table old_of;
        struct table nodes; /* by both full names */
        struct node *first, **end;
        struct node *current; /* what uses the types that are met now */
        struct change *changes, **changes_end;
        struct change *last;
        size_t change_count;
        unsigned int node_count;
        unsigned int visit; /* searches so far */
};

/** Compares new_tree with old_tree. Both are checked and without errors; they and the region outlive the comparison. */
void comparison_run(struct comparison *self, struct region *region,
                    const struct compilation *old_tree, const struct compilation *new_tree);

/** False: the files have different packages and nothing in common. */
bool comparison_makes_sense(const struct comparison *self);

/* For the parts of the comparison, a file each. */

/** A change of what is compared now. A span of a NULL source: that version hasn't it. */
void change_add(struct comparison *self, enum rule rule, struct span old_at, struct span new_at,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/** What to do about the last change. */
void change_help(struct comparison *self, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/** The new declaration that an old one became; NULL: none. */
const struct declaration *new_version_of(const struct comparison *self,
                                         const struct declaration *old);
const struct declaration *old_version_of(const struct comparison *self,
                                         const struct declaration *declaration);

/** Takes two for versions of one. False: one of them has a partner already. */
bool versions_join(struct comparison *self, const struct declaration *old,
                   const struct declaration *declaration);

/** What is compared now uses these two, which will be compared with each other in their turn. */
void versions_use(struct comparison *self, const struct declaration *old,
                  const struct declaration *declaration);

/** A name as it is told: without the package where that is the compared file's. */
const char *told_name(const struct comparison *self, const struct declaration *declaration);

/** As it would be written in .didl. */
const char *type_text(const struct comparison *self, const struct type *type);

/** Makes pairs of what the two files declare, and nodes of the pairs. */
void compare_declarations(struct comparison *self);

struct node *node_new(struct comparison *self, const struct declaration *old,
                      const struct declaration *declaration, const char *subject);
bool constants_equal(const struct constant *a, const struct constant *b);
void compare_pair(struct comparison *self, const struct node *node);
void compare_types(struct comparison *self, const char *subject, const struct type *old,
                   const struct type *type);
void compare_sets(struct comparison *self, const struct declaration *old,
                  const struct declaration *declaration);
void compare_growing(struct comparison *self, const struct declaration *old,
                     const struct declaration *declaration);
void compare_struct(struct comparison *self, const struct declaration *old,
                    const struct declaration *declaration);
void compare_lists(struct comparison *self, const char *whole, const struct member *old,
                   const struct member *members, struct span old_at, struct span new_at);
void compare_interfaces(struct comparison *self, const struct declaration *old,
                        const struct declaration *declaration);

/** What anything may have beside its meaning. */
struct marks {
        const struct attribute *attributes;
        const char *name, *c_name;
        struct span at;
};

void compare_marks(struct comparison *self, const char *subject, const struct marks *old,
                   const struct marks *marks);
struct marks marks_of_member(const struct member *member);
struct marks marks_of_method(const struct method *method);
struct marks marks_of_declaration(const struct declaration *declaration);

#endif
