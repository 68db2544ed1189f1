/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_VERDICT_H
#define DARQIDL_VERDICT_H

#include <stdbool.h>

/** What a change does to messages between programs of both versions. From the best to the worst. */
enum wire {
        WIRE_FINE,
        WIRE_READERS_FIRST, /* fine if all readers are upgraded before the writers */
        WIRE_WRITERS_FIRST,
        WIRE_BREAKS
};

/** What it does to C code that was written for the old version. */
enum code_effect { CODE_FINE, CODE_BREAKS };

/** Every kind of change: a row of verdict.c each. */
enum rule {
        RULE_PACKAGE_RENAMED,
        RULE_PACKAGE_RENAMED_C_KEPT,
        RULE_PREFIX_CHANGED,
        RULE_DECLARATION_ADDED,
        RULE_DECLARATION_REMOVED,
        RULE_DECLARATION_RENAMED,
        RULE_DECLARATION_RENAMED_C_KEPT,
        RULE_KIND_CHANGED,
        RULE_ALIAS_REMOVED,
        RULE_CONST_VALUE_CHANGED,
        RULE_CONST_TYPE_CHANGED,
        RULE_ATTRIBUTE_CHANGED,
        RULE_C_NAME_CHANGED,
        /* interfaces */
        RULE_INTERFACE_REMOVED,
        RULE_INTERFACE_ID_CHANGED,
        RULE_BASE_ADDED,
        RULE_BASE_REMOVED,
        RULE_METHOD_ADDED,
        RULE_METHOD_REMOVED,
        RULE_ONEWAY_CHANGED,
        RULE_STREAM_CHANGED,
        RULE_ERROR_ADDED,
        RULE_ERROR_REMOVED,
        RULE_ERROR_REPLACED,
        /* parameters */
        RULE_PARAMETER_ADDED,
        RULE_REQUIRED_PARAMETER_ADDED,
        RULE_PARAMETER_INSERTED,
        RULE_PARAMETER_REMOVED,
        RULE_PARAMETERS_REORDERED,
        RULE_DEFAULT_ADDED,
        RULE_DEFAULT_CHANGED,
        RULE_DEFAULT_REMOVED,
        /* members */
        RULE_MEMBER_ADDED,
        RULE_STRICT_MEMBER_ADDED,
        RULE_MEMBER_RENAMED,
        RULE_MEMBER_RENAMED_C_KEPT,
        RULE_MEMBER_REMOVED,
        RULE_MEMBER_REMOVED_RESERVED,
        RULE_STRICT_MEMBER_REMOVED_RESERVED,
        RULE_NUMBER_CHANGED,
        RULE_NUMBER_REUSED,
        RULE_RESERVED_NUMBER_USED,
        RULE_RESERVED_NAME_USED,
        RULE_RESERVED_DROPPED,
        RULE_STRUCT_MEMBER_ADDED,
        RULE_STRUCT_MEMBER_REMOVED,
        RULE_STRUCT_REORDERED,
        /* types */
        RULE_TYPE_CHANGED,
        RULE_TYPE_CHANGED_C_KEPT,
        RULE_TYPE_REPLACED,
        RULE_NEWTYPE_CHANGED,
        RULE_LENGTH_CHANGED,
        RULE_BOUND_GROWS,
        RULE_BOUND_SHRINKS,
        RULE_OPTIONAL_CHANGED,
        RULE_OPTIONAL_BECAME_DEFAULT,
        RULE_BASE_TYPE_CHANGED,
        RULE_BITS_WIDENED,
        RULE_MADE_FLEXIBLE,
        RULE_MADE_STRICT,
        RULE_UNION_MADE_FLEXIBLE,
        RULE_UNION_MADE_STRICT,
        RULE_PORT_NARROWED,
        RULE_PORT_WIDENED,
        RULE_PORT_CHANGED,
        RULE_COUNT
};

struct verdict {
        const char *name; /* "bound-grows" */
        enum wire wire;
        enum code_effect code;
        const char *note; /* a line to be told with the change; NULL: none */
        const char *why;  /* for `darqidl explain` */
};

const struct verdict *verdict_of(enum rule rule);

/** By its name; NULL: there is none. */
const struct verdict *verdict_find(const char *name);

/** "fine", "fine, readers first", "fine, writers first", "breaks". */
const char *wire_text(enum wire wire);
const char *code_effect_text(enum code_effect code);

#endif
