/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SAYING_H
#define TESTS_SAYING_H

#include "echo.darq.h"
#include "fake_kernel.h"

/* A call of ours, say() of echo.didl, to a peer behind a p-kernel that is a script. */

/** Of a case: *state is a fake_kernel. */
int saying_setup(void **state);
int saying_teardown(void **state);

/** What FAKE_PEER serves. */
struct echo echo_of(struct fake_kernel *fake);

/** Calls say("hi"), and waits. */
int say(struct fake_kernel *fake, const struct echo_say_reply **reply);

/** The body of a request or a reply to it: a parameter list with one string, however long. */
void pack_said(struct darq_writer *writer, const void *value);

/** The reply. */
struct darq_bytes said(struct fake_kernel *fake, const char *text);

void assert_error_has(struct fake_kernel *fake, const char *part);

#endif
