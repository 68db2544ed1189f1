/* SPDX-License-Identifier: MIT */
/*
 * Heads of an interface's functions: the line or lines that its header and its source have in common. A head is printed
 * with what follows it: ");" for a declaration, ")" and a brace for a definition.
 */
#include "darqidl/emit_c.h"

#include "darqidl/cname.h"
#include "darqidl/region.h"

const char *head_request_type(struct emitter *self, const struct method *method)
{
        return region_format(self->region, "struct %s_request", method->c_name);
}

const char *head_reply_type(struct emitter *self, const struct method *method)
{
        return region_format(self->region, "struct %s_reply", method->c_name);
}

void head_call(struct emitter *self, struct page *page, const struct declaration *interface,
               const char *name, const struct method *method, bool async, const char *tail)
{
        struct page_list list;

        page_print(page, "int %s(", name);
        page_list_begin(&list, page);
        page_list_add(&list, "const struct %s *self", interface->c_name);
        page_list_add(&list, "const %s *request", head_request_type(self, method));
        if (async) {
                page_list_add(&list, "%s_callback *callback", method->c_name);
                page_list_add(&list, "void *context");
                page_list_add(&list, "struct darq_pending **pending");
        } else if (method_streams(method)) {
                page_list_add(&list, "struct darq_stream **stream");
        } else if (!method->oneway) {
                page_list_add(&list, "const %s **reply", head_reply_type(self, method));
        }
        page_list_end(&list, tail);
}

void head_reply(struct emitter *self, struct page *page, const struct declaration *interface,
                const struct method *method, const char *tail)
{
        struct page_list list;

        page_print(page, "int %s_reply_%s(", interface->c_name, method->name.text);
        page_list_begin(&list, page);
        page_list_add(&list, "struct darq_call *call");
        page_list_add(&list, "const %s *reply", head_reply_type(self, method));
        page_list_end(&list, tail);
}

void head_fail(struct page *page, const struct declaration *interface, const struct method *method,
               const char *tail)
{
        struct page_list list;

        page_print(page, "int %s_fail_%s(", interface->c_name, method->name.text);
        page_list_begin(&list, page);
        page_list_add(&list, "struct darq_call *call");
        page_list_add(&list, "enum %s error", method->error_declaration->c_name);
        page_list_add(&list, "const char *text");
        page_list_end(&list, tail);
}

void head_serve(struct page *page, const struct declaration *interface, const char *tail)
{
        struct page_list list;

        page_print(page, "int %s_ops_serve(", interface->c_name);
        page_list_begin(&list, page);
        page_list_add(&list, "const struct %s_ops *ops", interface->c_name);
        page_list_add(&list, "void *self");
        page_list_add(&list, "struct darq_session *session");
        page_list_add(&list, "struct %s *proxy", interface->c_name);
        page_list_end(&list, tail);
}

void head_main(struct page *page, const struct declaration *interface, const char *tail)
{
        struct page_list list;

        page_print(page, "int %s_ops_main(", interface->c_name);
        page_list_begin(&list, page);
        page_list_add(&list, "const struct %s_ops *ops", interface->c_name);
        page_list_add(&list, "void *self");
        page_list_add(&list, "const char *name");
        page_list_end(&list, tail);
}

bool head_inherited(const struct declaration *interface, const struct method **method,
                    size_t *ancestor)
{
        *method = *method != NULL ? (*method)->next : NULL;
        while (*method == NULL && *ancestor < interface->ancestor_count)
                *method = interface->ancestors[(*ancestor)++]->methods;
        return *method != NULL;
}

const char *head_wrapper_name(struct emitter *self, const struct declaration *interface,
                              const struct method *method)
{
        return region_format(self->region, "%s_%s", interface->c_name, method->name.text);
}
