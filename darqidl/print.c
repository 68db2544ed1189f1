/* SPDX-License-Identifier: MIT */
/*
 * Formats, put together fast.
 *
 * Nearly all that the compiler writes are names between fixed words, and vsnprintf took two thirds of its time for them.
 * So %s and plain decimal numbers are put here; a format that holds anything else is vsnprintf's as a whole.
 */
#include "darqidl/print.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct print {
        char *to;
        size_t room;
        size_t size; /* of the text so far, whether or not there is room for it */
};

static void put(struct print *self, const char *text, size_t size)
{
        if (size < self->room && self->size < self->room - size)
                memcpy(self->to + self->size, text, size);
        self->size += size;
}

static void put_text(struct print *self, const char *text)
{
        put(self, text, strlen(text));
}

static void put_number(struct print *self, uint64_t magnitude, bool negative)
{
        char digits[sizeof "-18446744073709551615"];
        char *at = digits + sizeof digits;

        do
                *--at = (char)('0' + magnitude % 10);
        while ((magnitude /= 10) != 0);
        if (negative)
                *--at = '-';
        put(self, at, (size_t)(digits + sizeof digits - at));
}

static void put_signed(struct print *self, int64_t number)
{
        put_number(self, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0);
}

static bool is_unsigned(const char *conversion)
{
        return conversion[0] == 'u' || strncmp(conversion, "zu", 2) == 0 ||
               strncmp(conversion, "llu", 3) == 0;
}

static uint64_t unsigned_argument(char size, va_list *arguments)
{
        if (size == 'u')
                return va_arg(*arguments, unsigned int);
        return size == 'z' ? va_arg(*arguments, size_t) : va_arg(*arguments, unsigned long long);
}

static int64_t signed_argument(char size, va_list *arguments)
{
        return size == 'd' ? va_arg(*arguments, int) : va_arg(*arguments, long long);
}

/* What stands behind a '%'; what follows it. NULL: nothing that is known here. */
static const char *put_argument(struct print *self, const char *conversion, va_list *arguments)
{
        if (conversion[0] == 's')
                put_text(self, va_arg(*arguments, const char *));
        else if (is_unsigned(conversion))
                put_number(self, unsigned_argument(conversion[0], arguments), false);
        else if (conversion[0] == 'd' || strncmp(conversion, "lld", 3) == 0)
                put_signed(self, signed_argument(conversion[0], arguments));
        else
                return NULL;
        return conversion + (conversion[0] == 'l' ? 3 : conversion[0] == 'z' ? 2 : 1);
}

/* False: the format holds something that isn't known here. */
static bool put_all(struct print *self, const char *format, va_list *arguments)
{
        for (;;) {
                const char *end = strchrnul(format, '%');

                put(self, format, (size_t)(end - format));
                if (*end == 0)
                        return true;
                format = put_argument(self, end + 1, arguments);
                if (format == NULL)
                        return false;
        }
}

size_t print_text(char *to, size_t room, const char *format, va_list arguments)
{
        struct print self = {.to = to, .room = room};
        va_list each;
        bool known;

        va_copy(each, arguments);
        known = put_all(&self, format, &each);
        va_end(each);
        if (!known)
                return (size_t)vsnprintf(to, room, format, arguments);
        if (self.size < room)
                to[self.size] = 0;
        return self.size;
}
