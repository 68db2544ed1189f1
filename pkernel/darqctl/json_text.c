/* SPDX-License-Identifier: MIT */
/*
 * JSON's text.
 *
 * JSON's integers have no limit, jansson's are below 2^63, and a u64 isn't. So what is beyond stands in the text that
 * jansson is given as {"\u0001": "18446744073709551615"}: an object with a key that is nobody's name.
 */
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/json.h"

enum { MOST_DIGITS = 19 };

static const char large_key[] = "\x01";
static const char large_begin[] = "{\"\\u0001\":\"";
static const char large_end[] = "\"}";

const char *json_large_integer(const json_t *value)
{
        return json_string_value(json_object_get(value, large_key));
}

/* The length of a string that stands at text, with its quotes. */
static size_t string_span(const char *text, const char *end)
{
        const char *at = text + 1;

        while (at < end && *at != '"')
                at += *at == '\\' && at + 1 < end ? 2 : 1;
        return (size_t)(at - text) + (at < end ? 1 : 0);
}

static size_t word_span(const char *text, const char *end)
{
        const char *at = text;

        while (at < end && strchr("0123456789+-.eE", *at) != NULL && *at != '\0')
                at++;
        return (size_t)(at - text);
}

/* Whether a word of a number's characters is a whole number that doesn't fit. */
static bool is_large(const char *word, size_t size)
{
        size_t sign = word[0] == '-' ? 1 : 0;
        const char *most = sign != 0 ? "9223372036854775808" : "9223372036854775807";

        if (size - sign < MOST_DIGITS || word[sign] == '0')
                return false;
        for (size_t i = sign; i < size; i++)
                if (word[i] < '0' || word[i] > '9')
                        return false;
        return size - sign > MOST_DIGITS || memcmp(word + sign, most, MOST_DIGITS) > 0;
}

static char *append(char *to, const char *from, size_t size)
{
        memcpy(to, from, size);
        return to + size;
}

/* At most twice as long: what is replaced has nineteen digits or more. */
static size_t text_prepare(char *to, const char *text, size_t size)
{
        const char *end = text + size;
        char *at = to;

        while (text < end) {
                size_t span = *text == '"' ? string_span(text, end) : word_span(text, end);

                if (*text != '"' && span != 0 && is_large(text, span)) {
                        at = append(at, large_begin, sizeof large_begin - 1);
                        at = append(at, text, span);
                        at = append(at, large_end, sizeof large_end - 1);
                } else {
                        span += span == 0 ? 1 : 0;
                        at = append(at, text, span);
                }
                text += span;
        }
        return (size_t)(at - to);
}

json_t *json_parse(const char *text, size_t size, json_error_t *error)
{
        char *prepared = malloc(2 * size + 1);
        json_t *value = NULL;

        if (prepared != NULL)
                value = json_loadb(prepared, text_prepare(prepared, text, size),
                                   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
        else
                *error = (json_error_t){.text = "memory is short"};
        free(prepared);
        return value;
}
