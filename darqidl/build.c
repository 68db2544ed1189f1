/* SPDX-License-Identifier: MIT */
/*
 * The grammar's actions: constructors of the tree's nodes, and lists that grow at their end.
 *
 * Nothing is looked up and nothing decided here, but for what the grammar can't express and the tree doesn't keep:
 * the stream of a parameter list stands last and alone.
 */
#include "darqidl/build.h"

#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/diagnostic.h"
#include "darqidl/parse.h"
#include "darqidl/region.h"

struct span span_between(struct span first, struct span last)
{
        first.end = last.end;
        return first;
}

struct span span_join(const struct span *before, int count)
{
        struct span at = before[0];
        int first = 1;

        while (first < count && before[first].begin == before[first].end)
                first++;
        if (count > 0)
                return span_between(before[first], before[count]);
        at.begin = at.end;
        return at;
}

/* lists */

struct member_list member_list_add(struct member_list list, struct member *member)
{
        if (list.last != NULL)
                list.last->next = member;
        else
                list.first = member;
        list.last = member;
        return list;
}

struct value_list value_list_add(struct value_list list, struct value *value)
{
        if (list.last != NULL)
                list.last->next = value;
        else
                list.first = value;
        list.last = value;
        return list;
}

static struct reserved_list reserved_list_add(struct reserved_list list, struct reserved *reserved)
{
        if (list.last != NULL)
                list.last->next = reserved;
        else
                list.first = reserved;
        list.last = reserved;
        return list;
}

void body_begin(struct parse *parse)
{
        parse->body = (struct body){0};
}

void body_add_member(struct parse *parse, struct member *member)
{
        parse->body.members = member_list_add(parse->body.members, member);
}

void body_add_method(struct parse *parse, struct span at, struct attribute_list attributes,
                     struct method *method)
{
        struct method_list *list = &parse->body.methods;

        method->attributes = attributes.first;
        method->doc = parse_doc(parse, attributes.first != NULL ? at.begin : method->at.begin);
        if (list->last != NULL)
                list->last->next = method;
        else
                list->first = method;
        list->last = method;
}

void body_add_reserved(struct parse *parse, struct attribute_list attributes,
                       struct reserved_list gaps)
{
        struct reserved_list *list = &parse->body.reserved;

        if (attributes.first != NULL)
                diagnose(parse->diagnostics, DI_MISPLACED_ATTRIBUTE, attributes.first->name.at,
                         "what is reserved has no attributes");
        if (list->last != NULL)
                list->last->next = gaps.first;
        else
                list->first = gaps.first;
        list->last = gaps.last;
}

/* values */

static struct value *value_make(struct parse *parse, struct span at, enum value_kind kind)
{
        struct value *value = region_alloc(parse->region, sizeof *value);

        value->at = at;
        value->kind = kind;
        return value;
}

struct value *build_number(struct parse *parse, struct span at, struct literal literal,
                           bool negative)
{
        struct value *value = value_make(parse, at, VALUE_INTEGER);

        value->integer = literal.integer;
        value->faulty = literal.faulty;
        value->negative = negative && literal.integer != 0;
        return value;
}

struct value *build_real(struct parse *parse, struct span at, struct literal literal, bool negative)
{
        struct value *value = value_make(parse, at, VALUE_FLOAT);

        value->faulty = literal.faulty;
        value->real = negative ? -literal.real : literal.real;
        return value;
}

struct value *build_string(struct parse *parse, struct span at, struct literal literal)
{
        struct value *value = value_make(parse, at, VALUE_STRING);

        value->text = literal.text;
        value->size = literal.size;
        return value;
}

struct value *build_name_value(struct parse *parse, struct name name)
{
        struct value *value = value_make(parse, name.at, VALUE_NAME);

        value->text = name.text;
        value->size = strlen(name.text);
        return value;
}

struct value *build_or(struct parse *parse, struct span at, struct value_list terms)
{
        struct value *value;

        if (terms.first == terms.last)
                return terms.first;
        value = value_make(parse, at, VALUE_OR);
        value->terms = terms.first;
        return value;
}

/* types */

struct name build_scoped(struct parse *parse, struct span at, struct name scope, struct name name)
{
        const char *text = region_format(parse->region, "%s.%s", scope.text, name.text);

        /* One that was too long before stays as it is. */
        if (strlen(scope.text) > SCOPED_MAX_SIZE)
                return (struct name){at, scope.text};
        if (strlen(text) > SCOPED_MAX_SIZE) {
                parse->file->broken = true;
                diagnose(parse->diagnostics, DI_LONG_NAME, at, "this name has more than %d letters",
                         SCOPED_MAX_SIZE);
        }
        return (struct name){at, text};
}

