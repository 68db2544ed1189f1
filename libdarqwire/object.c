/* SPDX-License-Identifier: MIT */
/*
 * Names of objects. Text only: what an object is, is its service's business.
 */
#include <darq/object.h>
#include <darq/status.h>

#include <stdio.h>
#include <string.h>

#include "libdarqwire/utf8.h"

static bool word_valid(struct darq_string word, size_t max)
{
        for (size_t i = 0; i < word.size; i++) {
                char c = word.data[i];

                if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-')
                        return false;
        }
        return word.size <= max;
}

/* UTF-8 whose characters can be shown: no C0, no DEL, no C1 (Unicode 15, category Cc). */
static bool id_valid(struct darq_string id)
{
        if (id.size == 0 || id.size > DARQ_OBJECT_ID_MAX ||
            !darq_utf8_valid((const uint8_t *)id.data, id.size))
                return false;
        for (size_t i = 0; i < id.size; i++) {
                unsigned char c = (unsigned char)id.data[i];

                if (c < 0x20 || c == 0x7f)
                        return false;
                if (c == 0xc2 && i + 1 < id.size && (unsigned char)id.data[i + 1] < 0xa0)
                        return false;
        }
        return true;
}

bool darq_object_valid(const struct darq_object *self)
{
        return self->type.size != 0 && word_valid(self->type, DARQ_OBJECT_TYPE_MAX) &&
               word_valid(self->location, DARQ_OBJECT_LOCATION_MAX) && id_valid(self->id);
}

/* Cuts off what stands before the next colon; false if there is none. */
static bool part_take(struct darq_string *rest, struct darq_string *part)
{
        const char *colon = rest->size == 0 ? NULL : memchr(rest->data, ':', rest->size);

        if (colon == NULL)
                return false;
        *part = (struct darq_string){rest->data, (size_t)(colon - rest->data)};
        *rest = (struct darq_string){colon + 1, rest->size - part->size - 1};
        return true;
}

int darq_object_parse(struct darq_object *self, struct darq_string text)
{
        struct darq_object parts;

        if (!part_take(&text, &parts.type) || !part_take(&text, &parts.location))
                return DARQ_E_INVALID;
        parts.id = text;
        if (!darq_object_valid(&parts))
                return DARQ_E_INVALID;
        *self = parts;
        return 0;
}

int darq_object_format(const struct darq_object *self, char *text, size_t size)
{
        size_t needed = self->type.size + 1 + self->location.size + 1 + self->id.size;

        if (!darq_object_valid(self))
                return DARQ_E_INVALID;
        if (size <= needed)
                return DARQ_E_TOO_BIG;
        return snprintf(text, size, "%.*s:%.*s:%.*s", (int)self->type.size, self->type.data,
                        (int)self->location.size,
                        self->location.size != 0 ? self->location.data : "", (int)self->id.size,
                        self->id.data);
}
