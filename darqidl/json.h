/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_JSON_H
#define DARQIDL_JSON_H

struct compilation;
struct page;

/** A checked compilation as JSON, for other tools: the folder's README.md says what stands where. */
void json_print(struct compilation *compilation, struct page *page);

#endif
