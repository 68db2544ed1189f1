/* SPDX-License-Identifier: MIT */
/*
 * How long darqidl takes for schemas of 1,250 to 10,000 declarations, and how that grows.
 *
 * Each schema is compiled five times by a process of its own, and the median of its processor time is shown, the writing
 * of the C included (to a temporary directory that is removed in the end). time(2n)/time(n) stands beside it: 2 is
 * linear. In the end, for the smallest and the largest schema, megabytes a second: of schema that is read, and of C that is
 * written for it, which is some twenty times as much. Rows differ in what is declared; "imports" spreads structs over files of 250, of which the last one imports
 * all others.
 *
 *   compile_time [DARQIDL]    without an argument: ../bin/darqidl beside the folder of this program
 */
#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 5, SIZES = 4, FIRST_SIZE = 1250, FILE_SIZE = 250, PATH_SIZE = 512 };

extern char **environ;

struct bench {
        const char *darqidl;
        char directory[PATH_SIZE / 2];
};

static FILE *schema_open(const struct bench *self, const char *package)
{
        char path[PATH_SIZE];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s.didl", self->directory, package);
        file = fopen(path, "w");
        if (file == NULL) {
                perror(path);
                exit(1);
        }
        fprintf(file, "package %s;\n", package);
        return file;
}

static void schema_close(FILE *file)
{
        if (ferror(file) | (fclose(file) != 0)) {
                perror("compile_time");
                exit(1);
        }
}

static void struct_print(FILE *file, unsigned int number)
{
        fprintf(file, "struct S%u { u32 a; string<64> b; vec<u16> c; bool? d; }\n", number);
}

static void table_print(FILE *file, unsigned int number)
{
        fprintf(file, "table T%u { 1: u32 a; 2: string b; 3: T%u c; }\n", number, number);
}

static void enum_print(FILE *file, unsigned int number)
{
        fprintf(file, "enum E%u : u8 { A = 0; B = 1; C = 2; }\n", number);
}

static void constant_print(FILE *file, unsigned int number)
{
        fprintf(file, "const u32 C%u = %u;\n", number, number + 1);
}

static void mixed_print(FILE *file, unsigned int number)
{
        static void (*const kinds[])(FILE *, unsigned int) = {struct_print, table_print, enum_print,
                                                              constant_print};

        if (number % 5 != 4)
                kinds[number % 5](file, number);
        else
                fprintf(file,
                        "interface I%u { 1: get(S%u a, E%u b) -> (T%u c); 2: oneway put(u32 a); "
                        "}\n",
                        number, number - 4, number - 2, number - 3);
}

static void methods_write(const struct bench *self, unsigned int count)
{
        FILE *file = schema_open(self, "last");

        fprintf(file, "error Error { NONE = 1; }\ninterface Much {\n");
        for (unsigned int i = 0; i < count; i++)
                fprintf(file, "%u: do_%u(u32 a, string b) -> (u64 c) ! Error;\n", i + 1, i);
        fprintf(file, "}\n");
        schema_close(file);
}

static void imports_write(const struct bench *self, unsigned int count)
{
        unsigned int files = count / FILE_SIZE;
        char package[16];
        FILE *file;

        for (unsigned int i = 0; i < files; i++) {
                snprintf(package, sizeof package, i + 1 < files ? "f%u" : "last", i);
                file = schema_open(self, package);
                for (unsigned int k = 0; i + 1 == files && k < i; k++)
                        fprintf(file, "import \"f%u.didl\";\n", k);
                for (unsigned int k = 0; k < FILE_SIZE; k++)
                        struct_print(file, k);
                schema_close(file);
        }
}

static const struct row {
        const char *name;
        void (*print)(FILE *file, unsigned int number);
        void (*write)(const struct bench *bench, unsigned int count); /* instead of that */
} rows[] = {
        {"structs", struct_print, NULL},  {"tables", table_print, NULL},
        {"enums", enum_print, NULL},      {"constants", constant_print, NULL},
        {"methods", NULL, methods_write}, {"imports", NULL, imports_write},
        {"mixed", mixed_print, NULL},
};

static void schema_write(const struct bench *self, const struct row *row, unsigned int count)
{
        FILE *file;

        if (row->write != NULL) {
                row->write(self, count);
                return;
        }
        file = schema_open(self, "last");
        for (unsigned int i = 0; i < count; i++)
                row->print(file, i);
        schema_close(file);
}

