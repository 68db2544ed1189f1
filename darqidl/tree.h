/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_TREE_H
#define DARQIDL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The tree of one .didl file, as the grammar builds it, and what the later phases add to it.
 *
 * The parser fills everything above a "resolved" line; the resolver and the checks fill what stands below it,
 * and nobody changes the tree after that. Back ends (C, OMG IDL, JSON, schema) only read. Everything lives in
 * the compilation's region and is freed with it.
 */

struct source; /* a file's name, text and lines: source.h */
struct declaration;

/** From the first byte to the one after the last; source_place() knows its line and column. */
struct span {
        const struct source *source;
        uint32_t begin, end;
};

struct name {
        struct span at;
        const char *text; /* "Key", "darq.Closeable"; NULL: none */
};

struct parameters;

enum value_kind { VALUE_INTEGER, VALUE_FLOAT, VALUE_STRING, VALUE_NAME, VALUE_OR };

/** A literal, a name, or several combined by |. */
struct value {
        struct value *next; /* VALUE_OR: the terms are a list */
        struct value *terms;
        struct span at;
        enum value_kind kind;
        bool faulty; /* its text was no number, and reported: it has no value */
        bool negative;
        uint64_t integer; /* magnitude */
        double real;
        const char *text; /* VALUE_NAME; VALUE_STRING: unescaped */
        size_t size;      /* of text */
};

/** What a value comes to: resolved constants, defaults, bounds. */
struct constant {
        enum {
                CONSTANT_NONE,
                CONSTANT_BOOL,
                CONSTANT_INTEGER,
                CONSTANT_FLOAT,
                CONSTANT_STRING
        } kind;
        bool negative; /* CONSTANT_INTEGER: -magnitude */
        uint64_t
                integer; /* magnitude; bool: 0 or 1; also enum members' numbers and bits combined */
        double real;
        const char *text;
        size_t size;
};

enum type_kind {
        TYPE_BOOL,
        TYPE_U8,
        TYPE_U16,
        TYPE_U32,
        TYPE_U64,
        TYPE_I8,
        TYPE_I16,
        TYPE_I32,
        TYPE_I64,
        TYPE_F32,
        TYPE_F64,
        TYPE_STRING,
        TYPE_BYTES,
        TYPE_VEC,
        TYPE_ARRAY,
        TYPE_PORT,
        TYPE_NAMED
};

struct type {
        struct span at;
        enum type_kind kind;
        bool optional;        /* T? */
        struct name name;     /* TYPE_NAMED; TYPE_PORT: the interface, text NULL for any */
        struct type *element; /* TYPE_VEC, TYPE_ARRAY */
        struct value *bound;  /* NULL: none */
        /* resolved */
        struct declaration
                *declaration;      /* TYPE_NAMED (may be an alias), TYPE_PORT of an interface */
        const struct type *actual; /* aliases seen through; self if none */
        uint32_t limit;            /* value of bound; 0: none */
        bool bounded;              /* bound was looked at */
};

struct attribute {
        struct attribute *next;
        struct name name;
        struct value *value; /* NULL: none */
};

struct reserved {
        struct reserved *next;
        struct span at;
        const char *name; /* or NULL, then first..last */
        struct value *first, *last;
        /* resolved */
        int64_t low, high; /* inclusive */
        bool numbered;     /* low and high are fine */
};

/** A member of a struct, table or union; a parameter or a result; an enumerator (type NULL). */
struct member {
        struct member *next;
        struct span at;
        const char *doc; /* NULL: none; lines joined by \n */
        struct attribute *attributes;
        struct value *number_value; /* table and union: its number; enumerator: its value */
        struct name name;
        struct type *type;
        struct value *default_value;
        const struct parameters *stream; /* a stream among parameters, until their list is built */
        /* resolved */
        int64_t number;
        uint64_t bits_value;                     /* bits: the bit */
        const struct constant *default_constant; /* NULL: none */
        bool numbered;                           /* number is fine */
        bool sensitive;
        const char *deprecated; /* NULL: not */
        const char *c_name;     /* in C, clash-free */
};

enum stream_kind { STREAM_NONE, STREAM_BYTES, STREAM_ITEMS };

/** A parameter list with its stream, if it has one. */
struct parameters {
        struct span at;
        struct member *members;
        enum stream_kind stream;
        struct span stream_at;
        bool stream_misplaced; /* among parameters it didn't stand last */
        struct member *items;  /* STREAM_ITEMS */
};

struct method {
        struct method *next;
        struct span at;
        const char *doc;
        struct attribute *attributes;
        struct value *ordinal_value;
        bool oneway;
        struct name name;
        struct parameters request;
        struct parameters reply;
        bool has_reply; /* an arrow was written */
        struct name error;
        /* resolved */
        uint32_t ordinal;
        const struct declaration *error_declaration; /* NULL: none */
        uint32_t timeout_ms;                         /* @timeout; 0: none */
        bool idempotent;
        const char *deprecated;
        const char *c_name;
};

enum declaration_kind {
        DECLARATION_CONST,
        DECLARATION_ALIAS,
        DECLARATION_NEWTYPE,
        DECLARATION_ENUM,
        DECLARATION_BITS,
        DECLARATION_ERROR,
        DECLARATION_STRUCT,
        DECLARATION_TABLE,
        DECLARATION_UNION,
        DECLARATION_INTERFACE
};

struct base {
        struct base *next;
        struct name name;
        /* resolved */
        const struct declaration *declaration;
};

struct table;
struct user;

struct declaration {
        struct declaration *next;
        enum declaration_kind kind;
        struct span at;
        const char *doc;
        struct attribute *attributes;
        struct name name;
        bool strict;
        struct type *type;         /* const, alias, newtype: its type; enum, bits: the base */
        struct value *value;       /* const */
        struct member *members;    /* struct, table, union, enum, bits, error */
        struct reserved *reserved; /* of members or methods */
        struct method *methods;
        struct base *bases;
        /* resolved */
        const struct file *file;
        const char *full_name; /* "storage.Metadata" */
        bool evaluating;       /* const, alias, struct: on the way down */
        bool has_zero;         /* enum: a member has the number 0 */
        bool finite; /* struct: its values come to an end; const: it was evaluated, well or not */
        unsigned int nested; /* struct: how many stand one in another in it */
        uint64_t smallest;   /* struct: bytes that any value takes at least, below 2^32 */
        struct table *names; /* enum, bits: its members, by name, if a value named one */
        bool has_ports;      /* struct, table, union: at whatever depth */
        struct declaration *next_marked; /* while that is found */
        struct user *users;
        struct constant constant;
        uint64_t interface_id;
        const struct declaration **ancestors; /* interface: every base, each once, nearest first */
        size_t ancestor_count;
        const char *deprecated;
        const char *c_name;  /* "storage_metadata" */
        const char *c_words; /* interface: "metadata", as a member's name */
};

struct import {
        struct import *next;
        struct span at;
        const char *path;
        /* resolved */
        const struct file *file;
};

struct file {
        struct file *next; /* of the import graph, dependencies first */
        const struct source *source;
        const char *doc;
        struct attribute *attributes;
        struct name package;
        struct import *imports;
        struct declaration *declarations;
        /* resolved */
        bool broken;           /* its text couldn't be read to the end: something may be missing */
        bool loading;          /* on the way down the import graph */
        struct table *visible; /* the packages that it imports, by name: struct file */
        const char *c_prefix;
        const char *
                output; /* "darq/object": path of the output without ".darq.h", as an includer spells it */
};

#endif
