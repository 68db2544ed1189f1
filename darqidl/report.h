/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_REPORT_H
#define DARQIDL_REPORT_H

#include <stdbool.h>

struct comparison;
struct page;

/** What a comparison found, for people, sorted by verdict and place. True: something breaks. */
bool report_print(struct comparison *comparison, struct page *page, bool colour);

#endif
