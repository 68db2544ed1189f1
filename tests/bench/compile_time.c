/* SPDX-License-Identifier: MIT */
/*
 * How long darqidl takes for schemas of 1,000 to 10,000 declarations, how that grows, and how long others take.
 *
 * Each schema is compiled 21 times by a process of its own, schemas of n and 2n in turn, and the least processor time
 * is shown, the writing of the C included (to a temporary directory that is removed in the end): the work is the same each
 * time, and whatever else the machine does only adds to it. time(2n)/time(n) stands beside it: 2 is linear. Rows differ in
 * what is declared; "imports" spreads structs over files of 250, of which the last one imports all others. protoc and flatc, where they are installed, make C++ of as many structs of the same
 * members, three times: protoc takes longer for that than all else together.
 *
 * What has to hold, or the exit status is 1: no ratio above 2.5; and for 1,000 and 10,000 declarations, once the time of
 * an empty schema is taken off, 10 MB/s of schema that is read, or of C that is written (some twenty times as much).
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

enum { RUNS = 21, PEER_RUNS = 3, SIZES = 4, FILE_SIZE = 250, PATH_SIZE = 512 };

static const unsigned int sizes[SIZES] = {1000, 2000, 5000, 10000};
static const double rate_min = 10e6;
static const double ratio_max = 2.5;

extern char **environ;

struct bench {
        const char *darqidl;
        char directory[PATH_SIZE / 2];
        double empty; /* seconds that a schema without declarations takes */
        bool missed;
};

/* A folder of a schema, and of what is made of it. */
struct place {
        char path[PATH_SIZE];
};

static struct place place_make(const struct bench *self, const char *name)
{
        struct place place;

        snprintf(place.path, sizeof place.path, "%s/%s", self->directory, name);
        if (mkdir(place.path, 0700) != 0) {
                perror(place.path);
                exit(1);
        }
        return place;
}

static FILE *file_open(const struct place *place, const char *name)
{
        char path[3 * PATH_SIZE];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", place->path, name);
        file = fopen(path, "w");
        if (file == NULL) {
                perror(path);
                exit(1);
        }
        return file;
}

static FILE *schema_open(const struct place *place, const char *package)
{
        char name[32];
        FILE *file;

        snprintf(name, sizeof name, "%s.didl", package);
        file = file_open(place, name);
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

static void method_print(FILE *file, unsigned int number)
{
        fprintf(file, "%u: do_%u(u32 a, string b) -> (u64 c) ! Error;\n", number + 1, number);
}

static void member_print(FILE *file, unsigned int number)
{
        fprintf(file, "%u: string<64> member_%u;\n", number + 1, number);
}

static void imports_write(const struct place *self, unsigned int count)
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
        const char *around; /* the beginning of what they all stand in; NULL: in the file itself */
        void (*print)(FILE *file, unsigned int number);
        void (*write)(const struct place *place, unsigned int count); /* instead of these */
} rows[] = {
        {"structs", NULL, struct_print, NULL},
        {"tables", NULL, table_print, NULL},
        {"enums", NULL, enum_print, NULL},
        {"constants", NULL, constant_print, NULL},
        {"methods", "error Error { NONE = 1; }\ninterface Much {\n", method_print, NULL},
        {"members", "table Much {\n", member_print, NULL},
        {"imports", NULL, NULL, imports_write},
        {"mixed", NULL, mixed_print, NULL},
};

static void schema_write(const struct place *self, const struct row *row, unsigned int count)
{
        FILE *file;

        if (row->write != NULL) {
                row->write(self, count);
                return;
        }
        file = schema_open(self, "last");
        if (row->around != NULL)
                fputs(row->around, file);
        for (unsigned int i = 0; i < count; i++)
                row->print(file, i);
        if (row->around != NULL)
                fputs("}\n", file);
        schema_close(file);
}

