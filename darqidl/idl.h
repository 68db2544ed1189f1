/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_IDL_H
#define DARQIDL_IDL_H

struct compilation;
struct page;

/**
 * Prints the types of a checked file as OMG IDL 4.2 with XTypes annotations, so that other tools encode them to the same
 * bytes. Parameter lists become structs; interfaces themselves have no counterpart on that side.
 */
void idl_print(struct compilation *compilation, struct page *page);

#endif
