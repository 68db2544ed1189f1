/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_CONSTANT_H
#define DARQIDL_CONSTANT_H

#include "darqidl/tree.h"

/** Whether an integer type (TYPE_U8 to TYPE_I64) holds a number. */
bool scalar_holds(enum type_kind kind, bool negative, uint64_t magnitude);

#endif