struct type *build_type(struct parse *parse, struct span at, enum type_kind kind,
                        struct type *element, struct value *bound)
{
        struct type *type = region_alloc(parse->region, sizeof *type);

        type->at = at;
        type->kind = kind;
        type->element = element;
        type->bound = bound;
        return type;
}

struct type *build_named(struct parse *parse, struct name name)
{
        static const char *const scalars[] = {
                [TYPE_BOOL] = "bool", [TYPE_U8] = "u8",   [TYPE_U16] = "u16", [TYPE_U32] = "u32",
                [TYPE_U64] = "u64",   [TYPE_I8] = "i8",   [TYPE_I16] = "i16", [TYPE_I32] = "i32",
                [TYPE_I64] = "i64",   [TYPE_F32] = "f32", [TYPE_F64] = "f64",
        };
        struct type *type = build_type(parse, name.at, TYPE_NAMED, NULL, NULL);

        type->name = name;
        for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
                if (scalars[i][0] == name.text[0] && strcmp(scalars[i], name.text) == 0)
                        type->kind = (enum type_kind)i;
        return type;
}

struct type *build_port(struct parse *parse, struct span at, struct name interface)
{
        struct type *type = build_type(parse, at, TYPE_PORT, NULL, NULL);

        type->name = interface;
        return type;
}

struct type *build_optional(struct span at, struct type *type)
{
        type->at = at;
        type->optional = true;
        return type;
}

/* attributes and gaps */

struct attribute_list build_attribute(struct parse *parse, struct attribute_list list,
                                      struct name name, struct value *value)
{
        struct attribute *attribute = region_alloc(parse->region, sizeof *attribute);

        attribute->name = name;
        attribute->value = value;
        if (list.last != NULL)
                list.last->next = attribute;
        else
                list.first = attribute;
        list.last = attribute;
        return list;
}

struct reserved_list build_gap(struct parse *parse, struct span at, struct reserved_list list,
                               struct value *first, struct value *last)
{
        struct reserved *reserved = region_alloc(parse->region, sizeof *reserved);

        reserved->at = at;
        reserved->first = first;
        reserved->last = last;
        return reserved_list_add(list, reserved);
}

struct reserved_list build_gap_name(struct parse *parse, struct span at, struct reserved_list list,
                                    struct literal literal)
{
        struct reserved *reserved = region_alloc(parse->region, sizeof *reserved);

        reserved->at = at;
        reserved->name = literal.text;
        return reserved_list_add(list, reserved);
}

/* members and parameters */

struct member *build_member(struct parse *parse, struct span at, struct value *number,
                            struct type *type, struct name name, struct value *default_value)
{
        struct member *member = region_alloc(parse->region, sizeof *member);

        member->at = at;
        member->number_value = number;
        member->type = type;
        member->name = name;
        member->default_value = default_value;
        return member;
}

struct member *build_attributes(struct parse *parse, struct span at,
                                struct attribute_list attributes, struct member *member)
{
        member->attributes = attributes.first;
        member->doc = parse_doc(parse, attributes.first != NULL ? at.begin : member->at.begin);
        return member;
}

const struct parameters *build_no_parameters(void)
{
        static const struct parameters none;

        return &none;
}

const struct parameters *build_parameters(struct parse *parse, struct span at,
                                          struct member_list members)
{
        struct parameters *result = region_alloc(parse->region, sizeof *result);
        struct member_list kept = {0};
        struct member *next;

        result->at = at;
        for (struct member *member = members.first; member != NULL; member = next) {
                next = member->next;
                member->next = NULL;
                if (member->stream == NULL) {
                        kept = member_list_add(kept, member);
                        continue;
                }
                result->stream = member->stream->stream;
                result->items = member->stream->items;
                result->stream_at = member->stream->stream_at;
                result->stream_misplaced |= next != NULL;
        }
        result->members = kept.first;
        return result;
}

const struct parameters *build_stream(struct parse *parse, struct span at, enum stream_kind kind,
                                      struct member *items)
{
        struct parameters *result = region_alloc(parse->region, sizeof *result);

        *result = (struct parameters){.at = at, .stream = kind, .stream_at = at, .items = items};
        return result;
}

