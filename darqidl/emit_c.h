/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_EMIT_C_H
#define DARQIDL_EMIT_C_H

#include "darqidl/page.h"
#include "darqidl/table.h"
#include "darqidl/tree.h"

struct compilation;

/*
 * The C back end, in the order of its output:
 *   emit_c.c          the two files
 *   emit_type.c       types as C spells them; constants, enums, structs (header)
 *   emit_body.c       a function that packs or unpacks: its variables, statements, expressions
 *   emit_set.c        pack and unpack of one enum or bits
 *   emit_value_pack.c, emit_value_unpack.c   of one value of any type
 *   emit_pack.c, emit_unpack.c, emit_table.c   of structs, tables, unions, parameter lists (source)
 *   emit_take.c       taking of unions in vecs (source)
 *   emit_head.c       heads of an interface's functions (both)
 *   emit_interface.c  requests, replies, calls, ops (header)
 *   emit_stream.c     what methods with streams have beside (both)
 *   emit_method.c     calls, answers, method tables (source)
 */
struct emitter {
        struct compilation *compilation;
        struct region *
                region; /* what a part of the text needs; it is released when the part is written */
        const struct file *file;
        struct page header; /* this and what follows: in the compilation's region */
        struct page source;
        struct page helpers; /* static functions that the current function needs before it */
        struct table helped; /* their names */
};

/** One function's body, and the variables that it turned out to need. */
struct body_page {
        struct emitter *emitter;
        struct page text;
        const char *owner; /* for names of helpers: "storage_metadata" */
        const char *kind;  /* C type of m: "struct storage_metadata" */
        bool at, list, member, has, end, header;
        bool counted; /* the reader's depth is that of m while its members are read */
};

/* what the file declares */

/** Kinds of declarations: 1u << DECLARATION_STRUCT and so on. */
enum {
        EMIT_CODEC = 1u << DECLARATION_STRUCT | 1u << DECLARATION_TABLE | 1u << DECLARATION_UNION |
                     1u << DECLARATION_NEWTYPE
};

/** Calls emit with every declaration of these kinds, and releases after each what it needed. Whether there was one. */
bool emit_each(struct emitter *self, unsigned int kinds,
               void (*emit)(struct emitter *self, const struct declaration *declaration));

/* types */

/** "uint32_t", "struct storage_digest", "enum storage_order": of an element, or of a member that is no vec or array. */
const char *c_type(struct emitter *self, const struct type *type);

/** A member's declaration without a semicolon: "const struct darq_string *data", "uint8_t sum[32]", "struct {...} tags". */
void c_member(struct emitter *self, struct page *page, const char *indent, const struct type *type,
              const char *name, bool may_be_absent);

/** Whether a member that may be absent is held as a pointer: struct, table, union, array. */
bool c_is_pointer(const struct type *type);

/** A C expression of a constant of a type. */
const char *c_constant(struct emitter *self, const struct type *type,
                       const struct constant *constant);

/** "unsigned"-ness and size: the suffix of get, put, load and store: "u32", "bool". */
const char *c_suffix(const struct type *type);

void emit_constants(struct emitter *self);
void emit_types(struct emitter *self);
void emit_docs(struct page *page, const char *indent, const char *doc, const char *note);

/** What a member's bounds are, for a comment; "" where there are none. */
const char *bounds_note(struct emitter *self, const struct type *type);

/* bodies of functions */

void body_init(struct body_page *self, struct emitter *emitter, const char *owner,
               const char *kind);

/** "before function(struct darq_reader *r, struct x *m, parameter)", in lines of at most 100 columns. parameter: may be NULL. */
const char *body_signature(const struct body_page *self, const char *before, const char *function,
                           const char *parameter);

/** Prints "signature\n{", the variables, the text and "}". */
void body_function(struct body_page *self, struct page *page, const char *signature,
                   const char *declarations);

/** The same to the source, behind the helpers that it turned out to need. */
void body_finish(struct body_page *self, const char *signature, const char *declarations);

/** A statement "indent left function(arguments);"; behind the last argument: NULL. */
void body_call(struct body_page *self, const char *indent, const char *left, const char *function,
               ...) __attribute__((sentinel));

