/* SPDX-License-Identifier: MIT */
/*
 * What each code means and how to mend it, for `darqidl explain`. In the order of the codes.
 */
#include "darqidl/codes.h"

#include <stddef.h>

static const struct code_text codes[] = {
        {DI_NOT_TEXT, false, "the file is not text",
         "A .didl file is UTF-8 without NUL bytes, form feeds or other control characters, also "
         "inside comments. Lines\n"
         "end in LF or CR LF. Save the file as UTF-8."},
        {DI_OPEN_COMMENT, false, "a comment has no end",
         "A /* comment needs its */. Comments don't nest."},
        {DI_OPEN_STRING, false, "a string has no end",
         "A string ends on the line that it begins on."},
        {DI_BAD_NUMBER, false, "not a number",
         "Numbers are decimal without leading zeros (12), hexadecimal (0x1f), or floating (1.5, "
         "2e10)."},
        {DI_NUMBER_TOO_LARGE, false, "the number is too large",
         "Integers have up to 64 bits, floats are f64."},
        {DI_BAD_ESCAPE, false, "unknown escape",
         "The escapes are \\\\ \\\" \\n \\t and no others."},
        {DI_BAD_TEXT, false, "unexpected character",
         "Outside of comments and strings only ASCII may stand."},
        {DI_SYNTAX, false, "syntax error", "The text doesn't follow the grammar at this place."},
        {DI_STRAY_DOC, true, "a /// comment documents nothing",
         "A /// comment belongs to the declaration, member, method or parameter that follows it. "
         "Use // for others."},
        {DI_MISPLACED_ATTRIBUTE, false, "an attribute stands where it means nothing",
         "Attributes stand before what they describe: @id on interfaces, @timeout and @idempotent "
         "on methods,\n"
         "@sensitive on members and parameters, @c_prefix on the package, @c_name on declarations, "
         "members and\n"
         "methods, @deprecated on all but the package."},
        {DI_STREAM, false, "a stream in the wrong place",
         "A method has at most one stream each way. Among parameters it stands last; a result is a "
         "list or a stream, not both; a stream carries no stream."},
        {DI_TOO_DEEP, false, "nested too deep", "Types may be nested 32 deep."},
        {DI_LONG_NAME, false, "a name is too long",
         "A name has at most 64 letters; with all that stands before its dots, at most 128."},
        {DI_UNREADABLE, false, "a file can't be read",
         "An import is looked for relative to the file that names it, then in each -I directory, "
         "in order."},
        {DI_IMPORT_CYCLE, false, "files import each other",
         "Imports form no cycle. Move what both need into a third file."},
        {DI_IMPORT_DEPTH, false, "imports are nested too deep", "Imports may be nested 64 deep."},
        {DI_PACKAGE_TWICE, false, "two files declare one package",
         "A package is one file of an import graph, so that a name says where it is declared."},
        {DI_IMPORT_TWICE, true, "a file is imported twice", "One import is enough."},
        {DI_CASING, false, "a name is not in its case",
         "Packages are lower.case, types and interfaces UpperCamel, constants and members of enum, "
         "bits and error\n"
         "UPPER_SNAKE, everything else lower_snake. No underscore stands first, last, or twice in "
         "a row."},
        {DI_REDECLARED, false, "a name is declared twice",
         "Each name is declared once in its scope."},
        {DI_UNKNOWN_NAME, false, "nothing has this name",
         "A name of this package stands alone; one of an import is written with its full package."},
        {DI_WRONG_KIND, false, "the name means something else here",
         "For example a constant where a type should stand, or a struct after '!'."},
        {DI_NOT_IMPORTED, false, "the package is not imported by this file",
         "A file sees what it imports itself, not what its imports import."},
        {DI_C_CLASH, false, "two declarations would have one name in C",
         "Names in C are formed from the package and the words of a name. Rename one, or give it a "
         "name with @c_name."},
        {DI_RESERVED_USED, false, "a reserved number or name is used",
         "What is reserved was used once and must not come back with another meaning. Take a new "
         "one."},
        {DI_RESERVED_TWICE, true, "reserved twice", "One mention is enough."},
        {DI_FILE_NAME, false, "a file's name can't stand in an #include",
         "NAME.darq.c includes NAME.darq.h, as the headers of other files do that import "
         "NAME.didl. A quote, a backslash "
         "or a\n"
         "control character would end that line or change it, and without a name there is none. "
         "Give the file another "
         "one."},
        {DI_RANGE, false, "a number is out of range",
         "Table and union members: 1 to 2^28-1. Methods: 1 to 2^32-1. Members of error: 1 to "
         "2^31-1. Members of enum\n"
         "fit the base and i32; of bits the base."},
        {DI_DUPLICATE_NUMBER, false, "a number is used twice",
         "Each member and each method has a number of its own."},
        {DI_NOT_ONE_BIT, false, "not a single bit",
         "A member of bits is one bit: 0x1, 0x2, 0x4 and so on."},
        {DI_BAD_VALUE, false, "a value doesn't fit its type",
         "The value is of another kind than the type wants."},
        {DI_CONSTANT_CYCLE, false, "constants are defined by each other",
         "A constant's value must come to an end."},
        {DI_BAD_BOUND, false, "not a bound",
         "A bound is an integer from 1 to 2^32-1, or a constant that is one."},
        {DI_BAD_DEFAULT, false, "not a default",
         "Defaults stand on parameters of scalar, string, enum or bits type. A bool's may be false "
         "only: false is what\n"
         "a parameter that is left out reads as."},
        {DI_BACKWARD_RANGE, false, "a range runs backwards",
         "Write the smaller number first: 4..7."},
        {DI_EMPTY, false, "nothing is declared inside",
         "A struct, enum, bits, error or union has at least one member. A table or an interface "
         "may be empty: it may\n"
         "grow."},
        {DI_BAD_BASE, false, "not a base type",
         "enum: u8, u16, u32, i8, i16 or i32. bits: u8, u16, u32 or u64."},
        {DI_BAD_TYPE, false, "a type that can't stand here",
         "newtype: a scalar, string or bytes. const: a scalar, string, enum or bits."},
        {DI_NESTED_VEC, false, "a vec or array directly inside another",
         "Put a struct between: struct Row { vec<f64> cells; }"},
        {DI_MISPLACED_OPTIONAL, false, "'?' in the wrong place",
         "'?' stands directly on a parameter or a struct's member. Table members are optional "
         "anyway."},
        {DI_INFINITE, false, "a type contains itself",
         "Recursion goes through a table, a union, a vec or '?', so that a value can end."},
        {DI_ALIAS_CYCLE, false, "an alias names itself", "An alias must lead to a type."},
        {DI_PORT_IN_STREAM, false, "a port in a stream",
         "Items of a stream carry no ports: there is no message for them."},
        {DI_TOO_LARGE, false, "no message can hold this",
         "A message has less than 4 GiB: so has any value of a struct or array, however short the "
         "texts and vecs in it."},
        {DI_REQUIRED_AFTER_OPTIONAL, false, "a required parameter after an optional one",
         "What callers may leave out stands at the end of the list."},
        {DI_BASE_TWICE, false, "a base is named twice", "Naming it once is enough."},
        {DI_BASE_CYCLE, false, "an interface extends itself",
         "Interfaces extend others, never in a circle."},
        {DI_METHOD_CLASH, false, "one method name from two places",
         "A method that is inherited can't be declared again, nor come from two bases that each "
         "declare it."},
        {DI_ONEWAY_STREAM, false, "a oneway method with a stream",
         "A stream belongs to a call, which a oneway is not."},
        {DI_TOO_MANY, false, "too much of something",
         "An interface has at most 64 bases, direct and indirect. A file and its imports have at "
         "most "
         "20000\n"
         "declarations and 10000 methods, inherited ones counted for each heir. Names stand for at "
         "most 1 MiB of strings."},
        {DI_UNKNOWN_ATTRIBUTE, false, "unknown attribute",
         "The attributes are @id @deprecated @idempotent @timeout @sensitive @c_prefix @c_name."},
        {DI_BAD_ATTRIBUTE, false, "an attribute's value is wrong",
         "@id(0x...), @deprecated(\"use X\"), @timeout(milliseconds), @c_prefix(\"x\"), "
         "@c_name(\"x\"); @idempotent and\n"
         "@sensitive have none."},
        {DI_SAME_ID, false, "two interfaces have one id",
         "An interface's id is made from its full name, or given with @id; it says which interface "
         "a message is for.\n"
         "Give one of them another with @id(0x...)."},
};

const struct code_text *code_find(unsigned int code)
{
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
                if ((unsigned int)codes[i].code == code)
                        return &codes[i];
        return NULL;
}