const struct parameters *build_stream_items(struct parse *parse, struct span at,
                                            const struct parameters *items)
{
        if (items->stream != STREAM_NONE)
                diagnose(parse->diagnostics, DI_STREAM, items->stream_at,
                         "a stream can't carry a stream");
        return build_stream(parse, at, STREAM_ITEMS, items->members);
}

struct member *build_stream_parameter(struct parse *parse, struct span at,
                                      struct attribute_list attributes,
                                      const struct parameters *stream)
{
        struct member *member = build_member(parse, at, NULL, NULL, (struct name){at, NULL}, NULL);

        if (attributes.first != NULL)
                diagnose(parse->diagnostics, DI_MISPLACED_ATTRIBUTE, attributes.first->name.at,
                         "a stream has no attributes");
        member->stream = stream;
        return member;
}

/* methods and declarations */

struct method *build_method(struct parse *parse, struct span at, struct value *ordinal,
                            struct name name, const struct parameters *request,
                            const struct parameters *reply, struct name error)
{
        struct method *method = region_alloc(parse->region, sizeof *method);

        method->at = at;
        method->ordinal_value = ordinal;
        method->name = name;
        method->request = *request;
        method->reply = reply != NULL ? *reply : *build_no_parameters();
        method->has_reply = reply != NULL;
        method->error = error;
        return method;
}

struct method *build_oneway(struct parse *parse, struct span at, struct value *ordinal,
                            struct name name, const struct parameters *request)
{
        struct method *method =
                build_method(parse, at, ordinal, name, request, NULL, (struct name){0});

        method->oneway = true;
        return method;
}

struct base_list build_base(struct parse *parse, struct base_list list, struct name name)
{
        struct base *base = region_alloc(parse->region, sizeof *base);

        base->name = name;
        if (list.last != NULL)
                list.last->next = base;
        else
                list.first = base;
        list.last = base;
        return list;
}

static struct declaration *declaration_make(struct parse *parse, struct span at,
                                            enum declaration_kind kind, struct name name)
{
        struct declaration *declaration = region_alloc(parse->region, sizeof *declaration);

        declaration->at = at;
        declaration->kind = kind;
        declaration->name = name;
        declaration->file = parse->file;
        return declaration;
}

struct declaration *build_const(struct parse *parse, struct span at, struct name name,
                                struct type *type, struct value *value)
{
        struct declaration *declaration = declaration_make(parse, at, DECLARATION_CONST, name);

        declaration->type = type;
        declaration->value = value;
        return declaration;
}

struct declaration *build_alias(struct parse *parse, struct span at, enum declaration_kind kind,
                                struct name name, struct type *type)
{
        struct declaration *declaration = declaration_make(parse, at, kind, name);

        declaration->type = type;
        return declaration;
}

struct declaration *build_set(struct parse *parse, struct span at, enum declaration_kind kind,
                              bool strict, struct name name, struct type *base)
{
        struct declaration *declaration = build_body(parse, at, kind, name);

        declaration->strict = strict;
        declaration->type = base;
        return declaration;
}

struct declaration *build_body(struct parse *parse, struct span at, enum declaration_kind kind,
                               struct name name)
{
        struct declaration *declaration = declaration_make(parse, at, kind, name);

        declaration->members = parse->body.members.first;
        declaration->reserved = parse->body.reserved.first;
        declaration->methods = parse->body.methods.first;
        return declaration;
}

struct declaration *build_interface(struct parse *parse, struct span at, struct name name,
                                    struct base_list bases)
{
        struct declaration *declaration = build_body(parse, at, DECLARATION_INTERFACE, name);

        declaration->bases = bases.first;
        return declaration;
}

void build_declaration(struct parse *parse, struct span at, struct attribute_list attributes,
                       struct declaration *declaration)
{
        declaration->attributes = attributes.first;
        declaration->doc =
                parse_doc(parse, attributes.first != NULL ? at.begin : declaration->at.begin);
        if (parse->last_declaration != NULL)
                parse->last_declaration->next = declaration;
        else
                parse->file->declarations = declaration;
        parse->last_declaration = declaration;
}

void build_package(struct parse *parse, struct span at, struct attribute_list attributes,
                   struct name package)
{
        parse->file->package = package;
        parse->file->attributes = attributes.first;
        parse->file->doc = parse_doc(parse, at.begin);
}

void build_import(struct parse *parse, struct span at, struct literal path)
{
        struct import *import = region_alloc(parse->region, sizeof *import);

        import->at = at;
        import->path = path.text;
        if (parse->last_import != NULL)
                parse->last_import->next = import;
        else
                parse->file->imports = import;
        parse->last_import = import;
}
