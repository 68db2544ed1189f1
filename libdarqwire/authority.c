/* SPDX-License-Identifier: MIT */
/*
 * Whether what answers at an address may be our p-kernel.
 *
 * Who that is tells identity.h, and not before its program has accepted the connection: hence after the first answer.
 */
#include "libdarqwire/authority.h"

#include "libdarqwire/identity.h"

#include <darq/status.h>

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static bool uid_allowed(long uid)
{
        const char *named = getenv("DARQ_PKERNEL_UID");
        char *end;

        if (uid == 0 || uid == (long)geteuid())
                return true;
        if (named == NULL || *named == '\0')
                return false;
        /* A number that is too large becomes one that is no uid. */
        return strtoll(named, &end, 10) == uid && *end == '\0';
}

int darq_authority_check(int fd, long *uid)
{
        struct darq_identity identity;
        uid_t found;

        darq_identity_init(&identity);
        *uid = darq_identity_find(&identity, fd, &found) == 0 ? (long)found : -1;
        darq_identity_deinit(&identity);
        return *uid >= 0 && uid_allowed(*uid) ? 0 : DARQ_E_NOT_ALLOWED;
}
