/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_USER_H
#define PKERNEL_USER_H

#include <pwd.h>

#include "pkernel/starter/manifest.h"

/* The users that services run as. */

enum { USER_REASON_MAX = 128 };

/**
 * By name or number; NULL: the p-kernel's own. It lives until the next call. 0; or, after a reason, -ENOENT when there is none, or
 * what is_shortage() knows when that couldn't be found out.
 */
int user_find(const char *name, struct passwd **user, char reason[USER_REASON_MAX]);

/** Whether something can be run as that user from here: 0, or -EPERM after a reason. */
int user_check(const struct passwd *user, char reason[USER_REASON_MAX]);

/** Fills in the manifest's uid. 0; or, after a reason, what user_find() gives, or user_check() for what we start. */
int user_resolve(struct manifest *manifest, char reason[USER_REASON_MAX]);

#endif
