/* SPDX-License-Identifier: MIT */
/*
 * The schema as data: types and interfaces as idl/darq/schema.didl describes them.
 *
 * Every type that is met gets one entry, named ones by their name, others by how they are written; an entry takes its
 * place in the list when all that it is made of has one, so that only recursion points forward. References are written
 * when all places are known.
 */
#include "darqidl/schema.h"

#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/layout.h"
#include "darqidl/octets.h"
#include "darqidl/region.h"

/* The kinds of darq.schema.Kind behind the scalars, which have the numbers of enum type_kind. */
enum {
        KIND_STRING = 11,
        KIND_BYTES,
        KIND_VEC,
        KIND_ARRAY,
        KIND_PORT,
        KIND_ENUM,
        KIND_BITS,
        KIND_ERROR,
        KIND_NEWTYPE,
        KIND_STRUCT,
        KIND_TABLE,
        KIND_UNION,
        KIND_LIST
};

struct entry {
        struct entry *next;
        uint32_t index;
        unsigned int kind;
        const char *name;
        struct entry *element;
        uint32_t bound;
        bool strict;
        uint64_t interface;
        const struct member **members; /* of tables and unions by number, of others in order */
        struct entry **member_types;   /* of members */
        size_t member_count;
        bool numbered;
};

/* A method's lists and its error. */
struct lists {
        struct lists *next;
        const struct method *method;
        struct entry *request, *reply, *error, *upload, *download;
};

struct interface_entry {
        struct interface_entry *next;
        const struct declaration *declaration;
        struct lists *lists;
};

struct schema {
        struct region *region;
        struct table by_key;
        struct table interfaces_met;
        struct entry *first;
        struct entry **end;
        uint32_t count;
        struct interface_entry *interfaces;
        struct interface_entry **interfaces_end;
};

static struct entry *type_add(struct schema *self, const struct type *type);

/* keys */

static const char *type_key(struct schema *self, const struct type *type)
{
        const struct type *actual = type->actual;

        if (actual->kind == TYPE_NAMED)
                return actual->declaration->full_name;
        if (actual->kind == TYPE_PORT)
                return actual->declaration != NULL ? region_format(self->region, "port %s",
                                                                   actual->declaration->full_name)
                                                   : "port";
        if (actual->element != NULL)
                return region_format(self->region, "%d<%s,%u>", (int)actual->kind,
                                     type_key(self, actual->element), actual->limit);
        return region_format(self->region, "%d<%u>", (int)actual->kind, actual->limit);
}

static struct entry *entry_new(struct schema *self, const char *key, unsigned int kind)
{
        struct entry *entry = region_alloc(self->region, sizeof *entry);

        entry->kind = kind;
        if (key != NULL)
                table_add(&self->by_key, key, entry);
        return entry;
}

static void entry_place(struct schema *self, struct entry *entry)
{
        entry->index = self->count++;
        *self->end = entry;
        self->end = &entry->next;
}

static const struct member **members_of(struct schema *self, const struct member *first,
                                        size_t *count)
{
        const struct member **members;
        size_t i = 0;

        *count = 0;
        for (const struct member *member = first; member != NULL; member = member->next)
                ++*count;
        members = region_alloc(self->region, (*count + 1) * sizeof *members);
        for (const struct member *member = first; member != NULL; member = member->next)
                members[i++] = member;
        return members;
}

static void member_types_add(struct schema *self, struct entry *entry)
{
        entry->member_types =
                region_alloc(self->region, (entry->member_count + 1) * sizeof *entry->member_types);
        for (size_t i = 0; i < entry->member_count; i++)
                if (entry->members[i]->type != NULL)
                        entry->member_types[i] = type_add(self, entry->members[i]->type);
}

static struct entry *declaration_add(struct schema *self, const struct declaration *declaration)
{
        static const unsigned int kinds[] = {
                [DECLARATION_NEWTYPE] = KIND_NEWTYPE, [DECLARATION_ENUM] = KIND_ENUM,
                [DECLARATION_BITS] = KIND_BITS,       [DECLARATION_ERROR] = KIND_ERROR,
                [DECLARATION_STRUCT] = KIND_STRUCT,   [DECLARATION_TABLE] = KIND_TABLE,
                [DECLARATION_UNION] = KIND_UNION,
        };
        struct entry *entry = table_find(&self->by_key, declaration->full_name);

        if (entry != NULL)
                return entry;
        entry = entry_new(self, declaration->full_name, kinds[declaration->kind]);
        entry->name = declaration->full_name;
        entry->strict = declaration->strict;
        entry->numbered = declaration->kind != DECLARATION_STRUCT;
        if (declaration->type != NULL)
                entry->element = type_add(self, declaration->type);
        if (declaration->kind == DECLARATION_TABLE || declaration->kind == DECLARATION_UNION)
                entry->members = layout_by_number(self->region, declaration, &entry->member_count);
        else
                entry->members = members_of(self, declaration->members, &entry->member_count);
        member_types_add(self, entry);
        entry_place(self, entry);
        return entry;
}

