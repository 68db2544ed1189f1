/* SPDX-License-Identifier: MIT */
/*
 * The body of one function that packs or unpacks: its text, the variables that it turned out to need, and the statements
 * and expressions of which all are made.
 *
 * A value is a C expression; "*m->digest" stands for what a pointer holds. Helpers that several functions share (whether
 * an enum's value is known) are written once, before the first function that wants them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/emit_c.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

void body_init(struct body_page *self, struct emitter *emitter, const char *owner, const char *kind)
{
        *self = (struct body_page){.emitter = emitter, .owner = owner, .kind = kind};
        page_init(&self->text, emitter->region);
}

const char *body_signature(const struct body_page *self, const char *before, const char *function,
                           const char *parameter)
{
        struct page page;
        struct page_list list;

        page_init(&page, self->emitter->region);
        page_print(&page, "%s %s(", before, function);
        page_list_begin(&list, &page);
        page_list_add(&list, "struct darq_reader *r");
        page_list_add(&list, "%s *m", self->kind);
        if (parameter != NULL)
                page_list_add(&list, "%s", parameter);
        page_list_end(&list, ")");
        return page.text;
}

void body_function(struct body_page *self, struct page *page, const char *signature,
                   const char *declarations)
{
        bool reads = strstr(signature, "darq_reader") != NULL;
        bool any = declarations[0] != 0 || self->member || self->list || self->has || self->at ||
                   self->end || self->header;

        page_print(page, "%s\n{\n%s", signature, declarations);
        if (self->member)
                page_print(page, "        size_t member;\n");
        if (self->list)
                page_print(page, "        size_t list;\n");
        if (self->end)
                page_print(page, "        size_t end;\n");
        if (self->header)
                page_print(page, "        uint32_t header;\n");
        if (self->has)
                page_print(page, "        bool has;\n");
        if (self->at)
                page_print(page, "        %suint8_t *at;\n", reads ? "const " : "");
        page_print(page, "%s%s}\n\n", any ? "\n" : "", self->text.text);
}

void body_finish(struct body_page *self, const char *signature, const char *declarations)
{
        struct emitter *emitter = self->emitter;

        page_append(&emitter->source, emitter->helpers.text, emitter->helpers.size);
        page_clear(&emitter->helpers);
        body_function(self, &emitter->source, signature, declarations);
}

void body_call(struct body_page *self, const char *indent, const char *left, const char *function,
               ...)
{
        struct page_list list;
        const char *argument;
        va_list arguments;

        page_print(&self->text, "%s%s%s(", indent, left, function);
        page_list_begin(&list, &self->text);
        va_start(arguments, function);
        while ((argument = va_arg(arguments, const char *)) != NULL)
                page_list_add(&list, "%s", argument);
        va_end(arguments);
        page_list_end(&list, ");\n");
}

void body_loop(struct body_page *self, const char *indent, const char *condition, const char *body)
{
        bool single = strstr(body, ";\n")[2] == 0;

        page_print(&self->text, "%sfor (size_t i = 0; %s; i++)%s\n%s", indent, condition,
                   single ? "" : " {", body);
        if (!single)
                page_print(&self->text, "%s}\n", indent);
}

const char *c_beneath(struct emitter *self, const struct type *type, const char *value)
{
        for (type = type->actual;
             type->kind == TYPE_NAMED && type->declaration->kind == DECLARATION_NEWTYPE;
             type = type->declaration->type->actual)
                value = region_format(self->region, "%s.value", value);
        return value;
}

const char *bound_text(struct emitter *self, const struct type *type)
{
        const struct type *actual = type->actual;

        return actual->limit != 0 ? region_format(self->region, "%u", actual->limit) : "SIZE_MAX";
}

const char *plain_widths(struct emitter *self, const struct type *type)
{
        return region_format(self->region, "\"%s\"", layout_plain_widths(self->region, type));
}

const char *c_address(struct emitter *self, const char *value)
{
        return value[0] == '*' ? value + 1 : region_format(self->region, "&%s", value);
}

const char *c_dotted(struct emitter *self, const char *value, const char *member)
{
        return value[0] == '*' ? region_format(self->region, "%s->%s", value + 1, member)
                               : region_format(self->region, "%s.%s", value, member);
}

const char *c_element(struct emitter *self, const char *value)
{
        return region_format(self->region, "%s[i]", value);
}
