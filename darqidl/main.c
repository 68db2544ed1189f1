/* SPDX-License-Identifier: MIT */
/*
 * darqidl: the command line.
 *
 * The first argument may name a command; without one, files are compiled to C. Exit status 0: done, 1: errors
 * (check: something breaks), 2: check could not compare, or there was no memory (memory.c).
 *
 * What a command writes, to files or to standard output, is written last, when nothing else can go wrong any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/depfile.h"
#include "darqidl/emit.h"
#include "darqidl/fmt.h"
#include "darqidl/idl.h"
#include "darqidl/json.h"
#include "darqidl/memory.h"
#include "darqidl/output.h"
#include "darqidl/page.h"
#include "darqidl/region.h"
#include "darqidl/schema.h"
#include "darqidl/verdict.h"
#include "darqidl/versions.h"
#include "darqidl/wireshark.h"

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

struct options {
        const char **include_dirs;
        size_t include_count;
        const char *directory;
        bool depfile;
        int first_file; /* index in argv */
};

static int usage_error(const char *text, const char *argument)
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

/* Of no more directories than there are arguments; they are the caller's to free. */
static struct options options_make(int argc, const char *directory)
{
        return (struct options){.include_dirs = memory_alloc((size_t)argc * sizeof(const char *)),
                                .directory = directory};
}

/* One that stands at *i, and its value. */
static int option_read(struct options *self, int argc, char **argv, int *i)
{
        const char **to =
                argv[*i][1] == 'o' ? &self->directory : &self->include_dirs[self->include_count];

        if (strcmp(argv[*i], "-MD") == 0) {
                self->depfile = true;
                return 0;
        }
        if (argv[*i][1] != 'I' && argv[*i][1] != 'o')
                return usage_error("unknown option ", argv[*i]);
        self->include_count += argv[*i][1] == 'I';
        *to = option_value(argc, argv, i);
        return *to != NULL ? 0 : usage_error("a directory is missing after ", argv[argc - 1]);
}

/* Options and files may stand in any order; the files go to the end of argv. */
static int options_read(struct options *self, int argc, char **argv)
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