/** A loop over i, with braces where its body is more than one statement. */
void body_loop(struct body_page *self, const char *indent, const char *condition, const char *body);

/* expressions */

/** "x.value.value" of a value "x" for what is beneath newtypes. */
const char *c_beneath(struct emitter *self, const struct type *type, const char *value);

/** "m->x" for what "*m->x" points to, "&m->x" for the value m->x. */
const char *c_address(struct emitter *self, const char *value);

/** A member of a value: "m->x.data", or "m->x->data" of "*m->x". */
const char *c_dotted(struct emitter *self, const char *value, const char *member);

/** "data[i]" */
const char *c_element(struct emitter *self, const char *value);

/** The bound as a C expression: "64", "SIZE_MAX". */
const char *bound_text(struct emitter *self, const struct type *type);
/** The widths of a plain struct's numbers as a C expression: "\"8844\"". */
const char *plain_widths(struct emitter *self, const struct type *type);

/* values */

/** Statements that pack the value of a C expression; it is there. */
void pack_value(struct body_page *self, const char *indent, const struct type *type,
                const char *value);

/** Statements that unpack into a C lvalue. name: for helpers. */
void unpack_value(struct body_page *self, const char *indent, const struct type *type,
                  const char *value, const char *name);

void set_pack(struct body_page *self, const char *indent, const struct type *type,
              const char *value);
void set_unpack(struct body_page *self, const char *indent, const struct type *type,
                const char *value);

/** A statement that lets data, a C lvalue, point to plain structs, as many as the C expression count says. */
void plain_unpack(struct body_page *self, const char *indent, const struct type *type,
                  const char *data, const char *count);

/** Statements that unpack a member that is there, wherever it is held. */
void present_unpack(struct body_page *self, const char *indent, const struct member *member,
                    bool may_be_absent);

/** A function that takes as many unions as it can, of layout_is_takeable(); its name. */
const char *take_helper(struct emitter *self, const struct declaration *declaration);

/** Statements that unpack a table; they need "struct darq_scope value". */
void unpack_table(struct body_page *self, const struct declaration *table);

/** A condition that a member which may be left out is there. */
const char *presence(struct emitter *self, const struct member *member);

/* lists of members */

void emit_packs(struct emitter *self);
void emit_unpacks(struct emitter *self);
/** Those of layout_is_view(), which stand in the header; the others in the source. */
void emit_unpack_views(struct emitter *self);
void emit_pack_list(struct emitter *self, const char *function, const char *kind,
                    const struct member *members);
void emit_unpack_list(struct emitter *self, const char *function, const char *kind,
                      const struct member *members);

/* heads of functions; tail: what follows the list of parameters */

const char *head_request_type(struct emitter *self, const struct method *method);
const char *head_reply_type(struct emitter *self, const struct method *method);

void head_call(struct emitter *self, struct page *page, const struct declaration *interface,
               const char *name, const struct method *method, bool async, const char *tail);
void head_reply(struct emitter *self, struct page *page, const struct declaration *interface,
                const struct method *method, const char *tail);
void head_fail(struct page *page, const struct declaration *interface, const struct method *method,
               const char *tail);
void head_serve(struct page *page, const struct declaration *interface, const char *tail);
void head_main(struct page *page, const struct declaration *interface, const char *tail);

/** The next method that an interface inherits; *method NULL and *ancestor 0 at first. */
bool head_inherited(const struct declaration *interface, const struct method **method,
                    size_t *ancestor);
const char *head_wrapper_name(struct emitter *self, const struct declaration *interface,
                              const struct method *method);

/* methods with streams; row: of the table of methods, NULL where nothing is defined */

bool method_streams(const struct method *method);
void emit_stream_calls(struct emitter *self, struct page *page, const struct declaration *interface,
                       const struct method *method, const char *row, bool define);
void emit_stream_answers(struct emitter *self, struct page *page,
                         const struct declaration *interface, const struct method *method,
                         const char *row, bool define);
void emit_stream_items(struct emitter *self, const struct method *method);

/* interfaces */

void emit_interface_header(struct emitter *self, const struct declaration *interface);
void emit_interface_source(struct emitter *self, const struct declaration *interface);

#endif
