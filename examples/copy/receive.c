/* SPDX-License-Identifier: MIT */
/*
 * Takes files and folders from anybody, into one folder: copy-receive [--name NAME] FOLDER
 *
 * Many senders at a time, none of which waits for another: each file is written as its bytes come, and credit for more is
 * given as they are taken. What the sender says of paths is not believed (place.c); a file is always new (O_EXCL), and is
 * removed again if its sender gives up, dies or sent another number of bytes than it said.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <darq/darq.h>

#include "copy.darq.h"
#include "place.h"

enum { PERMISSIONS = 0777 };

struct receiver {
        int root;
};

struct incoming {
        struct receiver *receiver;
        struct darq_call *call;
        struct place place;
        char *path;
        int fd;
        uint64_t expected;
        uint64_t received;
        bool has_modified;
        int64_t modified_ns;
        bool complete;
};

static enum copy_error error_of(int error)
{
        if (error == EINVAL)
                return COPY_ERROR_BAD_PATH;
        return error == EEXIST ? COPY_ERROR_EXISTS : COPY_ERROR_CANNOT_WRITE;
}

static void incoming_free(struct incoming *self)
{
        if (self->fd >= 0)
                close(self->fd);
        if (self->fd >= 0 && !self->complete)
                unlinkat(self->place.folder, self->place.name, 0);
        place_close(&self->place);
        darq_call_release(self->call);
        free(self->path);
        free(self);
}

static int incoming_open(struct incoming *self, const struct copy_send_request *request)
{
        self->fd = -1;
        self->place.folder = -1;
        self->expected = request->size;
        self->has_modified = request->has_modified_ns;
        self->modified_ns = request->modified_ns;
        self->path = strdup(request->path.data); /* the place's name stands in it */
        if (self->path == NULL || place_find(&self->place, self->receiver->root, self->path) != 0)
                return -1;
        self->fd = openat(self->place.folder, self->place.name,
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                          request->mode & PERMISSIONS);
        return self->fd >= 0 ? 0 : -1;
}

static int write_all(int fd, const void *from, size_t size)
{
        const unsigned char *data = from;

        while (size > 0) {
                ssize_t written = write(fd, data, size);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written < 0)
                        return -1;
                data += written;
                size -= (size_t)written;
        }
        return 0;
}

/* Until there is nothing more for now (DARQ_E_AGAIN), the end (0), or an answer has been given (DARQ_E_ENDED). */
static int incoming_take(struct incoming *self, struct darq_stream *stream)
{
        const void *data;
        size_t size;
        int r;

        while ((r = darq_stream_view(stream, &data, &size)) == 0 && size > 0) {
                if (size > self->expected - self->received) {
                        copy_fail_send(self->call, COPY_ERROR_WRONG_SIZE,
                                       "more bytes than announced");
                        return DARQ_E_ENDED;
                }
                if (write_all(self->fd, data, size) != 0) {
                        copy_fail_send(self->call, COPY_ERROR_CANNOT_WRITE, strerror(errno));
                        return DARQ_E_ENDED;
                }
                self->received += size;
        }
        return r;
}

/* What the file system has put off it reports now; false: with errno. */
static bool incoming_finish(struct incoming *self)
{
        const int64_t second = 1000000000;
        struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
        int64_t rest = self->modified_ns % second;

        if (self->has_modified) {
                times[1].tv_sec = (time_t)(self->modified_ns / second - (rest < 0));
                times[1].tv_nsec = (long)(rest < 0 ? rest + second : rest);
                if (futimens(self->fd, times) != 0)
                        return false;
        }
        return close(dup(self->fd)) == 0;
}

static void on_bytes(void *context, struct darq_stream *stream)
{
        struct incoming *self = context;
        int r = incoming_take(self, stream);
        bool whole;

        if (r == DARQ_E_AGAIN)
                return;
        whole = r == 0 && self->received == self->expected;
        self->complete = whole && incoming_finish(self);
        if (whole && !self->complete)
                copy_fail_send(self->call, COPY_ERROR_CANNOT_WRITE, strerror(errno));
        else if (self->complete)
                copy_reply_send(self->call, &(struct copy_send_reply){.size = self->received});
        else if (r == 0)
                copy_fail_send(self->call, COPY_ERROR_WRONG_SIZE, "fewer bytes than announced");
        incoming_free(self);
}

static void on_send(void *context, struct darq_call *call, const struct copy_send_request *request)
{
        struct incoming *self = calloc(1, sizeof *self);

        if (self == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "no memory");
                return;
        }
        self->receiver = context;
        self->call = darq_call_keep(call);
        if (incoming_open(self, request) != 0) {
                copy_fail_send(call, error_of(errno), strerror(errno));
                incoming_free(self);
                return;
        }
        darq_stream_on_ready(darq_call_stream(call), on_bytes, self);
}

static void on_make_folder(void *context, struct darq_call *call,
                           const struct copy_make_folder_request *request)
{
        const struct receiver *self = context;
        struct place place;
        struct stat stat;
        int r = place_find(&place, self->root, request->path.data);

        if (r == 0)
                r = mkdirat(place.folder, place.name, request->mode & PERMISSIONS);
        if (r != 0 && errno == EEXIST && place.folder >= 0 &&
            fstatat(place.folder, place.name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(stat.st_mode))
                r = 0;
        if (r != 0)
                copy_fail_make_folder(call, error_of(errno), strerror(errno));
        else
                copy_reply_make_folder(call, NULL);
        place_close(&place);
}

int main(int argc, char **argv)
{
        static const struct copy_ops ops = {.send = on_send, .make_folder = on_make_folder};
        static const struct option options[] = {{"name", required_argument, NULL, 'n'}, {0}};
        const char *name = "copy";
        struct receiver receiver;
        int r;

        while ((r = getopt_long(argc, argv, "", options, NULL)) == 'n')
                name = optarg;
        if (r != -1 || argc - optind != 1) {
                fprintf(stderr, "usage: copy-receive [--name NAME] FOLDER\n");
                return 2;
        }
        receiver.root = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (receiver.root < 0) {
                fprintf(stderr, "copy-receive: %s: %s\n", argv[optind], strerror(errno));
                return 1;
        }
        r = copy_ops_main(&ops, &receiver, name);
        close(receiver.root);
        return r;
}
