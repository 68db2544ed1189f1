/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_BUILD_H
#define DARQIDL_BUILD_H

#include "darqidl/tree.h"

/*
 * The parser's actions: build_ makes a node of the tree from what the grammar saw, and the lists grow at their end.
 */

struct parse;

/** A number as the scanner read it, or an unescaped string. */
struct literal {
        union {
                uint64_t integer;
                double real;
                const char *text;
        };
        uint32_t size; /* of text: a file is not longer */
        bool faulty;   /* reported: it has no value */
};

struct value_list {
        struct value *first, *last;
};
struct attribute_list {
        struct attribute *first, *last;
};
struct reserved_list {
        struct reserved *first, *last;
};
struct member_list {
        struct member *first, *last;
};
struct method_list {
        struct method *first, *last;
};
struct base_list {
        struct base *first, *last;
};

/** What stands between the braces of a declaration. None stands in another, so the parse holds the one that is open. */
struct body {
        struct member_list members;
        struct method_list methods;
        struct reserved_list reserved;
};

/** From the first to the last of count spans that follow *before, empty ones at the begin left out; the empty place
 *  behind it when there are none. */
struct span span_join(const struct span *before, int count);
struct span span_between(struct span first, struct span last);

struct member_list member_list_add(struct member_list list, struct member *member);
struct value_list value_list_add(struct value_list list, struct value *value);

void body_begin(struct parse *parse);
void body_add_member(struct parse *parse, struct member *member);
void body_add_method(struct parse *parse, struct span at, struct attribute_list attributes,
                     struct method *method);
void body_add_reserved(struct parse *parse, struct attribute_list attributes,
                       struct reserved_list gaps);

struct value *build_number(struct parse *parse, struct span at, struct literal literal,
                           bool negative);
struct value *build_real(struct parse *parse, struct span at, struct literal literal,
                         bool negative);
struct value *build_string(struct parse *parse, struct span at, struct literal literal);
struct value *build_name_value(struct parse *parse, struct name name);
struct value *build_or(struct parse *parse, struct span at, struct value_list terms);

struct name build_scoped(struct parse *parse, struct span at, struct name scope, struct name name);
struct type *build_type(struct parse *parse, struct span at, enum type_kind kind,
                        struct type *element, struct value *bound);
struct type *build_named(struct parse *parse, struct name name);
struct type *build_port(struct parse *parse, struct span at, struct name interface);
struct type *build_optional(struct span at, struct type *type);

struct attribute_list build_attribute(struct parse *parse, struct attribute_list list,
                                      struct name name, struct value *value);
struct reserved_list build_gap(struct parse *parse, struct span at, struct reserved_list list,
                               struct value *first, struct value *last);
struct reserved_list build_gap_name(struct parse *parse, struct span at, struct reserved_list list,
                                    struct literal literal);

struct member *build_member(struct parse *parse, struct span at, struct value *number,
                            struct type *type, struct name name, struct value *default_value);
/** Gives a member its attributes, and the doc comment that stands before it. */
struct member *build_attributes(struct parse *parse, struct span at,
                                struct attribute_list attributes, struct member *member);

const struct parameters *build_no_parameters(void);
const struct parameters *build_parameters(struct parse *parse, struct span at,
                                          struct member_list members);
const struct parameters *build_stream(struct parse *parse, struct span at, enum stream_kind kind,
                                      struct member *items);
const struct parameters *build_stream_items(struct parse *parse, struct span at,
                                            const struct parameters *items);
/** A member without a name that carries a stream until build_parameters() has the list. */
struct member *build_stream_parameter(struct parse *parse, struct span at,
                                      struct attribute_list attributes,
                                      const struct parameters *stream);

/** reply: NULL if no arrow was written. */
struct method *build_method(struct parse *parse, struct span at, struct value *ordinal,
                            struct name name, const struct parameters *request,
                            const struct parameters *reply, struct name error);
struct method *build_oneway(struct parse *parse, struct span at, struct value *ordinal,
                            struct name name, const struct parameters *request);

struct base_list build_base(struct parse *parse, struct base_list list, struct name name);
struct declaration *build_const(struct parse *parse, struct span at, struct name name,
                                struct type *type, struct value *value);
struct declaration *build_alias(struct parse *parse, struct span at, enum declaration_kind kind,
                                struct name name, struct type *type);
struct declaration *build_set(struct parse *parse, struct span at, enum declaration_kind kind,
                              bool strict, struct name name, struct type *base);
/** With the body that was read last. */
struct declaration *build_body(struct parse *parse, struct span at, enum declaration_kind kind,
                               struct name name);
struct declaration *build_interface(struct parse *parse, struct span at, struct name name,
                                    struct base_list bases);
void build_declaration(struct parse *parse, struct span at, struct attribute_list attributes,
                       struct declaration *declaration);
void build_package(struct parse *parse, struct span at, struct attribute_list attributes,
                   struct name package);
void build_import(struct parse *parse, struct span at, struct literal path);

#endif
