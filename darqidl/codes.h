/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_CODES_H
#define DARQIDL_CODES_H

#include <stdbool.h>

/**
 * Codes of what can be wrong. They are stable: a number is never given to another fault, and one that is no longer
 * reported stays taken. codes.c says what each means and how to mend it.
 */
enum code {
        /* text and grammar */
        DI_NOT_TEXT = 1,
        DI_OPEN_COMMENT = 2,
        DI_OPEN_STRING = 3,
        DI_BAD_NUMBER = 4,
        DI_NUMBER_TOO_LARGE = 5,
        DI_BAD_ESCAPE = 6,
        DI_BAD_TEXT = 7,
        DI_SYNTAX = 8,
        DI_STRAY_DOC = 9,
        DI_MISPLACED_ATTRIBUTE = 10,
        DI_STREAM = 11,
        DI_TOO_DEEP = 12,
        DI_LONG_NAME = 13,
        /* files */
        DI_UNREADABLE = 20,
        DI_IMPORT_CYCLE = 21,
        DI_IMPORT_DEPTH = 22,
        DI_PACKAGE_TWICE = 23,
        DI_IMPORT_TWICE = 24,
        /* names */
        DI_CASING = 30,
        DI_REDECLARED = 31,
        DI_UNKNOWN_NAME = 32,
        DI_WRONG_KIND = 33,
        DI_NOT_IMPORTED = 34,
        DI_C_CLASH = 35,
        DI_RESERVED_USED = 36,
        DI_RESERVED_TWICE = 37,
        DI_FILE_NAME = 42,
        /* numbers and values */
        DI_RANGE = 50,
        DI_DUPLICATE_NUMBER = 51,
        DI_NOT_ONE_BIT = 52,
        DI_BAD_VALUE = 53,
        DI_CONSTANT_CYCLE = 54,
        DI_BAD_BOUND = 55,
        DI_BAD_DEFAULT = 56,
        DI_BACKWARD_RANGE = 57,
        /* types */
        DI_EMPTY = 70,
        DI_BAD_BASE = 71,
        DI_BAD_TYPE = 72,
        DI_NESTED_VEC = 73,
        DI_MISPLACED_OPTIONAL = 74,
        DI_INFINITE = 75,
        DI_ALIAS_CYCLE = 76,
        DI_PORT_IN_STREAM = 77,
        DI_TOO_LARGE = 78,
        /* methods and interfaces */
        DI_REQUIRED_AFTER_OPTIONAL = 90,
        DI_BASE_TWICE = 91,
        DI_BASE_CYCLE = 92,
        DI_METHOD_CLASH = 93,
        DI_ONEWAY_STREAM = 94,
        DI_TOO_MANY = 95,
        /* attributes */
        DI_UNKNOWN_ATTRIBUTE = 110,
        DI_BAD_ATTRIBUTE = 111,
        DI_SAME_ID = 112,
};

struct code_text {
        enum code code;
        bool warning;
        const char *summary; /* a line */
        const char *text;    /* what it means and how to mend it */
};

/** NULL for a number that no code has. */
const struct code_text *code_find(unsigned int code);

#endif
