/* SPDX-License-Identifier: MIT */
/*
 * Sends a file, or a folder with all that is in it: copy-send [--to NAME] PATH
 *
 * Each file is one call with a stream of bytes. darq_stream_write() waits when the receiver doesn't keep up, so nothing
 * piles up anywhere. Symbolic links, devices and the like are left out, and named on the standard error.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <darq/darq.h>

#include "copy.darq.h"
#include "progress.h"

enum { PIECE = 64 * 1024 };

struct sender {
        struct darq_session *session;
        struct copy copy;
        struct progress progress;
        size_t base; /* of a path, so many bytes are ours alone */
};

static int complain(const char *path, const char *text)
{
        fprintf(stderr, "copy-send: %s: %s\n", path, text);
        return 1;
}

/* 0, a status, or 1 with errno: it can't be read. */
static int bytes_send(struct sender *self, int fd, struct darq_stream *stream)
{
        static unsigned char buffer[PIECE];
        ssize_t size;
        int r = 0;

        while (r == 0 && (size = read(fd, buffer, sizeof buffer)) != 0) {
                if (size < 0 && errno == EINTR)
                        continue;
                if (size < 0)
                        return 1;
                r = darq_stream_write(stream, buffer, (size_t)size, NULL);
                if (r == 0)
                        progress_add(&self->progress, (uint64_t)size);
        }
        return r == DARQ_E_ENDED ? 0 : r; /* how it ended, finish tells */
}

static int stream_send(struct sender *self, const char *path, int fd, const struct stat *stat)
{
        struct copy_send_request request = {
                .path = darq_string_of(path + self->base),
                .mode = stat->st_mode & 0777,
                .size = (uint64_t)stat->st_size,
                .has_modified_ns = true,
                .modified_ns = stat->st_mtim.tv_sec * INT64_C(1000000000) + stat->st_mtim.tv_nsec,
        };
        const struct copy_send_reply *reply = NULL;
        struct darq_stream *stream;
        int r = copy_send(&self->copy, &request, &stream);

        if (r != 0)
                return complain(path, darq_session_error(self->session));
        r = bytes_send(self, fd, stream);
        if (r > 0)
                r = complain(path, strerror(errno));
        else if (r == 0 && (r = copy_send_finish(stream, &reply)) == 0)
                darq_reply_free(reply);
        else
                r = complain(path, darq_session_error(self->session));
        darq_stream_close(stream);
        return r;
}

static int file_send(struct sender *self, const char *path)
{
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        struct stat stat;
        int r;

        if (fd < 0 || fstat(fd, &stat) != 0)
                r = complain(path, strerror(errno));
        else
                r = stream_send(self, path, fd, &stat);
        if (fd >= 0)
                close(fd);
        return r;
}

static int folder_send(struct sender *self, const char *path, const struct stat *stat)
{
        struct copy_make_folder_request request = {
                .path = darq_string_of(path + self->base),
                .mode = (stat->st_mode & 0777) | S_IRWXU,
        };

        if (copy_make_folder(&self->copy, &request, NULL) != 0)
                return complain(path, darq_session_error(self->session));
        return 0;
}

static int entry_send(struct sender *self, const FTSENT *entry)
{
        switch (entry->fts_info) {
        case FTS_D:
                return folder_send(self, entry->fts_path, entry->fts_statp);
        case FTS_DP:
                return 0;
        case FTS_F:
                return file_send(self, entry->fts_path);
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
                return complain(entry->fts_path, strerror(entry->fts_errno));
        default:
                fprintf(stderr, "copy-send: %s is left out: no file, and no folder\n",
                        entry->fts_path);
                return 0;
        }
}

/* With a NULL sender only adds up the bytes of all files. */
static int tree_walk(struct sender *self, char *path, uint64_t *total)
{
        char *paths[] = {path, NULL};
        FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        FTSENT *entry;
        int r = 0;

        if (tree == NULL)
                return complain(path, strerror(errno));
        while (r == 0 && (entry = fts_read(tree)) != NULL) {
                if (self != NULL)
                        r = entry_send(self, entry);
                else if (entry->fts_info == FTS_F)
                        *total += (uint64_t)entry->fts_statp->st_size;
        }
        fts_close(tree);
        return r;
}

static int path_send(struct sender *self, const char *given)
{
        char *path = realpath(given, NULL); /* "." has a name, too */
        const char *slash = path != NULL ? strrchr(path, '/') : NULL;
        uint64_t total = 0;
        int r;

        if (path == NULL)
                return complain(given, strerror(errno));
        self->base = (size_t)(slash - path) + 1;
        r = tree_walk(NULL, path, &total);
        progress_init(&self->progress, total);
        if (r == 0)
                r = tree_walk(self, path, NULL);
        progress_end(&self->progress);
        free(path);
        return r;
}

int main(int argc, char **argv)
{
        static const struct option options[] = {{"to", required_argument, NULL, 't'}, {0}};
        const char *name = "copy";
        struct sender sender;
        int r;

        while ((r = getopt_long(argc, argv, "", options, NULL)) == 't')
                name = optarg;
        if (r != -1 || argc - optind != 1) {
                fprintf(stderr, "usage: copy-send [--to NAME] PATH\n");
                return 2;
        }
        r = darq_session_open(&sender.session, NULL, 1000);
        if (r == 0)
                r = darq_proxy_connect(&sender.copy.proxy, sender.session, name);
        if (r != 0)
                complain(name, darq_session_error(sender.session));
        else
                r = path_send(&sender, argv[optind]);
        darq_session_close(sender.session);
        return r != 0;
}
