/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_CHECK_H
#define DARQIDL_CHECK_H

struct compilation;
struct declaration;
struct file;

/* Checks of one declaration, in the order in which check.c runs them. */
void check_names(struct compilation *self, const struct file *file, struct declaration *declaration);
void check_numbers(struct compilation *self, const struct file *file, struct declaration *declaration);
void check_attributes(struct compilation *self, const struct file *file, struct declaration *declaration);
void check_types(struct compilation *self, const struct file *file, struct declaration *declaration);
void check_interface(struct compilation *self, const struct file *file, struct declaration *declaration);

/** Attributes of the package. */
void check_package(struct compilation *self, struct file *file);

#endif
