/* SPDX-License-Identifier: MIT */
/*
 * Words that can't be names in C or C++: the keywords of C11, C17, C23 and C++20, and object-like macros in small
 * letters that common headers and compilers define (glibc, Linux, gcc's gnu modes). A name among them gets one
 * trailing underscore. In order, for bsearch().
 */
#include "darqidl/reserved.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
        "alignas", "alignof", "and", "and_eq", "asm", "assert", "atomic_cancel", "atomic_commit", "atomic_noexcept",
        "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "char16_t", "char32_t", "char8_t",
        "class", "co_await", "co_return", "co_yield", "compl", "complex", "concept", "const", "const_cast",
        "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double",
        "dynamic_cast", "else", "enum", "errno", "explicit", "export", "extern", "false", "float", "for", "friend",
        "goto", "i386", "if", "imaginary", "inline", "int", "linux", "long", "major", "makedev", "minor", "mutable",
        "namespace", "new", "noexcept", "noreturn", "not", "not_eq", "nullptr", "offsetof", "operator", "or", "or_eq",
        "private", "protected", "public", "register", "reinterpret_cast", "requires", "restrict", "return", "setjmp",
        "short", "signed", "sizeof", "static", "static_assert", "static_cast", "stderr", "stdin", "stdout", "struct",
        "switch", "synchronized", "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid",
        "typename", "typeof", "typeof_unqual", "union", "unix", "unsigned", "using", "va_arg", "va_copy", "va_end",
        "va_start", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
};

static int compare(const void *key, const void *element)
{
        return strcmp(key, *(const char *const *)element);
}

bool reserved_in_c(const char *name)
{
        return bsearch(name, words, sizeof words / sizeof words[0], sizeof words[0], compare) != NULL;
}
