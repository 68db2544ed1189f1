/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_LIBRARY_H
#define DARQIDL_LIBRARY_H

#include <stdbool.h>

/** Whether generated code would find this name taken by the library. */
bool library_declares(const char *name);

#endif
