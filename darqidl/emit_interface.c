/* SPDX-License-Identifier: MIT */
/*
 * Interfaces in the header: requests and replies, the calls, the table of functions that a service fills in.
 */
#include <string.h>

#include "darqidl/cname.h"
#include "darqidl/emit_c.h"
#include "darqidl/region.h"

static void list_struct(struct emitter *self, const char *kind, const struct member *members,
                        const char *nothing)
{
        if (members == NULL) {
                page_print(&self->header, "%s; /* %s */\n\n", kind, nothing);
                return;
        }
        page_print(&self->header, "%s {\n", kind);
        for (const struct member *member = members; member != NULL; member = member->next) {
                bool pointer = member->type->optional && c_is_pointer(member->type);
                const char *bounds = bounds_note(self, member->type);
                const char *fallback = member->default_value != NULL
                                               ? region_format(self->region, "default %s",
                                                               c_constant(self, member->type,
                                                                          member->default_constant))
                                       : pointer ? "NULL when absent"
                                                 : "";

                emit_docs(&self->header, "        ", member->doc,
                          region_format(self->region, "%s%s%s", bounds,
                                        bounds[0] != 0 && fallback[0] != 0 ? "; " : "", fallback));
                if ((member->type->optional || member->default_value != NULL) && !pointer)
                        page_print(&self->header, "        bool has_%s;\n", member->name.text);
                c_member(self, &self->header, "        ", member->type, member->c_name,
                         member->type->optional);
        }
        page_print(&self->header, "};\n\n");
}

static void callback_print(struct emitter *self, const struct declaration *interface,
                           const struct method *method)
{
        struct page_list list;

        page_print(&self->header, "typedef void %s_callback(", method->c_name);
        page_list_begin(&list, &self->header);
        page_list_add(&list, "void *context");
        page_list_add(&list, "int result");
        page_list_add(&list, "const %s *reply", head_reply_type(self, method));
        page_list_end(&list, ");\n");
        head_call(self, &self->header, interface,
                  region_format(self->region, "%s_async", method->c_name), method, true, ");\n");
}

static const char *method_note(struct emitter *self, const struct method *method)
{
        const char *error = method->error_declaration != NULL
                                    ? region_format(self->region, "May return an enum %s.",
                                                    method->error_declaration->c_name)
                                    : "";
        const char *old =
                method->deprecated != NULL
                        ? region_format(self->region, "Deprecated: %s.", method->deprecated)
                        : "";

        return region_format(self->region, "%s%s%s", error, error[0] != 0 && old[0] != 0 ? " " : "",
                             old);
}

static void method_docs(struct emitter *self, const struct method *method)
{
        const char *note = method_note(self, method);

        if (method->doc != NULL && note[0] != 0)
                page_comment(&self->header, "", "/**",
                             region_format(self->region, "%s\n%s", method->doc, note));
        else
                emit_docs(&self->header, "", method->doc, note);
}

static void ops_member(struct emitter *self, const struct method *method)
{
        struct page_list list;

        page_print(&self->header, "        void (*%s)(",
                   cname_member(self->region, method->name.text));
        page_list_begin(&list, &self->header);
        page_list_add(&list, "void *self");
        page_list_add(&list, "struct darq_call *call");
        page_list_add(&list, "const %s *request", head_request_type(self, method));
        page_list_end(&list, ");\n");
}

/* Its ancestors' tables hold those of theirs. */
static bool bases_inherit(const struct declaration *interface)
{
        for (size_t i = 0; i < interface->ancestor_count; i++)
                if (interface->ancestors[i]->ancestor_count != 0)
                        return true;
        return false;
}

static void ops_print(struct emitter *self, const struct declaration *interface)
{
        page_comment(&self->header, "", "/**",
                     bases_inherit(interface)
                             ? "What a service does; a function that is missing answers "
                               "DARQ_E_UNIMPLEMENTED. Of a base only its own functions are "
                               "looked at: what it inherits has a member here."
                             : "What a service does; a function that is missing answers "
                               "DARQ_E_UNIMPLEMENTED.");
        page_print(&self->header, "struct %s_ops {\n", interface->c_name);
        for (size_t i = 0; i < interface->ancestor_count; i++)
                page_print(&self->header, "        struct %s_ops %s;\n",
                           interface->ancestors[i]->c_name, cname_base(interface, i));
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next)
                ops_member(self, method);
        if (interface->methods == NULL && interface->ancestor_count == 0)
                page_print(&self->header, "        uint8_t unused; /* it may grow */\n");
        page_print(&self->header, "};\n\n");
}

static void calls_declare(struct emitter *self, const struct declaration *interface)
{
        const struct method *method = NULL;
        size_t ancestor = 0;

        for (method = interface->methods; method != NULL; method = method->next) {
                method_docs(self, method);
                if (method_streams(method))
                        emit_stream_calls(self, &self->header, interface, method, NULL, false);
                else
                        head_call(self, &self->header, interface, method->c_name, method, false,
                                  ");\n");
                if (!method->oneway && !method_streams(method))
                        callback_print(self, interface, method);
                page_print(&self->header, "\n");
        }
        while (head_inherited(interface, &method, &ancestor))
                head_call(self, &self->header, interface,
                          head_wrapper_name(self, interface, method), method, false, ");\n");
        if (ancestor != 0)
                page_print(&self->header, "\n");
}

static void answers_declare(struct emitter *self, const struct declaration *interface)
{
        bool any = false;

        for (const struct method *method = interface->methods; method != NULL;
             method = method->next) {
                if (method->oneway)
                        continue;
                any = true;
                emit_stream_answers(self, &self->header, interface, method, NULL, false);
                if (method->reply.stream == STREAM_NONE)
                        head_reply(self, &self->header, interface, method, ");\n");
                if (method->error_declaration != NULL)
                        head_fail(&self->header, interface, method, ");\n");
        }
        if (any)
                page_print(&self->header, "\n");
}

void emit_interface_header(struct emitter *self, const struct declaration *interface)
{
        page_print(&self->header, "/* %s */\n\n", interface->name.text);
        if (interface->doc != NULL) {
                page_comment(&self->header, "", "/*", interface->doc);
                page_print(&self->header, "\n");
        }
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next) {
                list_struct(self, head_request_type(self, method), method->request.members,
                            "no parameters: NULL");
                if (method->request.stream == STREAM_ITEMS)
                        list_struct(self,
                                    region_format(self->region, "struct %s_part", method->c_name),
                                    method->request.items, "nothing: NULL");
                if (method->reply.stream == STREAM_ITEMS)
                        list_struct(self,
                                    region_format(self->region, "struct %s_item", method->c_name),
                                    method->reply.items, "nothing: NULL");
                if (!method->oneway && method->reply.stream == STREAM_NONE)
                        list_struct(self, head_reply_type(self, method), method->reply.members,
                                    "nothing: NULL");
        }
        calls_declare(self, interface);
        ops_print(self, interface);
        answers_declare(self, interface);
        head_serve(&self->header, interface, ");\n");
        head_main(&self->header, interface, ");\n");
        page_print(&self->header, "\nextern const struct darq_interface %s_interface;\n\n",
                   interface->c_name);
}
