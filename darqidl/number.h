/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_NUMBER_H
#define DARQIDL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "darqidl/tree.h"

struct compilation;

/** Whether an integer type (TYPE_U8 to TYPE_I64) holds a number. */
bool number_fits(enum type_kind kind, bool negative, uint64_t magnitude);

/** Gives members, methods and reserved gaps of a declaration their numbers, and reports those that are out of range. */
void numbers_evaluate(struct compilation *self, struct declaration *declaration);

#endif
