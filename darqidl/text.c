/* SPDX-License-Identifier: MIT */
/*
 * What a source file's bytes may be, looked at once before the scanner sees them, comments and strings included.
 *
 * The first offence of a file is reported and ends its reading: what is not text has nothing else to say.
 */
#include "darqidl/text.h"

#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/diagnostic.h"
#include "darqidl/source.h"

/* RFC 3629: shortest form, no surrogates. */
uint32_t text_character(const char *bytes, uint32_t left)
{
        const unsigned char *text = (const unsigned char *)bytes;
        uint32_t size = text[0] < 0x80   ? 1
                        : text[0] < 0xc2 ? 0
                        : text[0] < 0xe0 ? 2
                        : text[0] < 0xf0 ? 3
                                         : 4;

        if (text[0] > 0xf4 || size > left)
                return 0;
        for (uint32_t i = 1; i < size; i++)
                if ((text[i] & 0xc0) != 0x80)
                        return 0;
        if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
            (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
                return 0;
        return size;
}

static const char *fault_of(const unsigned char *text, uint32_t left, uint32_t size)
{
        if (size == 0)
                return "this is not UTF-8";
        if (text[0] == '\r' && (left < 2 || text[1] != '\n'))
                return "a carriage return without a line feed";
        if (text[0] == 0)
                return "a NUL byte";
        if ((text[0] < 0x20 && strchr("\t\r\n", text[0]) == NULL) || text[0] == 0x7f)
                return "a control character";
        return NULL;
}

static void report(struct diagnostics *diagnostics, const struct source *source, uint32_t offset,
                   const char *fault)
{
        struct span at = {.source = source, .begin = offset, .end = offset + 1};

        diagnose(diagnostics, DI_NOT_TEXT, at, "%s", fault);
}

bool text_check(struct diagnostics *diagnostics, const struct source *source, uint32_t *begin)
{
        const unsigned char *text = (const unsigned char *)source->text;
        uint32_t at = source->line_starts[0];

        *begin = at;
        while (at < source->size) {
                bool plain = text[at] >= 0x20 && text[at] < 0x7f;
                uint32_t size = plain ? 1 : text_character(source->text + at, source->size - at);
                const char *fault = plain ? NULL : fault_of(text + at, source->size - at, size);

                if (fault != NULL) {
                        report(diagnostics, source, at, fault);
                        return false;
                }
                at += size;
        }
        return true;
}
