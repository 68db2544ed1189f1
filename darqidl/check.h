/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_CHECK_H
#define DARQIDL_CHECK_H

struct attribute;
struct compilation;
struct declaration;
struct file;

/* Checks of one declaration, in the order in which check.c runs them. */
void check_names(struct compilation *self, const struct file *file,
                 struct declaration *declaration);
void check_numbers(struct compilation *self, const struct file *file,
                   struct declaration *declaration);
void check_attributes(struct compilation *self, const struct file *file,
                      struct declaration *declaration);
void check_types(struct compilation *self, const struct file *file,
                 struct declaration *declaration);
void check_ports(struct compilation *self, const struct file *file,
                 struct declaration *declaration);
void check_interface(struct compilation *self, const struct file *file,
                     struct declaration *declaration);

void package_attributes_check(struct compilation *self, const struct attribute *attributes);

/** The package's name and attributes. */
void check_package(struct compilation *self, struct file *file);

#endif
