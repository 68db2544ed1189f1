/* SPDX-License-Identifier: MIT */
/*
 * JSON as text (RFC 8259): objects and lists on lines of their own, so that two versions can be compared line by line;
 * those that hold nothing on one.
 *
 * Only what JSON wants is escaped. Text comes from files that were found to be UTF-8, but names of files may be anything.
 */
#include "darqidl/jsontext.h"

#include <math.h>

#include "darqidl/page.h"
#include "darqidl/text.h"

static void value_begin(struct json *self, const char *key)
{
        if (self->follows)
                page_print(self->page, self->flat ? ", " : ",");
        if (self->depth != 0 && !self->flat)
                page_print(self->page, "\n%*s", (int)self->depth * 2, "");
        if (key != NULL)
                page_print(self->page, "\"%s\": ", key);
        self->follows = true;
}

void json_begin(struct json *self, const char *key, char open)
{
        value_begin(self, key);
        page_print(self->page, "%c", open);
        self->depth++;
        self->follows = false;
}

void json_end(struct json *self, char close)
{
        self->depth--;
        if (self->follows && !self->flat)
                page_print(self->page, "\n%*s", (int)self->depth * 2, "");
        page_print(self->page, "%c", close);
        self->follows = true;
        if (self->depth == 0)
                page_print(self->page, "\n");
}

/* One character of a string; its bytes. */
static uint32_t character_print(struct page *page, const char *text, uint32_t left)
{
        unsigned char c = (unsigned char)*text;
        uint32_t size = text_character(text, left);

        if (size == 0)
                page_print(page, "\\ufffd");
        else if (c == '"' || c == '\\')
                page_print(page, "\\%c", c);
        else if (c == '\n' || c == '\t')
                page_print(page, "\\%c", c == '\n' ? 'n' : 't');
        else if (c < 0x20 || c == 0x7f)
                page_print(page, "\\u%04x", c);
        else
                page_print(page, "%.*s", (int)size, text);
        return size != 0 ? size : 1;
}

static void text_print(struct page *page, const char *text, size_t size)
{
        page_print(page, "\"");
        for (size_t at = 0; at < size;)
                at += character_print(page, text + at, (uint32_t)(size - at));
        page_print(page, "\"");
}

void json_bytes(struct json *self, const char *key, const char *text, size_t size)
{
        value_begin(self, key);
        text_print(self->page, text, size);
}

void json_string(struct json *self, const char *key, const char *text)
{
        size_t size = 0;

        if (text == NULL)
                return;
        while (text[size] != 0)
                size++;
        json_bytes(self, key, text, size);
}

void json_integer(struct json *self, const char *key, bool negative, uint64_t magnitude)
{
        const char *quote = magnitude > UINT64_C(1) << 53 ? "\"" : "";

        value_begin(self, key);
        page_print(self->page, "%s%s%llu%s", quote, negative && magnitude != 0 ? "-" : "",
                   (unsigned long long)magnitude, quote);
}

void json_real(struct json *self, const char *key, double value, bool single)
{
        value_begin(self, key);
        page_print(self->page, "%.*g%s", single ? 9 : 17, value,
                   value == 0 && signbit(value) ? ".0" : ""); /* -0 is an integer to most readers */
}

void json_bool(struct json *self, const char *key, bool value)
{
        value_begin(self, key);
        page_print(self->page, "%s", value ? "true" : "false");
}

void json_flag(struct json *self, const char *key, bool value)
{
        if (value)
                json_bool(self, key, true);
}
