/* SPDX-License-Identifier: MIT */
/*
 * One process of a service, and what it says.
 *
 * Its lines go to our log under its name. A process that says more than the log takes loses lines, which are counted; it
 * is always read, so it never waits for us, and we never for it.
 */
#include "pkernel/starter/instance.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINES_PER_SECOND = 100, READS_PER_TURN = 16 };

#define NANOSECONDS UINT64_C(1000000000)

static uint64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

static bool line_admitted(struct instance *self)
{
        uint64_t now = now_ns();

        if (now - self->window_ns >= NANOSECONDS) {
                self->window_ns = now;
                self->lines = 0;
        }
        if (self->lines >= LINES_PER_SECOND) {
                self->left_out++;
                return false;
        }
        self->lines++;
        return true;
}

static void line_log(struct instance *self)
{
        if (self->used == 0)
                return;
        if (line_admitted(self)) {
                if (self->left_out != 0)
                        log_line(self->log, LOG_NOTICE, "%s[%ld]: %llu lines left out", self->name,
                                 (long)self->pid, (unsigned long long)self->left_out);
                self->left_out = 0;
                log_line(self->log, LOG_INFO, "%s[%ld]: %.*s", self->name, (long)self->pid,
                         (int)self->used, self->line);
        }
        self->used = 0;
}

static void text_take(struct instance *self, const char *text, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                if (text[i] == '\n' || self->used == INSTANCE_LINE_MAX)
                        line_log(self);
                if (text[i] != '\n')
                        self->line[self->used++] = text[i] != '\0' ? text[i] : '?';
        }
}

static void output_close(struct instance *self)
{
        if (self->output.fd < 0)
                return;
        loop_remove(self->loop, &self->output);
        close(self->output.fd);
        self->output.fd = -1;
}

static void output_read(struct instance *self)
{
        char block[4096];

        for (int i = 0; i < READS_PER_TURN && self->output.fd >= 0; i++) {
                ssize_t size = read(self->output.fd, block, sizeof block);

                if (size > 0)
                        text_take(self, block, (size_t)size);
                else if (size == 0 || (errno != EAGAIN && errno != EINTR))
                        output_close(self);
                else
                        return;
        }
}

static void output_ready(struct source *source, uint32_t events)
{
        (void)events;
        output_read(CONTAINER_OF(source, struct instance, output));
}

struct instance *instance_new(struct loop *loop, struct log *log, uint64_t number, const char *name,
                              const struct launched *launched)
{
        struct instance *self = calloc(1, sizeof *self);

        if (self != NULL) {
                list_init(&self->node);
                self->loop = loop;
                self->log = log;
                self->number = number;
                self->pid = launched->pid;
                self->output = (struct source){.fd = launched->output, .ready = output_ready};
                snprintf(self->name, sizeof self->name, "%s", name);
        }
        if (self != NULL && loop_add(loop, &self->output, EPOLLIN) == 0)
                return self;
        kill(-launched->pid, SIGKILL);
        close(launched->output);
        free(self);
        return NULL;
}

void instance_finish(struct instance *self)
{
        output_read(self);
        line_log(self);
        output_close(self);
}

void instance_free(struct instance *self)
{
        if (self == NULL)
                return;
        output_close(self);
        list_remove(&self->node);
        free(self);
}

void instance_stop(const struct instance *self, bool force)
{
        kill(-self->pid, force ? SIGKILL : SIGTERM);
}
