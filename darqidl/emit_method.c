/* SPDX-License-Identifier: MIT */
/*
 * Interfaces in the source: parameter lists, the functions by which the library dispatches, the table of methods, and
 * the calls and answers that lead to it.
 */
#include <string.h>

#include "darqidl/cname.h"
#include "darqidl/emit_c.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"
#include "darqidl/schema.h"

static void lists_emit(struct emitter *self, const struct method *method)
{
        const char *request = region_format(self->region, "%s_request", method->c_name);
        const char *reply = region_format(self->region, "%s_reply", method->c_name);

        if (method->request.members != NULL) {
                emit_pack_list(self, request, head_request_type(self, method),
                               method->request.members);
                emit_unpack_list(self, request, head_request_type(self, method),
                                 method->request.members);
        }
        if (method->reply.members != NULL) {
                emit_pack_list(self, reply, head_reply_type(self, method), method->reply.members);
                emit_unpack_list(self, reply, head_reply_type(self, method), method->reply.members);
        }
}

static void serve_print(struct emitter *self, const struct declaration *interface,
                        const struct method *method)
{
        const char *member = cname_member(self->region, method->name.text);
        struct page_list list;

        page_print(&self->source, "static void %s_serve(", method->c_name);
        page_list_begin(&list, &self->source);
        page_list_add(&list, "const void *ops");
        page_list_add(&list, "void *self");
        page_list_add(&list, "struct darq_call *call");
        page_list_add(&list, "const void *request");
        page_list_end(&list, ")\n{\n");
        page_print(&self->source, "        const struct %s_ops *table = ops;\n\n",
                   interface->c_name);
        if (method->oneway)
                page_print(
                        &self->source,
                        "        if (table->%s != NULL)\n                (*table->%s)(self, call, "
                        "request);\n",
                        member, member);
        else
                page_print(&self->source,
                           "        if (table->%s == NULL)\n"
                           "                darq_call_fail(call, DARQ_E_UNIMPLEMENTED, NULL);\n"
                           "        else\n                (*table->%s)(self, call, request);\n",
                           member, member);
        page_print(&self->source, "}\n\n");
}

static void finish_print(struct emitter *self, const struct method *method)
{
        struct page_list list;

        if (method->oneway || method_streams(method))
                return;
        page_print(&self->source, "static void %s_finish(", method->c_name);
        page_list_begin(&list, &self->source);
        page_list_add(&list, "darq_function *callback");
        page_list_add(&list, "void *context");
        page_list_add(&list, "int result");
        page_list_add(&list, "const void *reply");
        page_list_end(&list, ")\n{\n");
        page_print(&self->source,
                   "        ((%s_callback *)callback)(context, result, reply);\n}\n\n",
                   method->c_name);
}

static void codec_field(struct emitter *self, const struct method *method, const char *list,
                        const struct member *members, const char *action)
{
        if (members != NULL)
                page_print(&self->source, "                .%s_%s = %s_%s_%s,\n", action, list,
                           method->c_name, list, action);
        else
                page_print(&self->source, "                .%s_%s = darq_%s_empty,\n", action, list,
                           action);
}

static void method_row(struct emitter *self, const struct method *method)
{
        page_print(&self->source, "        {\n                .ordinal = %u,\n", method->ordinal);
        if (method->oneway)
                page_print(&self->source, "                .oneway = true,\n");
        page_print(&self->source, "                .name = \"%s\",\n", method->name.text);
        if (method->timeout_ms != 0)
                page_print(&self->source, "                .timeout_ms = %u,\n",
                           method->timeout_ms);
        codec_field(self, method, "request", method->request.members, "pack");
        codec_field(self, method, "request", method->request.members, "unpack");
        if (!method->oneway) {
                codec_field(self, method, "reply", method->reply.members, "pack");
                codec_field(self, method, "reply", method->reply.members, "unpack");
        }
        if (!method->oneway && !method_streams(method))
                page_print(&self->source, "                .finish = %s_finish,\n", method->c_name);
        if (method->request.stream != STREAM_NONE)
                page_print(&self->source, "                .upload = &%s_upload,\n",
                           method->c_name);
        if (method->reply.stream != STREAM_NONE)
                page_print(&self->source, "                .download = &%s_download,\n",
                           method->c_name);
        page_print(&self->source, "                .serve = %s_serve,\n        },\n",
                   method->c_name);
}

