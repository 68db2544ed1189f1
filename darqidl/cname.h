/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_CNAME_H
#define DARQIDL_CNAME_H

#include "darqidl/tree.h"

struct compilation;
struct region;

/**
 * Gives every declaration, member and method of every file its name in C (its c_name), and reports pairs that would
 * have one name. Runs as the last of the checks.
 */
void cnames_make(struct compilation *compilation);

/** "STORAGE_SET_FLAGS" for storage_set_flags. */
const char *cname_upper(struct region *region, const char *name);

/** What a base is called in the table of functions: its words, or its whole name where a nearer base has those. */
const char *cname_base(const struct declaration *interface, size_t index);

/** A name as that of a member: with a trailing underscore where C, C++ or a system macro takes it. */
const char *cname_member(struct region *region, const char *name);

#endif
