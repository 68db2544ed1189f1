/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_RESOLVE_H
#define DARQIDL_RESOLVE_H

#include <stdbool.h>

struct compilation;
struct declaration;
struct file;
struct name;
struct type;

/** What a file means by a name; NULL after saying that it means nothing. */
struct declaration *resolve_name(struct compilation *self, const struct file *file,
                                 const struct name *name);

/** Whether a file may use what another declares: its own, and what it imports itself. */
bool file_sees(const struct file *file, const struct file *other);

/** Whether a type's name could not be resolved, which has been reported. */
bool type_is_unknown(const struct type *type);

#endif