static struct entry *type_add(struct schema *self, const struct type *type)
{
        const struct type *actual = type->actual;
        const char *key = type_key(self, actual);
        struct entry *entry = table_find(&self->by_key, key);

        if (entry != NULL)
                return entry;
        if (actual->kind == TYPE_NAMED)
                return declaration_add(self, actual->declaration);
        entry = entry_new(self, key, (unsigned int)actual->kind);
        entry->bound = actual->limit;
        if (actual->kind == TYPE_PORT && actual->declaration != NULL)
                entry->interface = actual->declaration->interface_id;
        if (actual->element != NULL)
                entry->element = type_add(self, actual->element);
        entry_place(self, entry);
        return entry;
}

static struct entry *list_add(struct schema *self, const struct member *members)
{
        struct entry *entry = members == NULL ? table_find(&self->by_key, "()") : NULL;

        if (entry != NULL)
                return entry;
        entry = entry_new(self, members == NULL ? "()" : NULL, KIND_LIST);
        entry->members = members_of(self, members, &entry->member_count);
        member_types_add(self, entry);
        entry_place(self, entry);
        return entry;
}

static struct lists *method_add(struct schema *self, const struct method *method)
{
        struct lists *lists = region_alloc(self->region, sizeof *lists);

        lists->method = method;
        lists->request = list_add(self, method->request.members);
        if (!method->oneway)
                lists->reply = list_add(self, method->reply.members);
        if (method->error_declaration != NULL)
                lists->error = declaration_add(self, method->error_declaration);
        if (method->request.stream == STREAM_ITEMS)
                lists->upload = list_add(self, method->request.items);
        if (method->reply.stream == STREAM_ITEMS)
                lists->download = list_add(self, method->reply.items);
        return lists;
}

static void interface_add(struct schema *self, const struct declaration *declaration)
{
        struct interface_entry *entry;
        struct lists **end;

        if (table_add(&self->interfaces_met, declaration->full_name,
                      (void *)(uintptr_t)declaration) != NULL)
                return;
        entry = region_alloc(self->region, sizeof *entry);
        entry->declaration = declaration;
        *self->interfaces_end = entry;
        self->interfaces_end = &entry->next;
        end = &entry->lists;
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                *end = method_add(self, method);
                end = &(*end)->next;
        }
        for (size_t i = 0; i < declaration->ancestor_count; i++)
                interface_add(self, declaration->ancestors[i]);
}

/* writing */

static void fallback_write(struct octets *to, const struct member *member)
{
        const struct constant *constant = member->default_constant;
        const struct type *actual = member->type->actual;
        uint64_t bits = constant->negative ? (uint64_t)0 - constant->integer : constant->integer;
        float real = (float)constant->real;
        uint32_t word;

        switch (constant->kind) {
        case CONSTANT_NONE:
                return;
        case CONSTANT_STRING:
                octets_string(to, constant->text, constant->size);
                return;
        case CONSTANT_FLOAT:
                memcpy(&bits, &constant->real, sizeof bits);
                memcpy(&word, &real, sizeof word);
                octets_number(to, actual->kind == TYPE_F32 ? word : bits,
                              actual->kind == TYPE_F32 ? 4 : 8);
                return;
        case CONSTANT_BOOL:
        case CONSTANT_INTEGER:
                octets_number(to, bits, layout_scalar_size(actual));
                return;
        }
}

static void member_write(struct octets *to, const struct entry *entry, const struct member *member,
                         const struct entry *type)
{
        size_t table = octets_begin(to);
        struct octets fallback;

        octets_init(&fallback, to->region);
        if (member->default_constant != NULL)
                fallback_write(&fallback, member);
        octets_member_string(to, 1, member->name.text);
        if (entry->numbered)
                octets_member_number(to, 2,
                                     entry->kind == KIND_BITS ? member->bits_value
                                                              : (uint64_t)member->number,
                                     8);
        if (type != NULL)
                octets_member_number(to, 3, type->index, 4);
        if (member->type != NULL)
                octets_member_number(to, 4, member->type->optional, 1);
        octets_member_bytes(to, 5, &fallback);
        octets_member_number(to, 6, member->sensitive, 1);
        octets_end(to, table);
}

static void members_write(struct octets *to, const struct entry *entry)
{
        size_t list;

        if (entry->member_count == 0)
                return;
        octets_member_delimited(to, 6);
        list = octets_begin(to);
        octets_number(to, entry->member_count, 4);
        for (size_t i = 0; i < entry->member_count; i++)
                member_write(to, entry, entry->members[i], entry->member_types[i]);
        octets_end(to, list);
}

