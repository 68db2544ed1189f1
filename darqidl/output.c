/* SPDX-License-Identifier: MIT */
/*
 * Output files: written only if they would change, and all or none.
 *
 * Every file that changes is written beside its place first; only when all are on disk are they renamed. So an error
 * leaves what was there before, and a reader never sees half a file.
 */
#include "darqidl/output.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUTPUTS_MAX = 4 };

static bool holds_already(const struct output *output)
{
        FILE *file = fopen(output->path, "rb");
        struct stat status;
        char old[16384];
        size_t at = 0;
        bool same;

        if (file == NULL)
                return false;
        same = fstat(fileno(file), &status) == 0 && (uintmax_t)status.st_size == output->size;
        while (same && at < output->size) {
                size_t left = output->size - at;
                size_t size = fread(old, 1, left < sizeof old ? left : sizeof old, file);

                same = size != 0 && memcmp(old, output->text + at, size) == 0;
                at += size;
        }
        fclose(file);
        return same;
}

static bool complain(const char *path)
{
        fprintf(stderr, "darqidl: error: %s: %s\n", path, strerror(errno));
        return false;
}

/* That of the file that is replaced; of a new one what the user's mask leaves. */
static mode_t mode_of(const char *path)
{
        struct stat status;
        mode_t mask;

        if (stat(path, &status) == 0)
                return status.st_mode & 07777;
        mask = umask(0);
        umask(mask);
        return 0666 & ~mask;
}

/* Writes path.XXXXXX; its name is the caller's to free. NULL with a line on stderr. */
static char *temporary_write(const struct output *output)
{
        size_t size = strlen(output->path) + sizeof ".XXXXXX";
        char *name = malloc(size);
        FILE *file;
        int fd;

        if (name == NULL)
                return NULL;
        snprintf(name, size, "%s.XXXXXX", output->path);
        fd = mkstemp(name);
        file = fd >= 0 ? fdopen(fd, "wb") : NULL;
        if (file == NULL) {
                complain(output->path);
                free(name);
                return NULL;
        }
        fchmod(fd, mode_of(output->path));
        fwrite(output->text, 1, output->size, file);
        if (ferror(file) | (fclose(file) != 0)) {
                complain(output->path);
                unlink(name);
                free(name);
                return NULL;
        }
        return name;
}

bool outputs_write(const struct output *outputs, size_t count)
{
        char *names[OUTPUTS_MAX] = {NULL};
        bool done = true;

        for (size_t i = 0; done && i < count; i++) {
                if (holds_already(&outputs[i]))
                        continue;
                names[i] = temporary_write(&outputs[i]);
                done = names[i] != NULL;
        }
        for (size_t i = 0; i < count; i++) {
                if (names[i] == NULL)
                        continue;
                if (done && rename(names[i], outputs[i].path) != 0)
                        done = complain(outputs[i].path);
                else if (!done)
                        unlink(names[i]);
                free(names[i]);
        }
        return done;
}
