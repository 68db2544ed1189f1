/* SPDX-License-Identifier: MIT */
/*
 * DarqOS's type service (idl/type.didl): what was declared (graph.c, kept by ledger.c) and what manifests say (roll.c),
 * put together for whoever asks.
 *
 *     type-service [--idle MILLISECONDS]
 *
 * Declarations are read from the storage service when the first call comes.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "ledger.h"
#include "roll.h"

struct registry {
        struct graph graph;
        struct ledger ledger;
        bool read;
};

/* What is none of the caller's fault. */
static void fail(struct darq_call *call, int result)
{
        const char *why = result == DARQ_E_NO_MEMORY ? darq_status_text(result)
                                                     : darq_session_error(darq_call_session(call));

        darq_call_fail(call, DARQ_E_INTERNAL, why);
}

/* The declarations are there; false: the call was failed. */
static bool ready(struct registry *self, struct darq_call *call)
{
        int r = 0;

        if (!self->read)
                r = ledger_read(&self->ledger, darq_call_session(call), &self->graph);
        self->read = r == 0;
        if (r != 0) {
                graph_clear(&self->graph);
                fail(call, r);
        }
        return r == 0;
}

/* Answers */

/* One entry and what it points to. */
struct answer {
        struct type_entry entry;
        struct type_declaration declaration;
};

static void answer_make(struct answer *self, const struct graph *graph, const struct roll *roll,
                        struct darq_string name)
{
        const struct type_implementation *implementation = roll_find(roll, name);
        const struct kind *kind = graph_find(graph, name);

        *self = (struct answer){.entry.has_name = true, .entry.name = name};
        if (implementation != NULL) {
                self->entry.has_service = true;
                self->entry.service = implementation->service;
        }
        if (kind == NULL)
                return;
        self->declaration.conforms_to.data = kind->parents;
        self->declaration.conforms_to.count = kind->parent_count;
        self->declaration.description = darq_string_of(kind->description);
        self->entry.declaration = &self->declaration;
}

/* The first name after another, among the declared and the implemented; empty when there is none. */
static struct darq_string next_name(const struct graph *graph, const struct roll *roll,
                                    const char *after)
{
        struct darq_string next = {"", 0};

        for (size_t i = 0; i < graph->count && next.size == 0; i++)
                if (strcmp(graph->kinds[i]->name, after) > 0)
                        next = darq_string_of(graph->kinds[i]->name);
        for (size_t i = 0; i < roll->count; i++) {
                struct darq_string type = roll->entries[i].type;

                if (strcmp(type.data, after) <= 0)
                        continue;
                if (next.size == 0 || strcmp(type.data, next.data) < 0)
                        next = type;
                break;
        }
        return next;
}

static void list_answer(struct darq_call *call, const struct graph *graph, const struct roll *roll,
                        const struct type_registry_list_request *request)
{
        size_t limit = request->limit != 0 && request->limit < TYPE_MAX_PAGE ? request->limit
                                                                             : TYPE_MAX_PAGE;
        struct answer *answers = calloc(limit, sizeof *answers);
        struct type_entry entries[TYPE_MAX_PAGE];
        struct darq_string name = next_name(graph, roll, request->after.data);
        size_t count = 0;

        if (answers == NULL) {
                fail(call, DARQ_E_NO_MEMORY);
                return;
        }
        for (; name.size != 0 && count < limit; name = next_name(graph, roll, name.data)) {
                answer_make(&answers[count], graph, roll, name);
                entries[count] = answers[count].entry;
                count++;
        }
        type_registry_reply_list(call, &(struct type_registry_list_reply){.types = {entries, count},
                                                                          .more = name.size != 0});
        free(answers);
}

static void on_list(void *self, struct darq_call *call,
                    const struct type_registry_list_request *request)
{
        struct registry *registry = self;
        struct roll roll;
        int r;

        if (!ready(registry, call))
                return;
        r = roll_call(&roll, darq_call_session(call));
        if (r == 0)
                list_answer(call, &registry->graph, &roll, request);
        else
                fail(call, r);
        roll_clear(&roll);
}

static void on_get(void *self, struct darq_call *call,
                   const struct type_registry_get_request *request)
{
        struct registry *registry = self;
        struct answer answer;
        struct roll roll;
        int r;

        if (!ready(registry, call))
                return;
        r = roll_call(&roll, darq_call_session(call));
        answer_make(&answer, &registry->graph, &roll, request->name);
        if (r != 0)
                fail(call, r);
        else if (!answer.entry.has_service && answer.entry.declaration == NULL)
                type_registry_fail_get(call, TYPE_ERROR_NOT_FOUND, NULL);
        else
                type_registry_reply_get(call,
                                        &(struct type_registry_get_reply){.type = answer.entry});
        roll_clear(&roll);
}

/* Conformance */

static int ancestry_find(const struct registry *self, struct darq_string name,
                         struct ancestry *ancestry)
{
        if (!graph_name_valid(name))
                return TYPE_ERROR_BAD_NAME;
        return graph_ancestry(&self->graph, name, ancestry);
}