static void type_write(struct octets *to, const struct entry *entry)
{
        size_t table = octets_begin(to);

        octets_member_number(to, 1, entry->kind, 1);
        octets_member_string(to, 2, entry->name);
        if (entry->element != NULL)
                octets_member_number(to, 3, entry->element->index, 4);
        octets_member_number(to, 4, entry->bound, 4);
        octets_member_number(to, 5, entry->strict, 1);
        members_write(to, entry);
        octets_member_number(to, 7, entry->interface, 8);
        octets_end(to, table);
}

static void method_write(struct octets *to, const struct lists *lists)
{
        const struct method *method = lists->method;
        size_t table = octets_begin(to);

        octets_member_number(to, 1, method->ordinal, 4);
        octets_member_string(to, 2, method->name.text);
        octets_member_number(to, 3, method->oneway, 1);
        octets_member_number(to, 4, lists->request->index, 4);
        octets_member_number(to, 5, lists->reply != NULL ? lists->reply->index : 0, 4);
        octets_member_number(to, 6, lists->error != NULL ? lists->error->index + 1 : 0, 4);
        octets_member_number(to, 7, method->timeout_ms, 4);
        octets_member_number(to, 8, method->idempotent, 1);
        octets_member_number(to, 9, method->request.stream, 1);
        octets_member_number(to, 10, lists->upload != NULL ? lists->upload->index : 0, 4);
        octets_member_number(to, 11, method->reply.stream, 1);
        octets_member_number(to, 12, lists->download != NULL ? lists->download->index : 0, 4);
        octets_end(to, table);
}

static void interface_write(struct octets *to, const struct interface_entry *entry)
{
        const struct declaration *declaration = entry->declaration;
        size_t table = octets_begin(to);
        uint32_t count = 0;
        size_t list;

        octets_member_number(to, 1, declaration->interface_id, 8);
        octets_member_string(to, 2, declaration->full_name);
        if (declaration->ancestor_count != 0) {
                octets_number(to, UINT64_C(7) << 28 | 3, 4);
                octets_number(to, declaration->ancestor_count, 4);
        }
        for (size_t i = 0; i < declaration->ancestor_count; i++)
                octets_number(to, declaration->ancestors[i]->interface_id, 8);
        for (const struct lists *lists = entry->lists; lists != NULL; lists = lists->next)
                count++;
        if (count != 0) {
                octets_member_delimited(to, 4);
                list = octets_begin(to);
                octets_number(to, count, 4);
                for (const struct lists *lists = entry->lists; lists != NULL; lists = lists->next)
                        method_write(to, lists);
                octets_end(to, list);
        }
        octets_end(to, table);
}

static struct schema_bytes schema_write(struct schema *self)
{
        struct octets to;
        uint32_t count = 0;
        size_t table;
        size_t list;

        octets_init(&to, self->region);
        table = octets_begin(&to);
        octets_member_number(&to, 1, 1, 4);
        octets_member_delimited(&to, 2);
        list = octets_begin(&to);
        octets_number(&to, self->count, 4);
        for (const struct entry *entry = self->first; entry != NULL; entry = entry->next)
                type_write(&to, entry);
        octets_end(&to, list);
        for (const struct interface_entry *each = self->interfaces; each != NULL; each = each->next)
                count++;
        octets_member_delimited(&to, 3);
        list = octets_begin(&to);
        octets_number(&to, count, 4);
        for (const struct interface_entry *each = self->interfaces; each != NULL; each = each->next)
                interface_write(&to, each);
        octets_end(&to, list);
        octets_end(&to, table);
        return (struct schema_bytes){to.data, to.size};
}

static bool is_type(const struct declaration *declaration)
{
        return declaration->kind != DECLARATION_CONST && declaration->kind != DECLARATION_ALIAS &&
               declaration->kind != DECLARATION_INTERFACE;
}

struct schema_bytes schema_make(struct region *region, const struct compilation *compilation,
                                const struct declaration *interface)
{
        struct schema self = {.region = region};

        self.end = &self.first;
        self.interfaces_end = &self.interfaces;
        table_init(&self.by_key, self.region);
        table_init(&self.interfaces_met, self.region);
        if (interface != NULL)
                interface_add(&self, interface);
        for (const struct declaration *each = compilation->file->declarations;
             interface == NULL && each != NULL; each = each->next) {
                if (is_type(each))
                        declaration_add(&self, each);
                if (each->kind == DECLARATION_INTERFACE)
                        interface_add(&self, each);
        }
        return schema_write(&self);
}
