/* SPDX-License-Identifier: MIT */
/*
 * Manifests and where they lie.
 *
 * What decides who may run what has to be as safe as the program that obeys it: a file counts only when nobody but root and
 * the p-kernel's own user can have written it. That is asked of the open file, not of its name, so that nobody can
 * put another in its place in between; a symbolic link is not followed.
 */
#include "pkernel/starter/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkernel/starter/directory.h"
#include "pkernel/starter/shortage.h"
#include "pkernel/starter/user.h"

static const char suffix[] = ".service";

enum { SUFFIX_SIZE = sizeof suffix - 1, PATH_SIZE = 4096, REASON_SIZE = MANIFEST_REASON_MAX + 64 };

/* Services */

/* Where the name is, or belongs. */
static size_t place_find(const struct registry *self, const char *name)
{
        size_t low = 0;
        size_t high = self->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(self->services[middle]->name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_at(const struct registry *self, size_t place, const char *name)
{
        return place < self->count && strcmp(self->services[place]->name, name) == 0;
}

static struct manifest *manifest_find(const struct registry *self, const char *name)
{
        size_t place = place_find(self, name);

        return is_at(self, place, name) ? self->services[place] : NULL;
}

const struct manifest *registry_find(const struct registry *self, const char *name)
{
        return manifest_find(self, name);
}

static bool types_meet(const struct word_list *left, const struct word_list *right)
{
        for (size_t i = 0; i < left->count; i++)
                for (size_t k = 0; k < right->count; k++)
                        if (strcmp(left->words[i], right->words[k]) == 0)
                                return true;
        return false;
}

const char *registry_clash(const struct registry *self, const struct manifest *manifest)
{
        if (self->count == REGISTRY_SERVICES_MAX && registry_find(self, manifest->name) == NULL)
                return "there are too many services";
        for (size_t i = 0; i < self->count; i++) {
                const struct manifest *other = self->services[i];

                if (strcmp(other->name, manifest->name) == 0)
                        continue;
                if (manifest->port != 0 && other->port == manifest->port)
                        return "another service has its port";
                if (types_meet(&manifest->types, &other->types))
                        return "another service implements one of its types";
        }
        return NULL;
}

const char *registry_take(struct registry *self, struct manifest *manifest)
{
        const char *clash = registry_clash(self, manifest);
        size_t place = place_find(self, manifest->name);

        if (clash != NULL)
                return clash;
        if (is_at(self, place, manifest->name)) {
                manifest_free(self->services[place]);
        } else {
                memmove(&self->services[place + 1], &self->services[place],
                        (self->count - place) * sizeof *self->services);
                self->count++;
        }
        self->services[place] = manifest;
        return NULL;
}

void registry_free(struct registry *self)
{
        for (size_t i = 0; i < self->count; i++) {
                struct manifest *manifest = self->services[i];

                if (manifest != NULL && manifest->shared)
                        manifest->shared = false;
                else
                        manifest_free(manifest);
        }
        free(self->services);
        *self = (struct registry){NULL, 0};
}

/* Loading */

/* One pass over the directories. */
struct load {
        struct registry *registry;
        const struct registry *before;
        registry_refused *refused;
        void *context;
        const char *directory;
        bool cut_short;
};

static void refuse(struct load *self, const char *file, const char *reason)
{
        char path[PATH_SIZE];

        snprintf(path, sizeof path, "%s%s%s", self->directory, file != NULL ? "/" : "",
                 file != NULL ? file : "");
        self->refused(self->context, path, reason);
}

/* The manifest that an earlier load had of the service that a file is called after; NULL: there was none. */
static struct manifest *manifest_before(const struct load *self, const char *file)
{
        char name[MANIFEST_NAME_MAX + 1];
        size_t size = strlen(file) - SUFFIX_SIZE;

        if (size > MANIFEST_NAME_MAX)
                return NULL;
        memcpy(name, file, size);
        name[size] = '\0';
        return manifest_find(self->before, name);
}

/* The file is there and can't be taken as it is: what it said before holds on. */
static void refuse_change(struct load *self, const char *file, const char *reason)
{
        struct manifest *before = manifest_before(self, file);
        char longer[REASON_SIZE];

        if (before != NULL && registry_find(self->registry, before->name) == NULL &&
            registry_take(self->registry, before) == NULL) {
                before->shared = true;
                snprintf(longer, sizeof longer, "%s; what it said before holds on", reason);
                reason = longer;
        }
        refuse(self, file, reason);
}

static void refuse_error(struct load *self, const char *file, int error)
{
        self->cut_short = self->cut_short || is_shortage(error);
        if (file == NULL || error == ENOENT)
                refuse(self, file, strerror(error));
        else
                refuse_change(self, file, strerror(error));
}

/* Trust */

static const char *distrust(int fd, mode_t type)
{
        struct stat status;

        if (fstat(fd, &status) < 0)
                return strerror(errno);
        if ((status.st_mode & S_IFMT) != type)
                return type == S_IFREG ? "not a regular file" : "not a directory";
        if (status.st_uid != 0 && status.st_uid != geteuid())
                return "it belongs to another user";
        return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? "group or others can write it" : NULL;
}

/* Reading */

/* The text, with size; NULL after an errno. */
static char *text_read(int fd, size_t *size, int *error)
{
        char *text = malloc(MANIFEST_SIZE_MAX + 1);
        ssize_t got = 1;

        *size = 0;
        *error = text == NULL ? ENOMEM : 0;
        while (*error == 0 && got > 0 && *size <= MANIFEST_SIZE_MAX) {
                got = read(fd, text + *size, MANIFEST_SIZE_MAX + 1 - *size);
                if (got < 0 && errno != EINTR)
                        *error = errno;
                *size += got > 0 ? (size_t)got : 0;
                got = got < 0 && errno == EINTR ? 1 : got;
        }
        if (*error == 0)
                return text;
        free(text);
        return NULL;
}

static bool name_fits(const struct manifest *manifest, const char *file)
{
        size_t size = strlen(manifest->name);

        return strncmp(file, manifest->name, size) == 0 && strcmp(file + size, suffix) == 0;
}

static void manifest_take(struct load *self, struct manifest *manifest, const char *file)
{
        char unusable[USER_REASON_MAX];
        const char *reason;
        int result = 0;

        if (!name_fits(manifest, file))
                reason = "the file is not called as the service is, NAME.service";
        else if (registry_find(self->registry, manifest->name) != NULL)
                reason = "an earlier directory has another";
        else if ((result = user_resolve(manifest, unusable)) < 0)
                reason = unusable;
        else
                reason = registry_take(self->registry, manifest);
        if (reason == NULL)
                return;
        self->cut_short = self->cut_short || is_shortage(-result);
        manifest_free(manifest);
        refuse_change(self, file, reason);
}

static void text_take(struct load *self, const char *file, const char *text, size_t size)
{
        struct manifest_fault fault;
        struct manifest *manifest = manifest_parse(text, size, &fault);
        char reason[MANIFEST_REASON_MAX];

        if (manifest != NULL) {
                manifest_take(self, manifest, file);
                return;
        }
        self->cut_short = self->cut_short || fault.no_memory;
        manifest_fault_tell(&fault, reason);
        refuse_change(self, file, reason);
}

static void open_load(struct load *self, int fd, const char *file)
{
        const char *reason = distrust(fd, S_IFREG);
        char *text;
        size_t size;
        int error;

        if (reason != NULL) {
                refuse(self, file, reason);
                return;
        }
        text = text_read(fd, &size, &error);
        if (text != NULL)
                text_take(self, file, text, size);
        else
                refuse_error(self, file, error);
        free(text);
}

static void file_load(struct load *self, int directory, const char *file)
{
        int fd = openat(directory, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

        if (fd >= 0) {
                open_load(self, fd, file);
                close(fd);
        } else if (errno == ELOOP) {
                refuse(self, file, "a symbolic link");
        } else {
                refuse_error(self, file, errno);
        }
}

static int is_manifest(const struct dirent *entry)
{
        size_t size = strlen(entry->d_name);

        return entry->d_name[0] != '.' && size > SUFFIX_SIZE &&
               strcmp(entry->d_name + size - SUFFIX_SIZE, suffix) == 0;
}

static void files_load(struct load *self, int directory)
{
        struct dirent **entries;
        int count = scandirat(directory, ".", &entries, is_manifest, alphasort);

        if (count < 0) {
                refuse_error(self, NULL, errno);
                return;
        }
        for (int i = 0; i < count; i++) {
                file_load(self, directory, entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
}

static void directory_load(struct load *self)
{
        int fd = open(self->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const char *reason;

        if (fd < 0) {
                if (errno != ENOENT)
                        refuse_error(self, NULL, errno);
                return;
        }
        reason = distrust(fd, S_IFDIR);
        if (reason != NULL)
                refuse(self, NULL, reason);
        else
                files_load(self, fd);
        close(fd);
}

bool registry_load(struct registry *self, const struct registry *before,
                   const char *const *directories, size_t count, registry_refused *refused,
                   void *context)
{
        struct load load = {
                .registry = self, .before = before, .refused = refused, .context = context};

        *self = (struct registry){NULL, 0};
        self->services = calloc(REGISTRY_SERVICES_MAX, sizeof(struct manifest *));
        if (self->services == NULL)
                return false;
        for (size_t i = 0; i < count; i++) {
                load.directory = directories[i];
                directory_load(&load);
        }
        if (load.cut_short)
                registry_free(self);
        return !load.cut_short;
}

/* Storing */

static int file_fill(int fd, const char *text, size_t size)
{
        while (size != 0) {
                ssize_t taken = write(fd, text, size);

                if (taken < 0 && errno != EINTR)
                        return -errno;
                text += taken > 0 ? taken : 0;
                size -= taken > 0 ? (size_t)taken : 0;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* The first who stores something there makes it. A descriptor, or -errno. */
static int folder_open(const char *directory)
{
        for (bool made = false;; made = true) {
                int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                char *path;
                int result;

                if (folder >= 0 || errno != ENOENT || made)
                        return folder >= 0 ? folder : -errno;
                path = strdup(directory);
                result = path != NULL ? directory_make(path, 0755) : -ENOMEM;
                free(path);
                if (result < 0)
                        return result;
        }
}

int registry_store(const char *directory, const char *name, const char *text, size_t size)
{
        int folder = folder_open(directory);
        char final[MANIFEST_NAME_MAX + SUFFIX_SIZE + 1];
        char early[32];
        int result = 0;
        int fd = -1;

        if (folder < 0)
                return folder;
        snprintf(final, sizeof final, "%s%s", name, suffix);
        snprintf(early, sizeof early, ".new-%ld", (long)getpid());
        if (distrust(folder, S_IFDIR) != NULL)
                result = -EACCES;
        else
                fd = openat(folder, early, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                            0644);
        if (fd >= 0)
                result = file_fill(fd, text, size);
        else if (result == 0)
                result = -errno;
        if (result == 0 && renameat(folder, early, folder, final) < 0)
                result = -errno;
        if (fd >= 0 && result < 0)
                unlinkat(folder, early, 0);
        if (fd >= 0)
                close(fd);
        fsync(folder);
        close(folder);
        return result;
}
