/* SPDX-License-Identifier: MIT */
/*
 * Manifests in directories: which are taken, which are refused and why, and what is stored when a call fails: nothing of a
 * manifest that couldn't be written is left. The linker puts what is below in place of the calls that store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/starter/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { PATH = 256, SAID = 4096 };

static const struct registry none;
static const char *failing; /* a function */
static int error;
static unsigned int interrupts; /* of write() and read(), before they go on */
static uid_t user;              /* 0: as it is */

static bool fails(const char *name)
{
        if (failing == NULL || strcmp(failing, name) != 0)
                return false;
        errno = error;
        return true;
}

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);
ssize_t __wrap___read_chk(int fd, void *to, size_t size, size_t room);
int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int from_folder, const char *from, int to_folder, const char *to);
int __wrap_renameat(int from_folder, const char *from, int to_folder, const char *to);
uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static bool interrupted(void)
{
        if (interrupts == 0)
                return false;
        interrupts--;
        errno = EINTR;
        return true;
}

/* A few bytes at a time. */
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
        if (interrupted() || fails("write"))
                return -1;
        return __real_write(fd, data, size < 7 ? size : 7);
}

ssize_t __wrap_read(int fd, void *to, size_t size)
{
        if (interrupted() || fails("read"))
                return -1;
        return __real_read(fd, to, size);
}

/* What the compiler makes of it where it knows how much room there is. */
ssize_t __wrap___read_chk(int fd, void *to, size_t size, size_t room)
{
        (void)room;
        return __wrap_read(fd, to, size);
}

int __wrap_fstat(int fd, struct stat *status)
{
        return fails("fstat") ? -1 : __real_fstat(fd, status);
}

