/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_OPTIONS_H
#define DARQIDL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct versions;

struct options {
        const char **include_dirs;
        size_t include_count;
        const char *letters;   /* that the command takes: of -I, -o and -MD */
        const char *directory; /* NULL: none was given */
        bool depfile;
        int first_file; /* index in argv */
};

const char *usage(void);

/** Says what is wrong, and the usage. 1. */
int usage_error(const char *text, const char *argument);

/** With room for the directories of so many arguments, which are the caller's to free. */
struct options options_make(int argc, const char *letters);

/** Options and files may stand in any order; the files go to the end of argv. 0, or 1 after a sentence. */
int options_read(struct options *self, int argc, char **argv);

/** Two files of one name would be written to one place, and the last one win. 0, or 1 after a sentence. */
int names_check(char **files, int count);

/** The same of check: argv[2] is the first; self has room for the directories of all arguments. */
int check_options_read(struct versions *self, int argc, char **argv);

#endif
