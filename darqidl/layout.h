/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_LAYOUT_H
#define DARQIDL_LAYOUT_H

#include <stdbool.h>

#include "darqidl/tree.h"

struct region;

/* How types are encoded (XCDR version 2): what the emitters need to know of it. */

/** Bytes of one that is a number by itself: scalars, enums, bits, newtypes of these, ports. 0: none of these. */
unsigned int layout_scalar_size(const struct type *type);

/** A scalar that is neither an enum, bits nor a port: vecs and arrays of it are copied as a whole. */
bool layout_is_primitive(const struct type *type);

/** Whether a DHEADER stands before a vec or array of these: of all but primitives and ports, whose index is a u32. */
bool layout_is_delimited(const struct type *element);

/** Alignment of a scalar: its size, at most 4. */
unsigned int layout_scalar_align(const struct type *type);

/**
 * A struct of numbers that stands in memory, where numbers are little-endian, as it is encoded: without padding, and with
 * nothing in it that must be looked at; of at most 64 numbers. The largest alignment of its members; 0: it isn't plain.
 */
unsigned int layout_plain_align(const struct type *type);

/** A vec of plain structs. */
bool layout_is_plain_vec(const struct type *type);

/** A plain struct whose first member has the largest alignment as encoded, so that it is plain wherever it begins. */
bool layout_is_plain_anywhere(const struct type *type);

/** The bytes of a plain struct's numbers in turn: "8844". */
const char *layout_plain_widths(struct region *region, const struct type *type);

/** Whether no struct, table or union is in it, at any place, but for vecs of plain structs. */
bool layout_is_innermost(const struct declaration *declaration);

/** A struct of a few members that are always there: numbers, and vecs of plain structs, of these one at least. */
bool layout_is_view(const struct declaration *declaration);

/** A struct of a few members that are numbers, texts or bytes. */
bool layout_is_small(const struct type *type);

/** Such a struct with one text. */
bool layout_has_one_text(const struct declaration *declaration);

/** A union that isn't strict, of numbers, texts, and structs of numbers; none that must be looked at, as bools. */
bool layout_is_takeable(const struct declaration *declaration);

/** Bytes of a struct of numbers that begins at a multiple of 4; 0: it holds others. */
unsigned int layout_numbers_size(const struct declaration *declaration);

/** Bytes that any value of it takes at least, without padding before it. Structs have been measured (sizes.c). */
uint64_t layout_smallest(const struct type *type);

/** The length code of a table's member (XTypes 1.3, 7.4.3.4.2). */
unsigned int layout_member_code(const struct type *type);

/**
 * Members that are plain numbers and stand together make a run: behind the first one's alignment every offset in it is
 * known, as no other member wants more. *end: the member behind the run that begins with first, NULL where it goes to the
 * end of the list; *size: its bytes. False where no two members make one.
 */
bool layout_run(const struct member *first, const struct member **end, unsigned int *size);

/** The members of a table by rising number, which is how they are written; *count of them. */
const struct member **layout_by_number(struct region *region, const struct declaration *table,
                                       size_t *count);

/** An interface's own methods by rising ordinal, which is how their rows stand; *count of them. */
const struct method **layout_by_ordinal(struct region *region, const struct declaration *interface,
                                        size_t *count);

/** The type beneath aliases and newtypes. */
const struct type *layout_beneath(const struct type *type);

#endif