int __wrap_fsync(int fd)
{
        return fails("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_renameat(int from_folder, const char *from, int to_folder, const char *to)
{
        return fails("renameat") ? -1 : __real_renameat(from_folder, from, to_folder, to);
}

uid_t __wrap_geteuid(void)
{
        return user != 0 ? user : __real_geteuid();
}

void *__wrap_calloc(size_t count, size_t size)
{
        return fails("calloc") ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
        return fails("malloc") ? NULL : __real_malloc(size);
}

static char root[PATH];
static char said[SAID];

static int setup(void **state)
{
        const char *parent = getenv("TMPDIR");

        (void)state;
        failing = NULL;
        error = ENOSPC;
        interrupts = 0;
        user = 0;
        snprintf(root, sizeof root, "%s/darq-XXXXXX", parent != NULL ? parent : "/tmp");
        return mkdtemp(root) != NULL ? 0 : -1;
}

static const char *path_of(const char *name)
{
        static char path[2 * PATH];

        snprintf(path, sizeof path, "%s/%s", root, name);
        return path;
}

static int teardown(void **state)
{
        struct dirent **entries;
        int count;

        (void)state;
        failing = NULL;
        chmod(root, 0755);
        count = scandir(root, &entries, NULL, NULL);
        if (count < 0)
                return -1;
        for (int i = 0; i < count; i++) {
                const char *path = path_of(entries[i]->d_name);

                if (unlink(path) < 0)
                        rmdir(path);
                free(entries[i]);
        }
        free(entries);
        return rmdir(root);
}

static void put(const char *name, const char *text)
{
        FILE *file = fopen(path_of(name), "w");

        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(chmod(path_of(name), 0644), 0);
}

static void put_service(const char *file, const char *name, const char *lines)
{
        char text[512];

        snprintf(text, sizeof text, "[Service]\nName=%s\nExec=/bin/true\n%s\n", name, lines);
        put(file, text);
}

static void on_refused(void *context, const char *path, const char *reason)
{
        size_t size = strlen(said);

        (void)context;
        snprintf(said + size, sizeof said - size, "%s: %s\n",
                 strcmp(path, root) == 0 ? "." : path + strlen(root) + 1, reason);
}

/* How many services there are; what was refused is said. */
static size_t load(const char *second)
{
        const char *directories[] = {root, second};
        struct registry registry;
        size_t count;

        said[0] = '\0';
        assert_true(registry_load(&registry, &none, directories, second != NULL ? 2 : 1, on_refused,
                                  NULL));
        count = registry.count;
        registry_free(&registry);
        return count;
}

static void assert_refused(const char *what)
{
        assert_int_equal(load(NULL), 0);
        assert_string_equal(said, what);
}

static void what_is_called_as_its_service_is_taken(void **state)
{
        (void)state;
        put_service("b.service", "b", "Port=15000\nTypes=text image");
        put_service("a.service", "a", "Port=15001");
        put_service(".hidden.service", "hidden", "");
        put_service("c.services", "c", "");
        put(".service", "");
        assert_int_equal(load(path_of("missing")), 2);
        assert_string_equal(said, "");
}

static void what_somebody_else_could_have_written_is_refused(void **state)
{
        (void)state;
        put_service("a.service", "a", "");
        chmod(path_of("a.service"), 0664);
        assert_refused("a.service: group or others can write it\n");
        unlink(path_of("a.service"));
        assert_int_equal(symlink("b", path_of("a.service")), 0);
        assert_refused("a.service: a symbolic link\n");
        unlink(path_of("a.service"));
        assert_int_equal(mkdir(path_of("a.service"), 0755), 0);
        assert_refused("a.service: not a regular file\n");
        chmod(root, 0777);
        assert_refused(".: group or others can write it\n");
        chmod(root, 0755);
        rmdir(path_of("a.service"));
        put_service("a.service", "a", "");
        if (__real_geteuid() != 0)
                skip();
        assert_int_equal(chown(path_of("a.service"), 65534, 0), 0);
        assert_refused("a.service: it belongs to another user\n");
        user = 65534; /* nobody, who is everywhere */
        assert_int_equal(load(NULL), 1);
}

static void what_is_wrong_with_a_manifest_is_said(void **state)
{
        (void)state;
        put("a.service", "[Service]\nName=a\nNonsense=1\n");
        assert_int_equal(load(NULL), 0);
        assert_non_null(strstr(said, "a.service: line 3: "));
        put_service("a.service", "b", "");
        assert_refused("a.service: the file is not called as the service is, NAME.service\n");
        put_service("a.service", "ab", "");
        assert_refused("a.service: the file is not called as the service is, NAME.service\n");
        put("a.service", "[Service]\n");
        assert_int_equal(load(NULL), 0);
        assert_non_null(strstr(said, "a.service: "));
}

static void services_that_clash_are_refused(void **state)
{
        (void)state;
        put_service("a.service", "a", "Port=15000\nTypes=text image");
        put_service("b.service", "b", "Port=15000");
        put_service("c.service", "c", "Types=sound image");
        assert_int_equal(load(root), 1);
        assert_non_null(strstr(said, "b.service: another service has its port\n"));
        assert_non_null(strstr(said, "c.service: another service implements one of its types\n"));
        assert_non_null(strstr(said, "a.service: an earlier directory has another\n"));
}

static void there_is_an_end_to_services(void **state)
{
        struct manifest_fault fault;
        struct registry registry;
        struct manifest *manifest;
        const char *reason = NULL;
        size_t count = 0;
        char text[128];

        (void)state;
        assert_true(registry_load(&registry, &none, NULL, 0, on_refused, NULL));
        while (reason == NULL && count <= REGISTRY_SERVICES_MAX) {
                snprintf(text, sizeof text, "[Service]\nName=s%zu\nExec=/bin/true\n", count++);
                manifest = manifest_parse(text, strlen(text), &fault);
                assert_non_null(manifest);
                reason = registry_take(&registry, manifest);
        }
        assert_int_equal(count, REGISTRY_SERVICES_MAX + 1);
        assert_string_equal(reason, "there are too many services");
        manifest_free(manifest);
        manifest = manifest_parse("[Service]\nName=s7\nExec=/bin/false\n", 34, &fault);
        assert_null(registry_take(&registry, manifest)); /* in place of one that is there */
        assert_ptr_equal(registry_find(&registry, "s7"), manifest);
        assert_null(registry_find(&registry, "t"));
        registry_free(&registry);
}

static void what_cannot_be_read_is_refused(void **state)
{
        struct registry registry;
        const char *directories[1];

        (void)state;
        put_service("a.service", "a", "");
        interrupts = 2;
        assert_int_equal(load(NULL), 1);
        failing = "read";
        error = EIO;
        assert_refused("a.service: Input/output error\n");
        failing = "fstat";
        assert_refused(".: Input/output error\n");
        directories[0] = path_of("file");
        failing = NULL;
        put("file", "");
        said[0] = '\0';
        assert_true(registry_load(&registry, &none, directories, 1, on_refused, NULL));
        assert_string_equal(said, "file: Not a directory\n");
        registry_free(&registry);
}

/* What the system lacks for a moment says nothing of the files: a list without them would be a wrong one. */
static void a_shortage_is_not_an_empty_list(void **state)
{
        static const char *const calls[] = {"calloc", "malloc", "read"};
        const char *const directories[] = {root};
        struct registry registry;

        (void)state;
        put_service("a.service", "a", "");
        error = EMFILE;
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
                failing = calls[i];
                assert_false(registry_load(&registry, &none, directories, 1, on_refused, NULL));
                failing = NULL;
                assert_null(registry.services);
        }
        assert_int_equal(load(NULL), 1);
}

/* root's alone, as after before; what was refused is said. */
static bool load_after(struct registry *before)
{
        const char *const directories[] = {root};
        struct registry registry;

        said[0] = '\0';
        if (!registry_load(&registry, before, directories, 1, on_refused, NULL))
                return false;
        registry_free(before);
        *before = registry;
        return true;
}

static void assert_port(const struct registry *registry, const char *name, uint64_t port)
{
        const struct manifest *manifest = registry_find(registry, name);

        assert_non_null(manifest);
        assert_int_equal(manifest->port, port);
}

static void a_file_that_cannot_be_taken_changes_nothing(void **state)
{
        static const char *const lines[] = {"Port=1\n", "User=no-such-user\n", "Port=4711\n"};
        struct registry registry = {NULL, 0};

        (void)state;
        put_service("a.service", "a", "Port=4711\n");
        put_service("b.service", "b", "Port=4712\n");
        assert_true(load_after(&registry));
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
                put_service("b.service", "b", lines[i]);
                assert_true(load_after(&registry));
                assert_non_null(strstr(said, "b.service: "));
                assert_non_null(strstr(said, "; what it said before holds on\n"));
                assert_port(&registry, "a", 4711);
                assert_port(&registry, "b", 4712);
        }
        failing = "calloc";
        error = ENOMEM;
        assert_false(load_after(&registry));
        failing = NULL;
        put_service("b.service", "c", "");
        assert_true(load_after(&registry));
        assert_port(&registry, "b", 4712);
        assert_null(registry_find(&registry, "c"));
        put_service("b.service", "b", "Port=4713\n");
        assert_true(load_after(&registry));
        assert_string_equal(said, "");
        assert_port(&registry, "b", 4713);
        assert_return_code(unlink(path_of("b.service")), 0);
        assert_true(load_after(&registry));
        assert_null(registry_find(&registry, "b"));
        registry_free(&registry);
}