static bool file_compile(const struct options *options, const char *path)
{
        struct output outputs[EMIT_C_OUTPUTS + 1];
        struct compilation compilation;
        size_t count = EMIT_C_OUTPUTS;
        bool done;

        compilation_init(&compilation, options->include_dirs, options->include_count);
        done = compilation_run(&compilation, path) && compilation_names_fit(&compilation);
        diagnostics_print(&compilation.diagnostics, stderr, isatty(STDERR_FILENO) != 0);
        if (done) {
                emit_c(&compilation, compilation.file, options->directory, outputs);
                if (options->depfile)
                        outputs[count++] =
                                depfile_make(&compilation, compilation.file, options->directory);
                done = outputs_write(compilation.region, outputs, count);
        }
        compilation_deinit(&compilation);
        return done;
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

/* Two files of one name would be written to one place, and the last one win. */
static int names_check(char **files, int count)
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

static int command_compile(int argc, char **argv)
{
        struct options options = options_make(argc, ".");
        int status = options_read(&options, argc, argv);

        if (status == 0)
                status = names_check(argv + options.first_file, argc - options.first_file);
        for (int i = options.first_file, end = status == 0 ? argc : 0; i < end; i++)
                if (!file_compile(&options, argv[i]))
                        status = 1;
        free(options.include_dirs);
        return status;
}

/* Commands that take one file, check it, and show something of it. */
static int file_show(int argc, char **argv,
                     bool (*show)(struct compilation *compilation, const struct options *options))
{
        struct options options = options_make(argc, NULL);
        int status = options_read(&options, argc - 1, argv + 1);
        struct compilation compilation;
        bool done;

        if (status == 0 && options.first_file + 2 != argc)
                status = usage_error("one file is wanted", "");
        if (status == 0) {
                compilation_init(&compilation, options.include_dirs, options.include_count);
                done = compilation_run(&compilation, argv[argc - 1]);
                diagnostics_print(&compilation.diagnostics, stderr, isatty(STDERR_FILENO) != 0);
                status = !done || !show(&compilation, &options);
                compilation_deinit(&compilation);
        }
        free(options.include_dirs);
        return status;
}

static int command_fmt(int argc, char **argv)
{
        bool all_files = false;
        bool check = false;
        int count = 0;
        int status = 0;

        for (int i = 2; i < argc; i++) {
                if (all_files || argv[i][0] != '-' || argv[i][1] == 0)
                        argv[count++] = argv[i];
                else if (strcmp(argv[i], "--") == 0)
                        all_files = true;
                else if (strcmp(argv[i], "--check") == 0)
                        check = true;
                else
                        return usage_error("unknown option ", argv[i]);
        }
        if (count == 0)
                return usage_error("no file is named", "");
        for (int i = 0; i < count; i++)
                if (!fmt_file(argv[i], check))
                        status = 1;
        return status;
}

static bool compilation_show(struct compilation *compilation,
                             void (*print)(struct compilation *, struct page *))
{
        struct page page;

        page_init(&page, compilation->region);
        print(compilation, &page);
        return page_show(&page);
}

static bool idl_show(struct compilation *compilation, const struct options *options)
{
        (void)options;
        return compilation_show(compilation, idl_print);
}

static int command_idl(int argc, char **argv)
{
        return file_show(argc, argv, idl_show);
}

static bool json_show(struct compilation *compilation, const struct options *options)
{
        (void)options;
        return compilation_show(compilation, json_print);
}

static int command_json(int argc, char **argv)
{
        return file_show(argc, argv, json_show);
}

static bool schema_show(struct compilation *compilation, const struct options *options)
{
        struct schema_bytes schema = schema_make(compilation->region, compilation, NULL);
        struct output output = {
                .path = options->directory, .text = (const char *)schema.data, .size = schema.size};

        if (options->directory == NULL)
                return usage_error("schema wants -o FILE", "") == 0;
        return outputs_write(compilation->region, &output, 1);
}

static int command_schema(int argc, char **argv)
{
        return file_show(argc, argv, schema_show);
}

static int command_wireshark(int argc, char **argv)
{
        struct options options = options_make(argc, NULL);
        const char *const *files = (const char *const *)argv + 1;
        int status = options_read(&options, argc - 1, argv + 1);

        if (status == 0 &&
            !wireshark_print(files + options.first_file, (size_t)(argc - 1 - options.first_file),
                             options.include_dirs, options.include_count))
                status = 1;
        free(options.include_dirs);
        return status;
}

/* Options and files may stand in any order. */
static int check_options_read(struct versions *self, int argc, char **argv)
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

static int command_check(int argc, char **argv)
{
        struct versions options = {.include_count = 0};
        int status = COMPARISON_FAILED;

        options.include_dirs = memory_alloc((size_t)argc * sizeof *options.include_dirs);
        options.old_dirs = memory_alloc((size_t)argc * sizeof *options.old_dirs);
        if (check_options_read(&options, argc, argv) == 0)
                status = versions_compare(&options);
        free(options.old_dirs);
        free(options.include_dirs);
        return status;
}

static int code_unknown(const char *name)
{
        fprintf(stderr, "darqidl: error: no such code: %s\n", name);
        return 1;
}

/* Shows a page that has a region of its own. */
static int page_end(struct page *page)
{
        bool done = page_show(page);

        region_free(page->region);
        return !done;
}

static int explain_change(const char *name)
{
        const struct verdict *verdict = verdict_find(name);
        struct page page;

        if (verdict == NULL)
                return code_unknown(name);
        page_init(&page, region_new());
        page_print(&page, "%s: wire: %s; source: %s\n\n%s\n", verdict->name,
                   wire_text(verdict->wire), code_effect_text(verdict->code), verdict->why);
        return page_end(&page);
}

static int command_explain(int argc, char **argv)
{
        const struct code_text *code;
        const char *number;
        struct page page;

        if (argc != 3)
                return usage_error("explain takes one code, such as DI0042", "");
        if (argv[2][0] >= 'a' && argv[2][0] <= 'z')
                return explain_change(argv[2]);
        number = strncmp(argv[2], "DI", 2) == 0 ? argv[2] + 2 : argv[2];
        code = code_find((unsigned int)strtoul(number, NULL, 10));
        if (code == NULL)
                return code_unknown(argv[2]);
        page_init(&page, region_new());
        page_print(&page, "DI%04u: %s%s\n\n%s\n", (unsigned int)code->code, code->summary,
                   code->warning ? " (warning)" : "", code->text);
        return page_end(&page);
}

static int command_help(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return !output_show(usage_text, sizeof usage_text - 1);
}

static int command_version(int argc, char **argv)
{
        static const char text[] = "darqidl 0.1\n";

        (void)argc;
        (void)argv;
        return !output_show(text, sizeof text - 1);
}

static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
} commands[] = {
        {"check", command_check},
        {"explain", command_explain},
        {"fmt", command_fmt},
        {"idl", command_idl},
        {"json", command_json},
        {"schema", command_schema},
        {"wireshark", command_wireshark},
        {"--help", command_help},
        {"-h", command_help},
        {"--version", command_version},
};

int main(int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
                if (strcmp(commands[i].name, argv[1]) == 0)
                        return commands[i].run(argc, argv);
        return command_compile(argc, argv);
}