/* The interface whose source is being written, and its rows. */
struct rows {
        const struct declaration *interface;
        const struct method **methods;
        size_t count;
};

static const char *row_of(struct emitter *self, const struct rows *rows,
                          const struct method *method)
{
        size_t low = 0;
        size_t high = rows->count;

        while (high - low > 1) {
                size_t middle = low + (high - low) / 2;

                if (rows->methods[middle]->ordinal <= method->ordinal)
                        low = middle;
                else
                        high = middle;
        }
        return region_format(self->region, "&%s_methods[%zu]", rows->interface->c_name, low);
}

static void bases_print(struct emitter *self, const struct declaration *interface)
{
        if (interface->ancestor_count == 0)
                return;
        page_print(&self->source, "static const struct darq_interface *const %s_bases[] = {\n",
                   interface->c_name);
        for (size_t i = 0; i < interface->ancestor_count; i++)
                page_print(&self->source, "        &%s_interface,\n",
                           interface->ancestors[i]->c_name);
        page_print(&self->source, "};\n\nstatic const size_t %s_base_ops[] = {\n",
                   interface->c_name);
        for (size_t i = 0; i < interface->ancestor_count; i++)
                page_print(&self->source, "        offsetof(struct %s_ops, %s),\n",
                           interface->c_name, cname_base(interface, i));
        page_print(&self->source, "};\n\n");
}

/* The schema as data: bytes that no formatter lays out better. */
static void schema_print(struct emitter *self, const struct declaration *interface)
{
        enum { PER_LINE = 15 };
        static const char digits[] = "0123456789abcdef";
        char byte[] = " 0x00,";
        struct schema_bytes schema = schema_make(self->region, self->compilation, interface);

        page_print(&self->source,
                   "/* What describe answers: a darq.schema.Schema. */\n/* clang-format off */\n"
                   "static const uint8_t %s_schema[] = {",
                   interface->c_name);
        for (size_t i = 0; i < schema.size; i++) {
                if (i % PER_LINE == 0)
                        page_append(&self->source, "\n       ", sizeof "\n       " - 1);
                byte[3] = digits[schema.data[i] >> 4];
                byte[4] = digits[schema.data[i] & 0xf];
                page_append(&self->source, byte, sizeof byte - 1);
        }
        page_print(&self->source, "\n};\n/* clang-format on */\n\n");
}

static void table_print(struct emitter *self, const struct rows *rows)
{
        const struct declaration *interface = rows->interface;

        if (rows->count != 0)
                page_print(&self->source, "static const struct darq_method %s_methods[] = {\n",
                           interface->c_name);
        for (size_t i = 0; i < rows->count; i++)
                method_row(self, rows->methods[i]);
        if (rows->count != 0)
                page_print(&self->source, "};\n\n");
        bases_print(self, interface);
        schema_print(self, interface);
        page_print(
                &self->source,
                "const struct darq_interface %s_interface = {\n        .id = UINT64_C(0x%016llx),\n"
                "        .name = \"%s\",\n",
                interface->c_name, (unsigned long long)interface->interface_id,
                interface->full_name);
        if (rows->count != 0)
                page_print(&self->source,
                           "        .methods = %s_methods,\n        .method_count = %zu,\n",
                           interface->c_name, rows->count);
        if (interface->ancestor_count != 0)
                page_print(&self->source,
                           "        .bases = %s_bases,\n        .base_count = %zu,\n        "
                           ".base_ops = %s_base_ops,\n",
                           interface->c_name, interface->ancestor_count, interface->c_name);
        page_print(&self->source,
                   "        .schema = %s_schema,\n        .schema_size = sizeof %s_schema,\n",
                   interface->c_name, interface->c_name);
        page_print(&self->source, "};\n\n");
}

/* "        return function(arguments);" */
static void forward(struct emitter *self, const char *left, const char *function,
                    const char *const *arguments)
{
        struct page_list list;

        page_print(&self->source, "        %s%s(", left, function);
        page_list_begin(&list, &self->source);
        for (; *arguments != NULL; arguments++)
                page_list_add(&list, "%s", *arguments);
        page_list_end(&list, ");\n");
}