/* The second time the file is broken, memory is short as well: what is shared by both lists stays whole. */
static void a_shortage_beside_a_broken_file_loses_neither(void **state)
{
        struct registry registry = {NULL, 0};

        (void)state;
        put_service("a.service", "a", "Port=4711\n");
        put_service("b.service", "b", "Port=4712\n");
        assert_true(load_after(&registry));
        put_service("a.service", "a", "Port=1\n");
        assert_return_code(symlink("/dev/null", path_of("c.service")), 0);
        failing = "read";
        error = ENOMEM;
        assert_false(load_after(&registry));
        failing = NULL;
        assert_port(&registry, "a", 4711);
        assert_true(load_after(&registry));
        assert_port(&registry, "a", 4711);
        assert_port(&registry, "b", 4712);
        registry_free(&registry);
}

static const char *stored(void)
{
        static char text[64];
        FILE *file = fopen(path_of("a.service"), "r");
        size_t size = 0;

        if (file != NULL) {
                size = fread(text, 1, sizeof text - 1, file);
                fclose(file);
        }
        text[size] = '\0';
        return text;
}

static int files(void)
{
        struct dirent **entries;
        int count = scandir(root, &entries, NULL, NULL);

        for (int i = 0; i < count; i++)
                free(entries[i]);
        free(entries);
        return count - 2;
}

static void a_manifest_is_stored_whole_or_not_at_all(void **state)
{
        static const char *const calls[] = {"write", "fsync", "renameat"};

        (void)state;
        interrupts = 3;
        assert_int_equal(registry_store(root, "a", "the first version", 17), 0);
        assert_string_equal(stored(), "the first version");
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
                failing = calls[i];
                assert_int_equal(registry_store(root, "a", "another", 7), -ENOSPC);
                failing = NULL;
                assert_string_equal(stored(), "the first version");
                assert_int_equal(files(), 1);
        }
        assert_int_equal(registry_store(root, "a", "another", 7), 0);
        assert_string_equal(stored(), "another");
}

static void nothing_is_stored_where_others_can_write(void **state)
{
        (void)state;
        chmod(root, 0777);
        assert_int_equal(registry_store(root, "a", "x", 1), -EACCES);
        chmod(root, 0755);
        assert_int_equal(mkdir(path_of("a.service"), 0755), 0);
        assert_int_equal(registry_store(root, "a", "x", 1), -EISDIR);
        assert_int_equal(files(), 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(what_is_called_as_its_service_is_taken),
                CASE(what_somebody_else_could_have_written_is_refused),
                CASE(what_is_wrong_with_a_manifest_is_said),
                CASE(services_that_clash_are_refused),
                CASE(there_is_an_end_to_services),
                CASE(what_cannot_be_read_is_refused),
                CASE(a_shortage_is_not_an_empty_list),
                CASE(a_file_that_cannot_be_taken_changes_nothing),
                CASE(a_shortage_beside_a_broken_file_loses_neither),
                CASE(a_manifest_is_stored_whole_or_not_at_all),
                CASE(nothing_is_stored_where_others_can_write),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
