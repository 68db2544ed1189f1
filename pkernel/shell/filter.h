/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_FILTER_H
#define PKERNEL_FILTER_H

/* What the router may still ask of the system once it has begun to route. */

/**
 * From now on this process can't execute, fork, open or remove a file, or make a socket: the system kills it (SIGSYS) if it
 * tries. Calls that are neither needed nor dangerous fail with EPERM. What is forked later would inherit that. 0; -ENOSYS: the
 * system or this build can't do it (a sanitizer's run-time opens files); -errno otherwise.
 */
int filter_install(void);

#endif
