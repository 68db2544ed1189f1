/* SPDX-License-Identifier: MIT */
/*
 * The command line: options, which may stand in any order with the files, and what is said of one that can't be used.
 */
#include "darqidl/options.h"

#include <stdio.h>
#include <string.h>

#include "darqidl/memory.h"
#include "darqidl/versions.h"

static const char usage_text[] =
        "usage: darqidl [-I DIR]... [-o DIR] [-MD] FILE.didl...   write NAME.darq.h and "
        "NAME.darq.c\n"
        "       darqidl fmt [--check] FILE...                     lay files out, - for standard "
        "input\n"
        "       darqidl check [-I DIR]... --against OLD.didl [--against-include DIR]... NEW.didl\n"
        "                                                         tell what breaks whom\n"
        "       darqidl idl [-I DIR]... FILE.didl                 print the same types as OMG IDL "
        "4.2\n"
        "       darqidl json [-I DIR]... FILE.didl                print the resolved schema as "
        "JSON\n"
        "       darqidl schema [-I DIR]... -o FILE.schema FILE.didl\n"
        "                                                         write the schema as data\n"
        "       darqidl wireshark [-I DIR]... FILE.didl...        print names and types for "
        "Wireshark's dissector\n"
        "       darqidl explain CODE                              what a diagnostic means and how "
        "to mend it\n"
        "       darqidl --help | --version\n"
        "\n"
        "  -I DIR   look for imports in DIR, after the folder of the file that names them\n"
        "  -o DIR   write to DIR (default: the current one)\n"
        "  --against FILE           the old version\n"
        "  --against-include DIR    look for its imports there, not where the new version's are\n"
        "  --check  write nothing, name what would change, and end with 1 if anything would\n"
        "  -MD      also write NAME.d for make, naming every file that was read\n";

const char *usage(void)
{
        return usage_text;
}

int usage_error(const char *text, const char *argument)
{
        fprintf(stderr, "darqidl: error: %s%s\n%s", text, argument, usage_text);
        return 1;
}

/* The value of -X VALUE or -XVALUE. */
static const char *option_value(int argc, char **argv, int *i)
{
        if (argv[*i][2] != 0)
                return argv[*i] + 2;
        return *i + 1 < argc ? argv[++*i] : NULL;
}

struct options options_make(int argc, const char *letters)
{
        return (struct options){.include_dirs = memory_alloc((size_t)argc * sizeof(const char *)),
                                .letters = letters};
}

/* One that stands at *i, and its value. */
static int option_read(struct options *self, int argc, char **argv, int *i)
{
        const char **to =
                argv[*i][1] == 'o' ? &self->directory : &self->include_dirs[self->include_count];

        if (strchr(self->letters, argv[*i][1]) == NULL ||
            (argv[*i][1] == 'M' && strcmp(argv[*i], "-MD") != 0))
                return usage_error("unknown option ", argv[*i]);
        if (argv[*i][1] == 'M') {
                self->depfile = true;
                return 0;
        }
        self->include_count += argv[*i][1] == 'I';
        *to = option_value(argc, argv, i);
        return *to != NULL ? 0 : usage_error("a directory is missing after ", argv[argc - 1]);
}

int options_read(struct options *self, int argc, char **argv)
{
        int count = 0;
        bool all_files = false;

        for (int i = 1; i < argc; i++) {
                if (!all_files && strcmp(argv[i], "--") == 0)
                        all_files = true;
                else if (all_files || argv[i][0] != '-' || argv[i][1] == 0)
                        argv[1 + count++] = argv[i];
                else if (option_read(self, argc, argv, &i) != 0)
                        return 1;
        }
        memmove(argv + argc - count, argv + 1, (size_t)count * sizeof *argv);
        self->first_file = argc - count;
        return count != 0 ? 0 : usage_error("no file is named", "");
}

/* What the generated files of a .didl are called. */
static int name_size(const char *path, const char **name)
{
        const char *slash = strrchr(path, '/');
        size_t size;

        *name = slash != NULL ? slash + 1 : path;
        size = strlen(*name);
        return (int)(size > 5 && strcmp(*name + size - 5, ".didl") == 0 ? size - 5 : size);
}

int names_check(char **files, int count)
{
        for (int i = 1; i < count; i++) {
                const char *name, *other;
                int size = name_size(files[i], &name);

                for (int j = 0; j < i; j++) {
                        if (name_size(files[j], &other) != size ||
                            strncmp(name, other, (size_t)size) != 0 ||
                            strcmp(files[i], files[j]) == 0)
                                continue;
                        fprintf(stderr, "darqidl: error: %s and %s would both become %.*s.darq.h\n",
                                files[j], files[i], size, name);
                        return 1;
                }
        }
        return 0;
}

int check_options_read(struct versions *self, int argc, char **argv)
{
        for (int i = 2; i < argc; i++) {
                const char **to = &self->new_path;
                const char *value = argv[i];

                if (strcmp(argv[i], "--against") == 0)
                        to = &self->old_path;
                else if (strcmp(argv[i], "--against-include") == 0)
                        to = &self->old_dirs[self->old_count++];
                else if (strncmp(argv[i], "-I", 2) == 0)
                        to = &self->include_dirs[self->include_count++];
                else if (argv[i][0] == '-' && argv[i][1] != 0)
                        return usage_error("unknown option ", argv[i]);
                if (strncmp(argv[i], "-I", 2) == 0)
                        value = option_value(argc, argv, &i);
                else if (argv[i][0] == '-' && argv[i][1] != 0)
                        value = i + 1 < argc ? argv[++i] : NULL;
                if (value == NULL)
                        return usage_error("something is missing after ", argv[argc - 1]);
                if (*to != NULL)
                        return usage_error("one file is wanted, and one after --against", "");
                *to = value;
        }
        if (self->old_path == NULL || self->new_path == NULL)
                return usage_error("one file is wanted, and one after --against", "");
        return 0;
}