static void on_conforms(void *self, struct darq_call *call,
                        const struct type_registry_conforms_request *request)
{
        struct ancestry ancestry;
        int r;

        if (!ready(self, call))
                return;
        r = graph_name_valid(request->to) ? ancestry_find(self, request->type, &ancestry)
                                          : TYPE_ERROR_BAD_NAME;
        if (r != 0)
                type_registry_fail_conforms(call, (enum type_error)r, NULL);
        else
                type_registry_reply_conforms(
                        call, &(struct type_registry_conforms_reply){
                                      .conforms = ancestry_has(&ancestry, request->to)});
}

static void on_ancestors(void *self, struct darq_call *call,
                         const struct type_registry_ancestors_request *request)
{
        struct ancestry ancestry;
        int r;

        if (!ready(self, call))
                return;
        r = ancestry_find(self, request->type, &ancestry);
        if (r != 0)
                type_registry_fail_ancestors(call, (enum type_error)r, NULL);
        else
                type_registry_reply_ancestors(
                        call, &(struct type_registry_ancestors_reply){
                                      .types = {ancestry.names + 1, ancestry.count - 1}});
}

/* Keeps those of the roll that implement the type or one that conforms to it. */
static int roll_narrow(struct roll *roll, const struct registry *self, struct darq_string type,
                       struct type_implementation *kept, size_t *count)
{
        struct ancestry ancestry;

        for (size_t i = 0; i < roll->count; i++) {
                int r = ancestry_find(self, roll->entries[i].type, &ancestry);

                if (r != 0)
                        return r;
                if (ancestry_has(&ancestry, type))
                        kept[(*count)++] = roll->entries[i];
        }
        return 0;
}

static void implementations_answer(const struct registry *self, struct darq_call *call,
                                   struct roll *roll, struct darq_string type)
{
        struct type_implementation *kept = calloc(roll->count + 1, sizeof *kept);
        size_t count = 0;
        int r;

        if (kept == NULL) {
                fail(call, DARQ_E_NO_MEMORY);
                return;
        }
        r = roll_narrow(roll, self, type, kept, &count);
        if (r != 0)
                type_registry_fail_implementations(call, (enum type_error)r, NULL);
        else
                type_registry_reply_implementations(call,
                                                    &(struct type_registry_implementations_reply){
                                                            .implementations = {kept, count}});
        free(kept);
}

static void on_implementations(void *self, struct darq_call *call,
                               const struct type_registry_implementations_request *request)
{
        struct roll roll;
        int r;

        if (!ready(self, call))
                return;
        if (!graph_name_valid(request->type)) {
                type_registry_fail_implementations(call, TYPE_ERROR_BAD_NAME, NULL);
                return;
        }
        r = roll_call(&roll, darq_call_session(call));
        if (r == 0)
                implementations_answer(self, call, &roll, request->type);
        else
                fail(call, r);
        roll_clear(&roll);
}

/* Declaring */

static void on_declare(void *self, struct darq_call *call,
                       const struct type_registry_declare_request *request)
{
        struct registry *registry = self;
        int r;

        if (!ready(registry, call))
                return;
        r = graph_check(&registry->graph, request->name, &request->declaration);
        if (r != 0) {
                type_registry_fail_declare(call, (enum type_error)r, NULL);
                return;
        }
        r = ledger_put(&registry->ledger, darq_call_session(call), request->name,
                       &request->declaration);
        if (r == 0)
                r = graph_put(&registry->graph, request->name, &request->declaration);
        if (r == 0) {
                type_registry_reply_declare(call, NULL);
                return;
        }
        registry->read = false; /* it may have been stored: the next call looks */
        graph_clear(&registry->graph);
        fail(call, r);
}

static void on_forget(void *self, struct darq_call *call,
                      const struct type_registry_forget_request *request)
{
        struct registry *registry = self;
        int r;

        if (!ready(registry, call))
                return;
        if (graph_find(&registry->graph, request->name) == NULL) {
                type_registry_fail_forget(call, TYPE_ERROR_NOT_FOUND, NULL);
                return;
        }
        r = ledger_remove(&registry->ledger, darq_call_session(call), request->name);
        if (r != 0) {
                registry->read = false;
                graph_clear(&registry->graph);
                fail(call, r);
                return;
        }
        graph_remove(&registry->graph, request->name);
        type_registry_reply_forget(call, NULL);
}

static bool number_read(const char *text, unsigned int *number)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        *number = (unsigned int)value;
        return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= INT_MAX;
}

int main(int argc, char **argv)
{
        static const struct type_registry_ops ops = {
                .list = on_list,
                .get = on_get,
                .conforms = on_conforms,
                .ancestors = on_ancestors,
                .implementations = on_implementations,
                .declare = on_declare,
                .forget = on_forget,
        };
        static const struct option options[] = {{"idle", required_argument, NULL, 'i'}, {0}};
        struct registry registry = {.read = false};
        struct darq_service service = {.name = "type",
                                       .interface = &type_registry_interface,
                                       .ops = &ops,
                                       .self = &registry};
        int r;

        while ((r = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (r != 'i' || !number_read(optarg, &service.idle_ms)) {
                        fprintf(stderr, "usage: %s [--idle MILLISECONDS]\n", argv[0]);
                        return 2;
                }
        }
        r = darq_service_run(&service);
        graph_clear(&registry.graph);
        return r;
}
