/* SPDX-License-Identifier: MIT */
/*
 * Base64, strictly: one text for each sequence of bytes. What RFC 4648 leaves to the reader (section 3.5, bits behind the
 * last byte; section 3.3, foreign characters) is refused.
 */
#include "pkernel/darqctl/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_size(size_t bytes)
{
        return (bytes + 2) / 3 * 4;
}

size_t base64_bytes(size_t size)
{
        return size / 4 * 3;
}

void base64_encode(char *text, const uint8_t *data, size_t size)
{
        for (size_t at = 0; at < size; at += 3, text += 4) {
                size_t left = size - at;
                uint32_t bits = (uint32_t)data[at] << 16;

                bits |= left > 1 ? (uint32_t)data[at + 1] << 8 : 0;
                bits |= left > 2 ? (uint32_t)data[at + 2] : 0;
                text[0] = alphabet[bits >> 18];
                text[1] = alphabet[bits >> 12 & 63];
                text[2] = '=';
                text[3] = '=';
                if (left > 1)
                        text[2] = alphabet[bits >> 6 & 63];
                if (left > 2)
                        text[3] = alphabet[bits & 63];
        }
}

/* The six bits of each of count characters, those of the first on top; false for a foreign one. */
static bool group_decode(uint32_t *bits, const char *text, size_t count)
{
        *bits = 0;
        for (size_t i = 0; i < 4; i++) {
                const char *found = i < count && text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;

                if (i < count && found == NULL)
                        return false;
                *bits = *bits << 6 | (found != NULL ? (uint32_t)(found - alphabet) : 0);
        }
        return true;
}

bool base64_decode(uint8_t *data, size_t *count, const char *text, size_t size)
{
        size_t padding = 0;

        *count = 0;
        if (size % 4 != 0)
                return false;
        while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
                padding++;
        for (size_t at = 0; at < size; at += 4) {
                size_t bytes = at + 4 == size ? 3 - padding : 3;
                uint32_t bits;

                if (!group_decode(&bits, text + at, bytes + 1) ||
                    (bits & ((1u << 8 * (3 - bytes)) - 1)) != 0)
                        return false;
                for (size_t i = 0; i < bytes; i++)
                        data[(*count)++] = (uint8_t)(bits >> (16 - 8 * i));
        }
        return true;
}
