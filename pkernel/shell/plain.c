/* SPDX-License-Identifier: MIT */
/*
 * What services say, and words about files and programs, go into the log, line by line, and into messages, whose text is UTF-8:
 * one that can't be packed would be one that never comes. But a file's name is any bytes, and a text that had no room may end
 * within a character.
 */
#include "pkernel/shell/plain.h"

#include "libdarqwire/utf8.h"

#include <string.h>

enum { CHARACTER_MAX = 4 };

/* Bytes of the character that stands there; 0: none does. */
static size_t character_size(const char *at, size_t left)
{
        for (size_t size = 1; size <= CHARACTER_MAX && size <= left; size++)
                if (darq_utf8_valid((const uint8_t *)at, size))
                        return size;
        return 0;
}

static bool is_printed(char c)
{
        return (c >= ' ' && c != 0x7f) || c == '\t';
}

void plain_copy(char *to, size_t room, const char *text)
{
        size_t left = strlen(text);

        while (left != 0) {
                size_t size = character_size(text, left);
                bool plain = size > 1 || (size == 1 && is_printed(*text));

                if (!plain)
                        size = 1;
                if (size >= room)
                        break;
                if (plain)
                        memmove(to, text, size);
                else
                        *to = '?';
                to += size;
                room -= size;
                text += size;
                left -= size;
        }
        *to = '\0';
}