/* The same structs for others. */
static void protobuf_write(const struct place *place, unsigned int count)
{
        FILE *file = file_open(place, "last.proto");

        fprintf(file, "syntax = \"proto3\";\npackage last;\n");
        for (unsigned int i = 0; i < count; i++)
                fprintf(file,
                        "message S%u { uint32 a = 1; string b = 2; repeated uint32 c = 3; "
                        "optional bool d = 4; }\n",
                        i);
        schema_close(file);
}

static void flatbuffers_write(const struct place *place, unsigned int count)
{
        FILE *file = file_open(place, "last.fbs");

        fprintf(file, "namespace last;\n");
        for (unsigned int i = 0; i < count; i++)
                fprintf(file, "table S%u { a: uint; b: string; c: [ushort]; d: bool = null; }\n",
                        i);
        schema_close(file);
}

/* Seconds of processor time for one run in a place; below 0: there is no such program. */
static double run(const char *program, char *const *arguments)
{
        struct rusage usage;
        int status;
        pid_t pid;

        errno = posix_spawnp(&pid, program, NULL, NULL, arguments, environ);
        if (errno == ENOENT)
                return -1;
        if (errno != 0 || wait4(pid, &status, 0, &usage) != pid) {
                perror(program);
                exit(1);
        }
        if (status != 0) {
                fprintf(stderr, "%s has failed\n", program);
                exit(1);
        }
        return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double darqidl_run(const struct bench *self, const struct place *place)
{
        char name[] = "darqidl";
        char option[] = "-o";
        char directory[PATH_SIZE];
        char path[PATH_SIZE + 64];
        double seconds;

        snprintf(directory, sizeof directory, "%s", place->path);
        snprintf(path, sizeof path, "%s/last.didl", place->path);
        seconds = run(self->darqidl, (char *[]){name, option, directory, path, NULL});
        if (seconds < 0) {
                fprintf(stderr, "%s: there is no such program\n", self->darqidl);
                exit(1);
        }
        return seconds;
}

static double least(double before, double seconds)
{
        return before == 0 || seconds < before ? seconds : before;
}

/* Bytes of the schemas in a place, or of what was made of them. */
static double place_size(const struct place *place, bool schemas)
{
        DIR *directory = opendir(place->path);
        struct dirent *entry;
        struct stat status;
        double size = 0;

        if (directory == NULL)
                return 0;
        while ((entry = readdir(directory)) != NULL) {
                const char *end = strrchr(entry->d_name, '.');

                if (entry->d_name[0] != '.' && end != NULL &&
                    (strcmp(end, ".didl") == 0 || strcmp(end, ".proto") == 0 ||
                     strcmp(end, ".fbs") == 0) == schemas &&
                    fstatat(dirfd(directory), entry->d_name, &status, 0) == 0)
                        size += (double)status.st_size;
        }
        closedir(directory);
        return size;
}

static void place_remove(const struct place *place)
{
        DIR *directory = opendir(place->path);
        struct dirent *entry;

        while (directory != NULL && (entry = readdir(directory)) != NULL)
                if (entry->d_name[0] != '.')
                        unlinkat(dirfd(directory), entry->d_name, 0);
        if (directory != NULL)
                closedir(directory);
        rmdir(place->path);
}

struct result {
        double seconds;
        double read; /* bytes */
        double written;
};

/* Two sizes in turn, so that whatever else the machine does befalls both. */
static void pair_measure(const struct bench *self, const struct row *row,
                         const unsigned int *counts, struct result *results)
{
        struct place places[2] = {place_make(self, "n"), place_make(self, "2n")};
        double times[2] = {0};

        for (int i = 0; i < 2; i++)
                schema_write(&places[i], row, counts[i]);
        for (int i = 0; i < RUNS; i++)
                for (int k = 0; k < 2; k++)
                        times[k] = least(times[k], darqidl_run(self, &places[k]));
        for (int i = 0; i < 2; i++) {
                results[i] = (struct result){times[i], place_size(&places[i], true),
                                             place_size(&places[i], false)};
                place_remove(&places[i]);
        }
}

static void rate_show(struct bench *self, const struct result *result)
{
        double seconds = result->seconds > 2 * self->empty ? result->seconds - self->empty
                                                           : result->seconds / 2;
        double rate = (result->read > result->written ? result->read : result->written) / seconds;

        printf("  %5.1f %4.0f %-4s", result->read / result->seconds / 1e6,
               result->written / result->seconds / 1e6, rate < rate_min ? "SLOW" : "");
        self->missed |= rate < rate_min;
}

static void row_show(struct bench *self, const struct row *row)
{
        struct result results[SIZES];

        printf("%-12s", row->name);
        for (int i = 0; i < SIZES; i += 2) {
                double ratio;

                pair_measure(self, row, &sizes[i], &results[i]);
                ratio = results[i + 1].seconds / results[i].seconds;
                printf(" %8.1f %8.1f %5.2f%s", results[i].seconds * 1e3,
                       results[i + 1].seconds * 1e3, ratio, ratio > ratio_max ? "!" : " ");
                self->missed |= ratio > ratio_max;
                fflush(stdout);
        }
        rate_show(self, &results[0]);
        rate_show(self, &results[SIZES - 1]);
        printf("\n");
}

static void peer_show(const struct bench *self, const char *program, const char *file,
                      void (*write)(const struct place *place, unsigned int count))
{
        printf("%-12s", program);
        for (int i = 0; i < SIZES; i += SIZES - 1) {
                struct place place = place_make(self, "peer");
                char path[PATH_SIZE + 64];
                char in[PATH_SIZE + 64];
                char out[PATH_SIZE + 64];
                char name[16];
                char option[] = "--cpp";
                char to[] = "-o";
                bool protoc = strcmp(program, "protoc") == 0;
                double seconds = 0;

                write(&place, sizes[i]);
                snprintf(name, sizeof name, "%s", program);
                snprintf(path, sizeof path, "%s/%s", place.path, file);
                snprintf(in, sizeof in, "-I%s", place.path);
                snprintf(out, sizeof out, protoc ? "--cpp_out=%s" : "%s", place.path);
                for (int k = 0; k < PEER_RUNS && seconds >= 0; k++)
                        seconds = least(seconds,
                                        protoc ? run(program, (char *[]){name, in, out, path, NULL})
                                               : run(program, (char *[]){name, option, to, out,
                                                                         path, NULL}));
                if (seconds < 0)
                        printf(" is not installed");
                else
                        printf(" %s%8.1f ms, %5.1f %4.0f",
                               i != 0 ? "   10,000: " : "structs 1,000: ", seconds * 1e3,
                               place_size(&place, true) / seconds / 1e6,
                               place_size(&place, false) / seconds / 1e6);
                place_remove(&place);
                if (seconds < 0)
                        break;
        }
        printf("\n");
}

static void empty_measure(struct bench *self)
{
        struct place place = place_make(self, "empty");

        schema_close(schema_open(&place, "last"));
        for (int i = 0; i < RUNS; i++)
                self->empty = least(self->empty, darqidl_run(self, &place));
        place_remove(&place);
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
        empty_measure(&bench);
        printf("milliseconds of processor time, least of %d; %.1f for an empty schema\n%-12s", RUNS,
               bench.empty * 1e3, "");
        printf("    1,000    2,000 ratio     5,000   10,000 ratio   MB/s read, written:1,000 "
               "10,000\n");
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                row_show(&bench, &rows[i]);
        peer_show(&bench, "protoc", "last.proto", protobuf_write);
        peer_show(&bench, "flatc", "last.fbs", flatbuffers_write);
        rmdir(bench.directory);
        printf("%s: 10 MB/s of schema read or C written, for 1,000 and 10,000 declarations; no "
               "ratio "
               "above 2.5\n",
               bench.missed ? "MISSED" : "holds");
        return bench.missed;
}