/* Seconds of processor time for one run. */
static double run(const struct bench *self)
{
        char name[] = "darqidl";
        char option[] = "-o";
        char directory[PATH_SIZE / 2];
        char path[PATH_SIZE];
        char *const arguments[] = {name, option, directory, path, NULL};
        struct rusage usage;
        int status;
        pid_t pid;

        snprintf(directory, sizeof directory, "%s", self->directory);
        snprintf(path, sizeof path, "%s/last.didl", self->directory);
        errno = posix_spawn(&pid, self->darqidl, NULL, NULL, arguments, environ);
        if (errno != 0 || wait4(pid, &status, 0, &usage) != pid) {
                perror(self->darqidl);
                exit(1);
        }
        if (status != 0) {
                fprintf(stderr, "%s has failed\n", self->darqidl);
                exit(1);
        }
        return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int compare(const void *a, const void *b)
{
        double left = *(const double *)a;
        double right = *(const double *)b;

        return left < right ? -1 : left > right;
}

/* Bytes of the schemas in the directory, or of what was made of them. */
static double directory_size(const struct bench *self, bool schemas)
{
        DIR *directory = opendir(self->directory);
        struct dirent *entry;
        struct stat status;
        double size = 0;

        if (directory == NULL)
                return 0;
        while ((entry = readdir(directory)) != NULL) {
                const char *end = strrchr(entry->d_name, '.');

                if (entry->d_name[0] != '.' && end != NULL &&
                    (strcmp(end, ".didl") == 0) == schemas &&
                    fstatat(dirfd(directory), entry->d_name, &status, 0) == 0)
                        size += (double)status.st_size;
        }
        closedir(directory);
        return size;
}

/* Removes what stands in the directory. */
static void directory_clear(const struct bench *self)
{
        DIR *directory = opendir(self->directory);
        struct dirent *entry;

        if (directory == NULL)
                return;
        while ((entry = readdir(directory)) != NULL)
                if (entry->d_name[0] != '.')
                        unlinkat(dirfd(directory), entry->d_name, 0);
        closedir(directory);
}

struct result {
        double seconds;
        double read; /* bytes a second */
        double written;
};

static struct result measure(const struct bench *self, const struct row *row, unsigned int count)
{
        struct result result;
        double times[RUNS];

        schema_write(self, row, count);
        for (int i = 0; i < RUNS; i++)
                times[i] = run(self);
        qsort(times, RUNS, sizeof times[0], compare);
        result.seconds = times[RUNS / 2];
        result.read = directory_size(self, true) / result.seconds;
        result.written = directory_size(self, false) / result.seconds;
        directory_clear(self);
        return result;
}

static void row_show(const struct bench *self, const struct row *row)
{
        struct result results[SIZES];

        printf("%-10s", row->name);
        for (unsigned int i = 0; i < SIZES; i++) {
                results[i] = measure(self, row, (unsigned int)FIRST_SIZE << i);
                printf(" %8.1f", results[i].seconds * 1e3);
                if (i == 0)
                        printf("     ");
                else
                        printf(" %4.2f", results[i].seconds / results[i - 1].seconds);
                fflush(stdout);
        }
        for (unsigned int i = 0; i < SIZES; i += SIZES - 1)
                printf("  %4.1f, %3.0f", results[i].read / 1e6, results[i].written / 1e6);
        printf("\n");
}

int main(int argc, char **argv)
{
        const char *slash = strrchr(argv[0], '/');
        const char *parent = getenv("TMPDIR");
        struct bench bench = {.darqidl = argv[argc - 1]};
        char beside[PATH_SIZE];

        if (argc < 2) {
                snprintf(beside, sizeof beside, "%.*s/../bin/darqidl",
                         slash != NULL ? (int)(slash - argv[0]) : 1, slash != NULL ? argv[0] : ".");
                bench.darqidl = beside;
        }
        snprintf(bench.directory, sizeof bench.directory, "%s/darqidl-bench-XXXXXX",
                 parent != NULL ? parent : "/tmp");
        if (mkdtemp(bench.directory) == NULL) {
                perror(bench.directory);
                return 1;
        }
        printf("milliseconds of processor time, median of %d, and time(2n)/time(n)\n%-10s", RUNS,
               "");
        for (unsigned int i = 0; i < SIZES; i++)
                printf(" %8u     ", (unsigned int)FIRST_SIZE << i);
        printf("  MB/s read, written\n");
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                row_show(&bench, &rows[i]);
        rmdir(bench.directory);
        return 0;
}
