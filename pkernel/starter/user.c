/* SPDX-License-Identifier: MIT */
/*
 * The users that services run as: who they are, and whether we may become them.
 *
 * The system's lists are asked each time, so that a user who comes later is found then.
 */
#include "pkernel/starter/user.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkernel/starter/shortage.h"

int user_find(const char *name, struct passwd **user, char reason[USER_REASON_MAX])
{
        char *end = NULL;
        unsigned long number;

        errno = 0;
        *user = name != NULL ? getpwnam(name) : getpwuid(geteuid());
        if (*user == NULL && name != NULL && name[0] >= '0' && name[0] <= '9') {
                number = strtoul(name, &end, 10);
                if (*end == '\0' && number < UINT32_MAX)
                        *user = getpwuid((uid_t)number);
        }
        if (*user != NULL)
                return 0;
        if (is_shortage(errno)) {
                snprintf(reason, USER_REASON_MAX, "its user: %s", strerror(errno));
                return -errno;
        }
        if (name != NULL)
                snprintf(reason, USER_REASON_MAX, "there is no user %s", name);
        else
                snprintf(reason, USER_REASON_MAX, "there is no user with our number, %ld",
                         (long)geteuid());
        return -ENOENT;
}

int user_check(const struct passwd *user, char reason[USER_REASON_MAX])
{
        if (geteuid() == 0 || user->pw_uid == geteuid())
                return 0;
        snprintf(reason, USER_REASON_MAX, "only root could run it as %s", user->pw_name);
        return -EPERM;
}

int user_resolve(struct manifest *manifest, char reason[USER_REASON_MAX])
{
        struct passwd *user;
        int result = user_find(manifest->user, &user, reason);

        if (result < 0)
                return result;
        manifest->uid = user->pw_uid;
        return manifest->activation == DARQ_STARTER_ACTIVATION_NEVER ? 0 : user_check(user, reason);
}
