/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_JSONTEXT_H
#define DARQIDL_JSONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page;

/** JSON that is being written: two spaces for each level, commas where they belong. */
struct json {
        struct page *page;
        unsigned int depth;
        bool follows; /* something stands before on this level */
        bool flat;    /* what is begun now stays on its line: to be set and reset by the caller */
};

/* A key of NULL: an element of a list, or the outermost value. */

/** open: '{' or '['. */
void json_begin(struct json *self, const char *key, char open);
void json_end(struct json *self, char close);

/** Text is UTF-8; what isn't comes out as U+FFFD. NULL: nothing is written. */
void json_string(struct json *self, const char *key, const char *text);
void json_bytes(struct json *self, const char *key, const char *text, size_t size);
/** Integers beyond 2^53 are written as strings, so that a reader with doubles doesn't spoil them. */
void json_integer(struct json *self, const char *key, bool negative, uint64_t magnitude);
/** So that reading it gives the same f64, or where it is single the same f32. */
void json_real(struct json *self, const char *key, double value, bool single);
void json_bool(struct json *self, const char *key, bool value);
/** As true; nothing is written for false. */
void json_flag(struct json *self, const char *key, bool value);

#endif
