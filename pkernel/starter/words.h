/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_WORDS_H
#define PKERNEL_WORDS_H

#include "pkernel/starter/manifest.h"

/** The fault, by its address, that isn't one of the text: memory is short. */
extern const char words_no_memory[];

/**
 * Splits a value at blanks. In double quotes blanks stand for themselves, and \" and \\ for a quote and a backslash. NULL, or
 * what is wrong: static text.
 */
const char *word_list_split(struct word_list *self, const char *value, size_t max);
void word_list_free(struct word_list *self);

/**
 * The same words with %S replaced by the state directory, and %% by a percent sign. False without memory.
 */
bool word_list_expand(struct word_list *self, const struct word_list *from, const char *state);

/** Whether every percent sign is one of these. */
bool word_list_expandable(const struct word_list *self);

#endif
