/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_FILE_H
#define DARQCTL_FILE_H

#include <darq/types.h>

/** A whole file; NULL or "-" is the standard input. False after a sentence; else it is freed by file_free(). */
bool file_read(struct darq_bytes *bytes, const char *path);
/** The same, with a NUL behind it; a NUL inside is refused. */
bool text_read(struct darq_bytes *text, const char *path);
void file_free(struct darq_bytes bytes);

/** Writes to the standard output, to its end; false after a sentence. */
bool output_write(struct darq_bytes bytes);

/** At the end: whether all else that was printed has been taken. False after a sentence. */
bool output_finish(void);

#endif
