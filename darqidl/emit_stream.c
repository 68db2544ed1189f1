/* SPDX-License-Identifier: MIT */
/*
 * Methods with streams: what their callers and services have instead of, and beside, a plain call.
 *
 * A caller opens the stream with the call; items of the result are taken with _next, items that it sends go with _push,
 * and a call whose result is no stream ends with _finish. A service pushes what the result carries and takes what comes.
 * Bytes go through darq_stream_read() and darq_stream_write() as they are.
 */
#include "darqidl/emit_c.h"

#include "darqidl/region.h"

bool method_streams(const struct method *method)
{
        return method->request.stream != STREAM_NONE || method->reply.stream != STREAM_NONE;
}

static bool pushes(const struct method *method)
{
        return method->request.stream == STREAM_ITEMS;
}

static bool nexts(const struct method *method)
{
        return method->reply.stream == STREAM_ITEMS;
}

static bool finishes(const struct method *method)
{
        return method->reply.stream == STREAM_NONE;
}

static const char *item_type(struct emitter *self, const struct method *method)
{
        return region_format(self->region, "struct %s_item", method->c_name);
}

static const char *part_type(struct emitter *self, const struct method *method)
{
        return region_format(self->region, "struct %s_part", method->c_name);
}

static void prototype(struct page *page, const char *name, const char *const *parameters,
                      const char *tail)
{
        struct page_list list;

        page_print(page, "int %s(", name);
        page_list_begin(&list, page);
        for (; *parameters != NULL; parameters++)
                page_list_add(&list, "%s", *parameters);
        page_list_end(&list, tail);
}

/* One function: its prototype alone, or with a body that hands on to the library. */
struct function {
        const char *name;
        const char *parameters[4];
        const char *call;         /* "darq_stream_next" */
        const char *arguments[6]; /* NULL ends them */
        const char *out;          /* what a pointer in body is stored to; NULL: nothing */
};

static void function_define(struct page *page, const struct function *self)
{
        struct page_list list;

        prototype(page, self->name, self->parameters, ")\n{\n");
        if (self->out != NULL)
                page_print(page, "        const void *body = NULL;\n        int r;\n\n");
        page_print(page, "        %s%s(", self->out != NULL ? "r = " : "return ", self->call);
        page_list_begin(&list, page);
        for (const char *const *argument = self->arguments; *argument != NULL; argument++)
                page_list_add(&list, "%s", *argument);
        page_list_end(&list, ");\n");
        if (self->out != NULL)
                page_print(page,
                           "        if (r == 0 && %s != NULL)\n                *%s = body;\n"
                           "        return r;\n",
                           self->out, self->out);
        page_print(page, "}\n\n");
}

static void function_print(struct page *page, const struct function *self, bool define)
{
        if (define)
                function_define(page, self);
        else
                prototype(page, self->name, self->parameters, ");\n");
}

void emit_stream_calls(struct emitter *self, struct page *page, const struct declaration *interface,
                       const struct method *method, const char *row, bool define)
{
        struct region *region = self->region;
        const char *table = region_format(region, "&%s_interface", interface->c_name);
        const char *proxy = region_format(region, "const struct %s *self", interface->c_name);
        const char *request =
                region_format(region, "const struct %s_request *request", method->c_name);
        struct function open = {
                method->c_name,
                {proxy, request, "struct darq_stream **stream"},
                "darq_proxy_open",
                {"&self->proxy", table, row, "request", "stream"},
                NULL,
        };
        struct function push = {
                region_format(region, "%s_push", method->c_name),
                {"struct darq_stream *stream",
                 region_format(region, "const %s *part", part_type(self, method))},
                "darq_stream_push",
                {"stream", row, "part"},
                NULL,
        };
        struct function next = {
                region_format(region, "%s_next", method->c_name),
                {"struct darq_stream *stream",
                 region_format(region, "const %s **item", item_type(self, method))},
                "darq_stream_next",
                {"stream", row, "&body"},
                "item",
        };
        struct function finish = {
                region_format(region, "%s_finish", method->c_name),
                {"struct darq_stream *stream",
                 region_format(region, "const struct %s_reply **reply", method->c_name)},
                "darq_stream_finish",
                {"stream", row, "reply != NULL ? &body : NULL"},
                "reply",
        };

        function_print(page, &open, define);
        if (pushes(method))
                function_print(page, &push, define);
        if (nexts(method))
                function_print(page, &next, define);
        if (finishes(method))
                function_print(page, &finish, define);
}

void emit_stream_answers(struct emitter *self, struct page *page,
                         const struct declaration *interface, const struct method *method,
                         const char *row, bool define)
{
        struct region *region = self->region;
        struct function take = {
                region_format(region, "%s_take_%s", interface->c_name, method->name.text),
                {"struct darq_call *call",
                 region_format(region, "const %s **part", part_type(self, method))},
                "darq_stream_next",
                {"darq_call_stream(call)", row, "&body"},
                "part",
        };
        struct function push = {
                region_format(region, "%s_push_%s", interface->c_name, method->name.text),
                {"struct darq_call *call",
                 region_format(region, "const %s *item", item_type(self, method))},
                "darq_call_push",
                {"call", row, "item"},
                NULL,
        };
        struct function reply = {
                region_format(region, "%s_reply_%s", interface->c_name, method->name.text),
                {"struct darq_call *call"},
                "darq_call_reply",
                {"call", row, "NULL"},
                NULL,
        };

        if (pushes(method))
                function_print(page, &take, define);
        if (nexts(method))
                function_print(page, &push, define);
        if (!finishes(method))
                function_print(page, &reply, define);
}

/* What a stream carries, for the table of methods: bytes have neither function. */
static void items_define(struct emitter *self, const struct method *method, enum stream_kind kind,
                         const char *direction, const char *items)
{
        const char *name = region_format(self->region, "%s_%s", method->c_name, items);

        if (kind == STREAM_NONE)
                return;
        page_print(&self->source, "static const struct darq_items %s_%s = {\n", method->c_name,
                   direction);
        if (kind == STREAM_ITEMS)
                page_print(&self->source,
                           "        .pack = %s_pack,\n        .unpack = %s_unpack,\n};\n\n", name,
                           name);
        else
                page_print(&self->source, "        .pack = NULL,\n        .unpack = NULL,\n};\n\n");
}

void emit_stream_items(struct emitter *self, const struct method *method)
{
        if (pushes(method)) {
                emit_pack_list(self, region_format(self->region, "%s_part", method->c_name),
                               part_type(self, method), method->request.items);
                emit_unpack_list(self, region_format(self->region, "%s_part", method->c_name),
                                 part_type(self, method), method->request.items);
        }
        if (nexts(method)) {
                emit_pack_list(self, region_format(self->region, "%s_item", method->c_name),
                               item_type(self, method), method->reply.items);
                emit_unpack_list(self, region_format(self->region, "%s_item", method->c_name),
                                 item_type(self, method), method->reply.items);
        }
        items_define(self, method, method->request.stream, "upload", "part");
        items_define(self, method, method->reply.stream, "download", "item");
}
