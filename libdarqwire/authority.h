/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_AUTHORITY_H
#define DARQWIRE_AUTHORITY_H

/**
 * Whether what answers on a connected socket may be our p-kernel: it runs as root, as this process's own user, or as
 * $DARQ_PKERNEL_UID. To be asked when its first answer has come. 0, or DARQ_E_NOT_ALLOWED; *uid tells who it is, or -1
 * when that can't be found out.
 */
int darq_authority_check(int fd, long *uid);

#endif
