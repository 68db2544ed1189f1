/* SPDX-License-Identifier: MIT */
/*
 * Errands: calls to port 1 that wait for the starter.
 *
 * The list's order is that of the commands which were sent, and so that of the answers which will come.
 */
#include "pkernel/core/errand.h"

#include "pkernel/core/kernel.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"

#include <stdlib.h>

struct errand {
        struct list node;       /* in the kernel */
        struct darq_call *call; /* NULL: nobody waits */
        bool reload;
};

static bool errand_new(struct kernel *kernel, struct darq_call *call, bool reload)
{
        struct errand *self = kernel->errand_count < ERRANDS_MAX ? calloc(1, sizeof *self) : NULL;

        if (self == NULL)
                return false;
        self->call = call != NULL ? darq_call_keep(call) : NULL;
        self->reload = reload;
        list_append(&kernel->errands, &self->node);
        kernel->errand_count++;
        return true;
}

static void errand_free(struct kernel *kernel, struct errand *self)
{
        kernel->errand_count--;
        list_remove(&self->node);
        darq_call_release(self->call);
        free(self);
}

/* The one that has waited longest for this kind of answer. */
static struct errand *errand_find(struct kernel *kernel, bool reload)
{
        for (struct list *node = kernel->errands.next; node != &kernel->errands;
             node = node->next) {
                struct errand *self = LIST_OF(node, struct errand, node);

                if (self->reload == reload)
                        return self;
        }
        return NULL;
}

bool errand_reload(struct kernel *kernel, struct darq_call *call)
{
        if (!errand_new(kernel, call, true))
                return false;
        kernel->environment.reload(kernel->environment.context);
        return true;
}

bool errand_register(struct kernel *kernel, struct darq_call *call, struct darq_string manifest)
{
        if (!errand_new(kernel, call, false))
                return false;
        kernel->environment.store(kernel->environment.context, manifest.data, manifest.size);
        return true;
}

uint32_t errand_loaded(struct kernel *kernel, const struct darq_starter_loaded *loaded)
{
        struct errand *errand = errand_find(kernel, true);
        struct darq_kernel_reload_reply reply = {.services =
                                                         roster_listed(kernel, loaded->partial)};

        roster_start(kernel);
        if (errand == NULL)
                return reply.services;
        reply.refused.data = loaded->refused.data;
        reply.refused.count = loaded->refused.count;
        if (errand->call != NULL)
                darq_kernel_reply_reload(errand->call, &reply);
        errand_free(kernel, errand);
        return reply.services;
}

void errand_registered(struct kernel *kernel, const struct darq_starter_registered *registered)
{
        struct errand *errand = errand_find(kernel, false);

        roster_declared_alone(kernel, registered->name.data, registered->name.size);
        roster_start(kernel);
        if (errand == NULL)
                return;
        if (registered->failure.size == 0)
                darq_kernel_reply_register(errand->call, &(struct darq_kernel_register_reply){
                                                                 .name = registered->name});
        else
                darq_kernel_fail_register(errand->call,
                                          registered->bad ? DARQ_KERNEL_ERROR_BAD_MANIFEST
                                                          : DARQ_KERNEL_ERROR_FAILED,
                                          registered->failure.data);
        errand_free(kernel, errand);
}

void errands_fail(struct kernel *kernel, const char *why)
{
        struct list *node;

        while ((node = list_pop(&kernel->errands)) != NULL) {
                struct errand *self = LIST_OF(node, struct errand, node);

                if (self->call != NULL && self->reload)
                        darq_kernel_fail_reload(self->call, DARQ_KERNEL_ERROR_FAILED, why);
                else if (self->call != NULL)
                        darq_kernel_fail_register(self->call, DARQ_KERNEL_ERROR_FAILED, why);
                errand_free(kernel, self);
        }
}
