/* SPDX-License-Identifier: MIT */
/*
 * The grammar of .didl: no conflicts, every keyword soft.
 *
 * An action is one call: build_ makes a node, the lists grow at their end. Whatever can be said without context is
 * said here; names, casing, numbers and everything else that the grammar can't see is left to the checks. After an
 * error the parser goes on behind the next ';', or behind the declaration's braces, so that one run finds several.
 */
%define api.pure full
%define api.prefix {didl_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param { void *scanner }
%parse-param { struct parse *parse }

%code requires {
#include "darqidl/build.h"
}

%code provides {
int didl_lex(DIDL_STYPE *value, DIDL_LTYPE *at, void *scanner);
}

%code {
#include <stdlib.h>

#include "darqidl/memory.h"
#include "darqidl/parse.h"

#define YYLLOC_DEFAULT(current, right, count) ((current) = span_join(&YYRHSLOC(right, 0), (count)))
#define YYMAXDEPTH 10000
#define YYMALLOC memory_alloc
#define YYFREE free

static void didl_error(struct span *at, void *scanner, struct parse *parse, const char *text)
{
        (void)scanner;
        parse_error(parse, *at, text);
}
}

%union {
        struct literal literal;
        struct name name;
        struct value *value;
        struct value_list values;
        struct type *type;
        struct attribute_list attributes;
        struct reserved_list gaps;
        struct member *member;
        struct member_list members;
        struct method *method;
        struct base_list bases;
        const struct parameters *parameters;
        struct declaration *declaration;
        bool flag;
}

%token END 0 "end of file" BAD "invalid text"
%token <name> IDENT "name"
%token <literal> INT "integer" FLOAT "number" STRING "string literal"
%token DOTDOT ".." ARROW "->"
%token <name> KW_ALIAS "alias" KW_ARRAY "array" KW_BITS "bits" KW_BYTES "bytes" KW_CONST "const" KW_ENUM "enum"
%token <name> KW_ERROR "error" KW_EXTENDS "extends" KW_IMPORT "import" KW_INTERFACE "interface"
%token <name> KW_NEWTYPE "newtype" KW_ONEWAY "oneway" KW_PACKAGE "package" KW_PORT "port"
%token <name> KW_RESERVED "reserved" KW_STREAM "stream" KW_STRICT "strict" KW_STRING "string"
%token <name> KW_STRUCT "struct" KW_TABLE "table" KW_UNION "union" KW_VEC "vec"

%type <name> name scope typename raises
%type <value> value term integer bound default
%type <values> terms
%type <type> type core
%type <attributes> attrs
%type <gaps> gaps reserved
%type <member> enumerator member parameter
%type <members> parameter_list
%type <method> method
%type <bases> bases extends
%type <parameters> parameters streamed result
%type <declaration> decl
%type <flag> strict

%%

file: package imports decls { parse_end(parse); } ;

package: attrs KW_PACKAGE scope ';' { build_package(parse, @$, $attrs, $scope); }
    | attrs KW_PACKAGE scope error { build_package(parse, @$, $attrs, $scope); }
    | attrs KW_PACKAGE error
    ;

imports: %empty
    | imports KW_IMPORT STRING ';' { build_import(parse, @STRING, $STRING); }
    | imports KW_IMPORT error ';' { yyerrok; }
    ;

decls: %empty | some_decls ;
some_decls: any_decl | some_decls any_decl ;
any_decl: attrs decl { build_declaration(parse, @attrs, $attrs, $decl); }
    | error
    | error ';' { yyerrok; }
    | error '}' { yyerrok; }
    | error '{' skipped '}' { yyerrok; }
    ;
skipped: %empty | skipped other | skipped '{' skipped '}' ;
other: name | INT | FLOAT | STRING | DOTDOT | ARROW | ';' | ':' | ',' | '.' | '|' | '?' | '!' | '@' | '-' | '=' | '('
    | ')' | '<' | '>' | '[' | ']' ;

decl: KW_CONST type name '=' value ';' { $$ = build_const(parse, @$, $name, $type, $value); }
    | KW_ALIAS name '=' type ';' { $$ = build_alias(parse, @$, DECLARATION_ALIAS, $name, $type); }
    | KW_NEWTYPE name '=' type ';' { $$ = build_alias(parse, @$, DECLARATION_NEWTYPE, $name, $type); }
    | strict KW_ENUM name ':' type '{' values_end '}'
        { $$ = build_set(parse, @$, DECLARATION_ENUM, $strict, $name, $type); }
    | strict KW_BITS name ':' type '{' values_end '}'
        { $$ = build_set(parse, @$, DECLARATION_BITS, $strict, $name, $type); }
    | KW_ERROR name '{' values_end '}' { $$ = build_body(parse, @$, DECLARATION_ERROR, $name); }
    | KW_STRUCT name '{' members_end '}' { $$ = build_body(parse, @$, DECLARATION_STRUCT, $name); }
    | KW_TABLE name '{' numbered_end '}' { $$ = build_body(parse, @$, DECLARATION_TABLE, $name); }
    | strict KW_UNION name '{' numbered_end '}'
        { $$ = build_set(parse, @$, DECLARATION_UNION, $strict, $name, NULL); }
    | KW_INTERFACE name extends '{' methods_end '}' { $$ = build_interface(parse, @$, $name, $extends); }
    ;

strict: %empty { $$ = false; } | KW_STRICT { $$ = true; } ;

extends: %empty { $$ = (struct base_list){0}; } | KW_EXTENDS bases { $$ = $bases; } ;
bases: typename { $$ = build_base(parse, (struct base_list){0}, $typename); }
    | bases[list] ',' typename { $$ = build_base(parse, $list, $typename); }
    ;

values: %empty { body_begin(parse); }
    | values attrs enumerator ';' { body_add_member(parse, build_attributes(parse, @attrs, $attrs, $enumerator)); }
    | values attrs reserved ';' { body_add_reserved(parse, $attrs, $reserved); }
    | values error ';' { yyerrok; }
    ;
values_end: values | values error { yyerrok; } ;
enumerator: name '=' value { $$ = build_member(parse, @$, $value, NULL, $name, NULL); } ;

members: %empty { body_begin(parse); }
    | members attrs type name ';'
        { body_add_member(parse, build_attributes(parse, @attrs, $attrs,
                                        build_member(parse, span_between(@type, @name), NULL, $type, $name, NULL))); }
    | members error ';' { yyerrok; }
    ;
members_end: members | members error { yyerrok; } ;

numbered: %empty { body_begin(parse); }
    | numbered attrs member ';' { body_add_member(parse, build_attributes(parse, @attrs, $attrs, $member)); }
    | numbered attrs reserved ';' { body_add_reserved(parse, $attrs, $reserved); }
    | numbered error ';' { yyerrok; }
    ;
numbered_end: numbered | numbered error { yyerrok; } ;
member: INT ':' type name { $$ = build_member(parse, @$, build_number(parse, @INT, $INT, false), $type, $name, NULL); } ;

methods: %empty { body_begin(parse); }
    | methods attrs method ';' { body_add_method(parse, @attrs, $attrs, $method); }
    | methods attrs reserved ';' { body_add_reserved(parse, $attrs, $reserved); }
    | methods error ';' { yyerrok; }
    ;
methods_end: methods | methods error { yyerrok; } ;

method: INT ':' name '(' parameters ')' result raises
        { $$ = build_method(parse, @$, build_number(parse, @INT, $INT, false), $name, $parameters, $result, $raises); }
    | INT ':' KW_ONEWAY name '(' parameters ')'
        { $$ = build_oneway(parse, @$, build_number(parse, @INT, $INT, false), $name, $parameters); }
    ;

result: %empty { $$ = NULL; }
    | ARROW '(' parameters ')' { $$ = $parameters; }
    | ARROW streamed { $$ = $streamed; }
    ;

streamed: KW_STREAM KW_BYTES { $$ = build_stream(parse, @$, STREAM_BYTES, NULL); }
    | KW_STREAM '(' parameters ')' { $$ = build_stream_items(parse, @$, $parameters); }
    ;

raises: %empty { $$ = (struct name){0}; } | '!' typename { $$ = $typename; } ;

parameters: %empty { $$ = build_no_parameters(); }
    | parameter_list { $$ = build_parameters(parse, @$, $parameter_list); }
    ;
parameter_list: parameter { $$ = member_list_add((struct member_list){0}, $parameter); }
    | parameter_list[list] ',' parameter { $$ = member_list_add($list, $parameter); }
    ;
parameter: attrs type name default
        { $$ = build_attributes(parse, @attrs, $attrs,
                                build_member(parse, span_between(@type, @name), NULL, $type, $name, $default)); }
    | attrs streamed { $$ = build_stream_parameter(parse, @streamed, $attrs, $streamed); }
    ;
default: %empty { $$ = NULL; } | '=' value { $$ = $value; } ;

reserved: KW_RESERVED gaps { $$ = $gaps; } ;
gaps: integer { $$ = build_gap(parse, @$, (struct reserved_list){0}, $integer, $integer); }
    | integer[low] DOTDOT integer[high] { $$ = build_gap(parse, @$, (struct reserved_list){0}, $low, $high); }
    | STRING { $$ = build_gap_name(parse, @$, (struct reserved_list){0}, $STRING); }
    | gaps[list] ',' integer { $$ = build_gap(parse, @integer, $list, $integer, $integer); }
    | gaps[list] ',' integer[low] DOTDOT integer[high]
        { $$ = build_gap(parse, span_between(@low, @high), $list, $low, $high); }
    | gaps[list] ',' STRING { $$ = build_gap_name(parse, @STRING, $list, $STRING); }
    ;

attrs: %empty { $$ = (struct attribute_list){0}; }
    | attrs[list] '@' name { $$ = build_attribute(parse, $list, $name, NULL); }
    | attrs[list] '@' name '(' value ')' { $$ = build_attribute(parse, $list, $name, $value); }
    ;

type: core { $$ = $core; } | core '?' { $$ = build_optional(@$, $core); } ;
core: typename { $$ = build_named(parse, $typename); }
    | KW_STRING { $$ = build_type(parse, @$, TYPE_STRING, NULL, NULL); }
    | KW_STRING '<' bound '>' { $$ = build_type(parse, @$, TYPE_STRING, NULL, $bound); }
    | KW_BYTES { $$ = build_type(parse, @$, TYPE_BYTES, NULL, NULL); }
    | KW_BYTES '<' bound '>' { $$ = build_type(parse, @$, TYPE_BYTES, NULL, $bound); }
    | KW_VEC '<' type '>' { $$ = build_type(parse, @$, TYPE_VEC, $type, NULL); }
    | KW_VEC '<' type ',' bound '>' { $$ = build_type(parse, @$, TYPE_VEC, $type, $bound); }
    | KW_ARRAY '<' type ',' bound '>' { $$ = build_type(parse, @$, TYPE_ARRAY, $type, $bound); }
    | KW_PORT { $$ = build_type(parse, @$, TYPE_PORT, NULL, NULL); }
    | KW_PORT '<' typename '>' { $$ = build_port(parse, @$, $typename); }
    ;
bound: INT { $$ = build_number(parse, @$, $INT, false); } | typename { $$ = build_name_value(parse, $typename); } ;

typename: IDENT
    | scope '.' name { $$ = build_scoped(parse, @$, $scope, $name); }
    ;
scope: name | scope[outer] '.' name { $$ = build_scoped(parse, @$, $outer, $name); } ;

value: terms { $$ = build_or(parse, @$, $terms); } ;
terms: term { $$ = value_list_add((struct value_list){0}, $term); }
    | terms[list] '|' term { $$ = value_list_add($list, $term); }
    ;
term: integer { $$ = $integer; }
    | FLOAT { $$ = build_real(parse, @$, $FLOAT, false); }
    | '-' FLOAT { $$ = build_real(parse, @$, $FLOAT, true); }
    | STRING { $$ = build_string(parse, @$, $STRING); }
    | typename { $$ = build_name_value(parse, $typename); }
    ;
integer: INT { $$ = build_number(parse, @$, $INT, false); }
    | '-' INT { $$ = build_number(parse, @$, $INT, true); }
    ;

name: IDENT | KW_ALIAS | KW_ARRAY | KW_BITS | KW_BYTES | KW_CONST | KW_ENUM | KW_ERROR | KW_EXTENDS | KW_IMPORT
    | KW_INTERFACE | KW_NEWTYPE | KW_ONEWAY | KW_PACKAGE | KW_PORT | KW_RESERVED | KW_STREAM | KW_STRICT
    | KW_STRING | KW_STRUCT | KW_TABLE | KW_UNION | KW_VEC
    ;

%%

/* What was found, what would have been right: parse.c makes the sentence. */
static int yyreport_syntax_error(const yypcontext_t *context, void *scanner, struct parse *parse)
{
        enum { EXPECTED_MAX = 64 };
        yysymbol_kind_t kinds[EXPECTED_MAX];
        struct symbol expected[EXPECTED_MAX];
        int count = parse_is_hopeless(parse) ? 0 : yypcontext_expected_tokens(context, kinds, EXPECTED_MAX);
        yysymbol_kind_t found = yypcontext_token(context);

        (void)scanner;
        for (int i = 0; i < count; i++)
                expected[i] = (struct symbol){
                        .name = yysymbol_name(kinds[i]),
                        .keyword = kinds[i] >= YYSYMBOL_KW_ALIAS && kinds[i] <= YYSYMBOL_KW_VEC,
                };
        parse_unexpected(parse, *yypcontext_location(context), found != YYSYMBOL_YYEMPTY ? yysymbol_name(found) : "",
                         expected, count > 0 ? (size_t)count : 0);
        return 0;
}
