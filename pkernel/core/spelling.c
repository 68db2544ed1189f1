/* SPDX-License-Identifier: MIT */
/*
 * How services and locations may be called.
 *
 * Such a name becomes the name of a file or directory, stands in name@location and type:location:id, in a list of words, in a
 * subject of NATS, in logs and on terminals. So it holds nothing that means something in one of these: the rule is the same for
 * a manifest, a command line, and a peer that checks in or stands for a location.
 */
#include "pkernel/core/spelling.h"

#include <string.h>

static bool is_letter_or_digit(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool spelling_consists_of(const char *name, size_t size, const char *others)
{
        for (size_t i = 0; i < size; i++)
                if (!is_letter_or_digit(name[i]) &&
                    (name[i] == '\0' || strchr(others, name[i]) == NULL))
                        return false;
        return true;
}

bool spelling_is_service(const char *name, size_t size)
{
        return size != 0 && size <= SPELLING_SERVICE_MAX && is_letter_or_digit(name[0]) &&
               spelling_consists_of(name, size, "._-");
}

bool spelling_is_location(const char *name, size_t size)
{
        return size != 0 && size <= SPELLING_LOCATION_MAX && spelling_consists_of(name, size, "-");
}
