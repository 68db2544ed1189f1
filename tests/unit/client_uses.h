/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CLIENT_USES_H
#define TESTS_CLIENT_USES_H

#include "echo.darq.h"

/**
 * What a program does beside calls that it waits for: another event loop, a port that it serves, a raw one, an end that it
 * wants to know of, a stop. 0, or the first status that wasn't; *wrong says what no status may excuse.
 */
int client_uses(struct darq_session *session, const struct echo *echo, const char **wrong);

#endif
