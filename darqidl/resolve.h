/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_RESOLVE_H
#define DARQIDL_RESOLVE_H

struct compilation;
struct declaration;
struct file;
struct name;
struct type;

/** What a file means by a name; NULL after saying that it means nothing. */
const struct declaration *resolve_name(struct compilation *self, const struct file *file, const struct name *name);

/** Visits every type that stands in a declaration, member or parameter; not the elements inside them. */
void resolve_each_type(struct compilation *self, void (*visit)(struct compilation *, struct type *));

#endif
