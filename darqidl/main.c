/* SPDX-License-Identifier: MIT */
/*
 * darqidl: its commands.
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
#include "darqidl/options.h"
#include "darqidl/output.h"
#include "darqidl/page.h"
#include "darqidl/region.h"
#include "darqidl/schema.h"
#include "darqidl/source.h"
#include "darqidl/verdict.h"
#include "darqidl/versions.h"
#include "darqidl/wireshark.h"

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

static int command_compile(int argc, char **argv)
{
        struct options options = options_make(argc, "IoM");
        int status = options_read(&options, argc, argv);

        if (options.directory == NULL)
                options.directory = ".";
        if (status == 0)
                status = names_check(argv + options.first_file, argc - options.first_file);
        for (int i = options.first_file, end = status == 0 ? argc : 0; i < end; i++)
                if (!file_compile(&options, argv[i]))
                        status = 1;
        free(options.include_dirs);
        return status;
}

/* Commands that take one file, check it, and show something of it. */
static int file_show(int argc, char **argv, const char *letters,
                     bool (*show)(struct compilation *compilation, const struct options *options))
{
        struct options options = options_make(argc, letters);
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
        return file_show(argc, argv, "I", idl_show);
}

static bool json_show(struct compilation *compilation, const struct options *options)
{
        (void)options;
        return compilation_show(compilation, json_print);
}

static int command_json(int argc, char **argv)
{
        return file_show(argc, argv, "I", json_show);
}

static bool is_source(const struct compilation *compilation, const char *path)
{
        const char *real = source_real_path(compilation->region, path);

        return real != NULL && table_find(&compilation->sources, real) != NULL;
}

static bool schema_show(struct compilation *compilation, const struct options *options)
{
        struct schema_bytes schema = schema_make(compilation->region, compilation, NULL);
        struct output output = {
                .path = options->directory, .text = (const char *)schema.data, .size = schema.size};

        if (options->directory == NULL)
                return usage_error("schema wants -o FILE", "") == 0;
        if (is_source(compilation, options->directory))
                return usage_error("this would overwrite what it was made of: ",
                                   options->directory) == 0;
        return outputs_write(compilation->region, &output, 1);
}

static int command_schema(int argc, char **argv)
{
        return file_show(argc, argv, "Io", schema_show);
}

static int command_wireshark(int argc, char **argv)
{
        struct options options = options_make(argc, "I");
        const char *const *files = (const char *const *)argv + 1;
        int status = options_read(&options, argc - 1, argv + 1);

        if (status == 0 &&
            !wireshark_print(files + options.first_file, (size_t)(argc - 1 - options.first_file),
                             options.include_dirs, options.include_count))
                status = 1;
        free(options.include_dirs);
        return status;
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
        return !output_show(usage(), strlen(usage()));
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

static bool asks_for_help(const char *argument)
{
        return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

int main(int argc, char **argv)
{
        if (argc == 3 && asks_for_help(argv[2]))
                return command_help(argc, argv);
        for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
                if (strcmp(commands[i].name, argv[1]) == 0)
                        return commands[i].run(argc, argv);
        return command_compile(argc, argv);
}
