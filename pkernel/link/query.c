/* SPDX-License-Identifier: MIT */
/*
 * Which services of this location a caller may use: the p-kernel knows, and is asked for the caller's connection, which is
 * another location's or a local process's.
 *
 * Nothing waits: a call is kept until the p-kernel's answer, and has its caller's deadline. One that is cancelled
 * meanwhile stays until then too, so that whoever asks and cancels has no more of them open than others. As one
 * location has a share, none can keep the others from asking.
 */
#include "pkernel/link/query.h"

#include "kernel.darq.h"
#include "pkernel/link/options.h"

#include <stdlib.h>

enum {
        KERNEL_PORT = 1,
        PAGE_MAX = 64,
        OPEN_EACH = 16,
        OPEN_MAX = OPTIONS_LOCATIONS * OPEN_EACH,
};

struct query {
        struct list node;
        struct queries *queries;
        struct darq_call *call; /* kept; NULL: the p-kernel hasn't been asked */
        uint64_t caller;
};

static void query_free(struct query *self)
{
        list_remove(&self->node);
        self->queries->count--;
        darq_call_release(self->call);
        free(self);
}

static void services_tell(struct darq_call *call, const struct darq_kernel_list_usable_reply *known)
{
        struct darq_locations_service services[PAGE_MAX];
        struct darq_locations_services_reply reply = {.services.data = services};

        for (size_t i = 0; i < known->services.count && i < PAGE_MAX; i++) {
                const struct darq_kernel_service_entry *each = &known->services.data[i];

                services[reply.services.count++] = (struct darq_locations_service){
                        .has_name = true,
                        .name = each->name,
                        .has_state = true,
                        .state = each->state,
                        .types = {each->types.data, each->types.count},
                };
        }
        darq_locations_reply_services(call, &reply);
}

static void on_answer(void *context, int result, const struct darq_kernel_list_usable_reply *reply)
{
        struct query *self = context;

        if (result == 0)
                services_tell(self->call, reply);
        else
                darq_call_fail(self->call, DARQ_E_INTERNAL, "the p-kernel doesn't answer");
        query_free(self);
}

static size_t open_of(const struct queries *self, uint64_t caller)
{
        size_t count = 0;

        for (const struct list *node = self->open.next; node != &self->open; node = node->next)
                count += LIST_OF(node, const struct query, node)->caller == caller;
        return count;
}

static struct query *query_new(struct queries *queries, uint64_t caller)
{
        struct query *self;

        if (queries->count == OPEN_MAX || open_of(queries, caller) >= OPEN_EACH)
                return NULL;
        self = calloc(1, sizeof *self);
        if (self == NULL)
                return NULL;
        self->queries = queries;
        self->caller = caller;
        list_append(&queries->open, &self->node);
        queries->count++;
        return self;
}

void queries_init(struct queries *self)
{
        list_init(&self->open);
        self->count = 0;
}

void queries_ask(struct queries *self, struct darq_call *call,
                 const struct darq_locations_services_request *request)
{
        struct darq_kernel_list_usable_request question = {
                .skip = request->skip,
                .has_limit = true,
                .limit = request->limit < PAGE_MAX ? request->limit : PAGE_MAX,
                .connection = darq_call_caller(call)};
        struct query *query = query_new(self, question.connection);
        struct darq_kernel kernel;
        int r;

        if (query == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "too many such questions are open");
                return;
        }
        r = darq_proxy_at(&kernel.proxy, darq_call_session(call), KERNEL_PORT);
        if (r == 0) {
                r = darq_kernel_list_usable_async(&kernel, &question, on_answer, query, NULL);
                darq_proxy_close(&kernel.proxy);
        }
        if (r == 0) {
                query->call = darq_call_keep(call);
        } else {
                darq_call_fail(call, DARQ_E_BUSY, "the p-kernel can't be asked now");
                query_free(query);
        }
}