static void call_define(struct emitter *self, const struct rows *rows, const struct method *method)
{
        const struct declaration *interface = rows->interface;
        const char *table = region_format(self->region, "&%s_interface", interface->c_name);
        const char *row = row_of(self, rows, method);

        if (method_streams(method)) {
                emit_stream_calls(self, &self->source, interface, method, row, true);
                return;
        }
        head_call(self, &self->source, interface, method->c_name, method, false, ")\n{\n");
        if (method->oneway) {
                forward(self, "return ", "darq_proxy_send",
                        (const char *[]){"&self->proxy", table, row, "request", NULL});
                page_print(&self->source, "}\n\n");
                return;
        }
        forward(self, "return ", "darq_proxy_call",
                (const char *[]){"&self->proxy", table, row, "request", "reply", NULL});
        page_print(&self->source, "}\n\n");
        head_call(self, &self->source, interface,
                  region_format(self->region, "%s_async", method->c_name), method, true, ")\n{\n");
        forward(self, "return ", "darq_proxy_call_async",
                (const char *[]){"&self->proxy", table, row, "request", "(darq_function *)callback",
                                 "context", "pending", NULL});
        page_print(&self->source, "}\n\n");
}

static void wrappers_define(struct emitter *self, const struct declaration *interface)
{
        const struct method *method = NULL;
        size_t ancestor = 0;

        while (head_inherited(interface, &method, &ancestor)) {
                const char *base = region_format(self->region, "&(struct %s){self->proxy}",
                                                 interface->ancestors[ancestor - 1]->c_name);

                head_call(self, &self->source, interface,
                          head_wrapper_name(self, interface, method), method, false, ")\n{\n");
                forward(self, "return ", method->c_name,
                        (const char *[]){base, "request",
                                         method->oneway           ? NULL
                                         : method_streams(method) ? "stream"
                                                                  : "reply",
                                         NULL});
                page_print(&self->source, "}\n\n");
        }
}

static void answers_define(struct emitter *self, const struct rows *rows)
{
        const struct declaration *interface = rows->interface;

        for (const struct method *method = interface->methods; method != NULL;
             method = method->next) {
                const char *row = row_of(self, rows, method);

                if (method->oneway)
                        continue;
                emit_stream_answers(self, &self->source, interface, method, row, true);
                if (method->reply.stream == STREAM_NONE) {
                        head_reply(self, &self->source, interface, method, ")\n{\n");
                        forward(self, "return ", "darq_call_reply",
                                (const char *[]){"call", row, "reply", NULL});
                        page_print(&self->source, "}\n\n");
                }
                if (method->error_declaration == NULL)
                        continue;
                head_fail(&self->source, interface, method, ")\n{\n");
                forward(self, "return ", "darq_call_raise",
                        (const char *[]){"call", row, "(int)error", "text", NULL});
                page_print(&self->source, "}\n\n");
        }
}

void emit_interface_source(struct emitter *self, const struct declaration *interface)
{
        const char *table = region_format(self->region, "&%s_interface", interface->c_name);
        struct rows rows = {.interface = interface};

        rows.methods = layout_by_ordinal(self->region, interface, &rows.count);
        page_print(&self->source, "/* %s */\n\n", interface->name.text);
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next) {
                struct region_mark mark = region_mark(self->region);

                lists_emit(self, method);
                emit_stream_items(self, method);
                serve_print(self, interface, method);
                finish_print(self, method);
                region_release(self->region, mark);
        }
        table_print(self, &rows);
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next) {
                struct region_mark mark = region_mark(self->region);

                call_define(self, &rows, method);
                region_release(self->region, mark);
        }
        wrappers_define(self, interface);
        answers_define(self, &rows);
        head_serve(&self->source, interface, ")\n{\n");
        forward(self, "return ", "darq_proxy_serve",
                (const char *[]){"&proxy->proxy", "session", table, "ops", "self", NULL});
        page_print(&self->source, "}\n\n");
        head_main(&self->source, interface, ")\n{\n");
        forward(self, "return ", "darq_service_main",
                (const char *[]){"name", table, "ops", "self", NULL});
        page_print(&self->source, "}\n\n");
}
