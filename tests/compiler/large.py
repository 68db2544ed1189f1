# SPDX-License-Identifier: MIT
"""Schemas of about a mebibyte, each large in one way. A sanitized compiler, which is slower, gets a sixteenth."""
import os

SIZE = 1 << (16 if os.environ.get("SANITIZE") else 20)


def repeated(piece, head="", tail="", size=SIZE):
    """head, then piece(0), piece(1) and so on up to the size, then tail."""
    parts = [head]
    left = size - len(head) - len(tail)
    number = 0
    while left > 0:
        part = piece(number)
        parts.append(part)
        left -= len(part)
        number += 1
    return "".join(parts) + tail


def body(head, piece, tail="}\n", package="package p;\n"):
    return repeated(piece, package + head, tail)


def long_name(number, size=64):
    """A type's name of its own, of so many letters."""
    return "A%s" % ("%d" % number).rjust(size - 1, "a")


def long_member(number, size=64):
    """The same in small letters."""
    return long_name(number, size).lower()


TEXTS = {
    "nothing but spaces": lambda: repeated(lambda i: " ", "package p;"),
    "nothing but empty lines": lambda: repeated(lambda i: "\n", "package p;"),
    "nothing but NUL bytes": lambda: "\0" * SIZE,
    "one comment": lambda: repeated(lambda i: "x", "package p; /*", "*/"),
    "one comment of stars": lambda: repeated(lambda i: "*", "package p; /*", "/"),
    "one comment without an end": lambda: repeated(lambda i: "* ", "package p; /*"),
    "one comment of many lines": lambda: repeated(lambda i: " * x\n", "package p; /*", "*/"),
    "comments without an end in doubt": lambda: repeated(lambda i: "/*/", "package p; "),
    "small comments on one line": lambda: repeated(lambda i: "/**/", "package p;", " struct S { u8 a; }"),
    "small comments within a statement": lambda: repeated(lambda i: "/**/", "package p; const u8 A = ", "5;"),
    "line comments within a list": lambda: repeated(lambda i: "//\n", "package p; interface I { 1: a(", "); }"),
    "comments behind members": lambda: body("struct S {\n", lambda i: "u8 a%d; // x\n" % i),
    "one doc": lambda: repeated(lambda i: "x", "package p;\n/// ", "\nstruct S { u8 a; }"),
    "one doc of many lines": lambda: repeated(lambda i: "/// x\n", "package p;\n", "struct S { u8 a; }"),
    "docs of nothing": lambda: repeated(lambda i: "/// x\n", "package p;\n"),
    "docs of members": lambda: body("struct S {\n", lambda i: "/// x\nu8 a%d;\n" % i),
    "one string": lambda: repeated(lambda i: "x", "package p; const string S = \"", "\";"),
    "one string of escapes": lambda: repeated(lambda i: "\\n", "package p; const string S = \"", "\";"),
    "one string of wrong escapes": lambda: repeated(lambda i: "\\x", "package p; const string S = \"", "\";"),
    "one string without an end": lambda: repeated(lambda i: "x", "package p; const string S = \""),
    "strings without an end": lambda: repeated(lambda i: "const string S%d = \"\n" % i, "package p;\n"),
    "one name": lambda: repeated(lambda i: "a", "package p; struct A", "{ u8 a; }"),
    "one name of capitals": lambda: repeated(lambda i: "A", "package p; struct ", " { u8 a; }"),
    "one name of underscores": lambda: repeated(lambda i: "_", "package p; struct S { u8 a", "; }"),
    "one package of many words": lambda: repeated(lambda i: ".a", "package p", ";struct S { u8 a; }"),
    "one name that is unknown": lambda: repeated(lambda i: "a", "package p; struct S { A", " a; }"),
    "one scoped name": lambda: repeated(lambda i: "a.", "package p; struct S { ", "A a; }"),
    "names that are too long": lambda: body("", lambda i: "struct %s { u8 a; }\n" % long_name(i, 1000), tail=""),
    "long names": lambda: body("", lambda i: "struct %s { u8 %s; }\n" % (long_name(i), long_member(i)), tail="",
                               package="package %s;\n" % long_member(0)),
    "long names that are unknown": lambda: body("", lambda i: "struct S%d { %s a; }\n" % (i, long_name(i)), tail=""),
    "a long package and short names": lambda: body("", lambda i: "struct S%d{u8 a;}\n" % i, tail="",
                                                   package="package %s;\n" % (".".join(["a" * 63] * 2))),
    "a package that is too long and short names": lambda: repeated(
        lambda i: "struct S%d{u8 a;}\n" % i, "package %s;\n" % ("a" * (SIZE // 2))),
    "an enum with a long name": lambda: body("enum %s : u32 {" % long_name(0), lambda i: "A%d=%d;" % (i, i)),
    "a struct with a long name": lambda: body("struct %s {" % long_name(0), lambda i: "string a%d;" % i),
    "a table with a long name": lambda: body("table %s {" % long_name(0), lambda i: "%d:string a%d;" % (i + 1, i)),
    "a union with a long name": lambda: body("union %s {" % long_name(0), lambda i: "%d:string a%d;" % (i + 1, i)),
    "one number": lambda: repeated(lambda i: "1", "package p; const u64 A = ", ";"),
    "one float": lambda: repeated(lambda i: "1", "package p; const f64 A = 0.", ";"),
    "one letter for a number": lambda: repeated(lambda i: "1a", "package p; const u64 A = ", ";"),
    "nested vecs": lambda: repeated(lambda i: "vec<", "package p; struct S { ", "> a; }"),
    "nested vecs that close": lambda: "package p; struct S { %su8%s a; }" % ("vec<" * 200000, ">" * 200000),
    "braces": lambda: repeated(lambda i: "{", "package p; "),
    "braces that close": lambda: "package p; %s%s" % ("{" * 500000, "}" * 500000),
    "parentheses": lambda: repeated(lambda i: "(", "package p; interface I { 1: a", "; }"),
    "nested streams": lambda: repeated(lambda i: "stream (", "package p; interface I { 1: a(", "; }"),
    "punctuation": lambda: repeated(lambda i: ";:=|?!@-.,<>"[i % 12], "package p; "),
    "unexpected characters": lambda: repeated(lambda i: "$ ", "package p; "),
    "syntax errors": lambda: repeated(lambda i: "x;", "package p; "),
    "syntax errors in members": lambda: body("struct S {", lambda i: "u8;"),
    "minus signs": lambda: repeated(lambda i: "-", "package p; const i8 A = ", "5;"),
    "keywords": lambda: repeated(lambda i: "struct ", "package p; "),
    "members": lambda: body("struct S {\n", lambda i: "u8 a%d;\n" % i),
    "members of one name": lambda: body("struct S {\n", lambda i: "u8 a;\n"),
    "members of unknown types": lambda: body("struct S {\n", lambda i: "Tt%d a%d;\n" % (i, i)),
    "members in the wrong case": lambda: body("struct S {\n", lambda i: "u8 Aa%d;\n" % i),
    "members of optional strings": lambda: body("struct S {\n", lambda i: "string? a%d;\n" % i),
    "table members": lambda: body("table T {\n", lambda i: "%d: u8 a%d;\n" % (i + 1, i)),
    "table members backwards": lambda: body("table T {\n", lambda i: "%d: u8 a%d;\n" % (100000000 - i, i)),
    "table members of one number": lambda: body("table T {\n", lambda i: "1: u8 a%d;\n" % i),
    "union members": lambda: body("union U {\n", lambda i: "%d: u8 a%d;\n" % (i + 1, i)),
    "union members of vecs": lambda: body("union U {\n", lambda i: "%d: vec<u32> a%d;\n" % (i + 1, i)),
    "enumerators": lambda: body("enum E : u32 {\n", lambda i: "A%d = %d;\n" % (i, i)),
    "enumerators of one value": lambda: body("enum E : u32 {\n", lambda i: "A%d = 1;\n" % i),
    "enumerators out of range": lambda: body("enum E : u8 {\n", lambda i: "A%d = %d;\n" % (i, i + 256)),
    "bits": lambda: body("bits B : u8 {\n", lambda i: "A%d = 1;\n" % i),
    "errors": lambda: body("error E {\n", lambda i: "A%d = %d;\n" % (i, i + 1)),
    "reserved numbers": lambda: body("table T { reserved 1", lambda i: ",%d" % (i + 2), "; }"),
    "reserved numbers that are used": lambda: body("table T { 1: u8 a; reserved 1", lambda i: ",1", "; }"),
    "reserved ranges": lambda: body("table T { reserved 1", lambda i: ",%d..%d" % (3 * i + 2, 3 * i + 3), "; }"),
    "reserved ranges that overlap": lambda: body("table T { reserved 1", lambda i: ",1..%d" % (i + 2), "; }"),
    "reserved names": lambda: body("table T { reserved 1", lambda i: ",\"a%d\"" % i, "; }"),
    "reserved lines": lambda: body("table T {", lambda i: "reserved %d;\n" % (i + 1)),
    "as many structs as there may be": lambda: body(
        "", lambda i: "struct S%d { u8 a; }\n" % i if i < 20000 else "\n", tail=""),
    "as many interfaces as there may be": lambda: body(
        "", lambda i: "interface I%d {}\n" % i if i < 20000 else "\n", tail=""),
    "structs": lambda: body("", lambda i: "struct S%d { u8 a; }\n" % i, tail=""),
    "structs of one name": lambda: body("", lambda i: "struct S { u8 a; }\n", tail=""),
    "structs of one name in C": lambda: body("", lambda i: "struct S%s { u8 a; }\n" % ("aB" if i else "A_b"), tail=""),
    "structs within structs": lambda: body("", lambda i: "struct S%d { %s a; }\n" % (i, "S%d" % (i - 1) if i % 32 else "u8")
                                           if i < 20000 else "\n", tail=""),
    "structs within structs, twice each": lambda: body(
        "", lambda i: "struct S%d { %s a; %s b; }\n" % (i, *["S%d" % (i - 1) if i % 32 else "u8"] * 2)
        if i < 20000 else "\n", tail=""),
    "structs within structs without an end": lambda: body("struct S0 { u8 a; }\n",
                                                          lambda i: "struct S%d { S%d a; }\n" % (i + 1, i), tail=""),
    "structs within later structs": lambda: "package p;\n%sstruct S19999 { u8 a; }\n" % "".join(
        "struct S%d { S%d? a; }\n" % (i, i + 1) for i in range(19999)),
    "structs that contain themselves": lambda: body("", lambda i: "struct S%d { S%d a; S0 b; }\n" % (i, i + 1), tail=""),
    "structs with ports within": lambda: body("", lambda i: "struct S%d { %s a; }\n" % (
        i, "S%d" % (i - 1) if i % 32 else "port") if i < 20000 else "\n", tail=""),
    "arrays within arrays of structs": lambda: body("", lambda i: "struct S%d { array<%s, 65535> a; }\n" % (
        i, "S%d" % (i - 1) if i % 32 else "u8") if i < 20000 else "\n", tail=""),
    "tables within later tables": lambda: "package p;\n%stable T19999 {}\n" % "".join(
        "table T%d { 1: T%d a; }\n" % (i, i + 1) for i in range(19999)),
    "tables with themselves": lambda: body("", lambda i: "table T%d{1:T%d a;}\n" % (i, i), tail=""),
    "empty tables": lambda: body("", lambda i: "table T%d{}\n" % i, tail=""),
    "newtypes": lambda: body("", lambda i: "newtype N%d = u64;\n" % i, tail=""),
    "newtypes of newtypes": lambda: body("", lambda i: "newtype N%d = N%d;\n" % (i, i + 1), tail=""),
    "aliases": lambda: body("", lambda i: "alias A%d = u64;\n" % i, tail=""),
    "a chain of aliases": lambda: body("alias A0 = u8;\n", lambda i: "alias A%d = A%d;\n" % (i + 1, i), tail=""),
    "a chain of aliases backwards": lambda: body("", lambda i: "alias A%d = A%d;\n" % (i, i + 1), tail=""),
    "a circle of aliases": lambda: "package p;\n%salias A19999 = A0;\n" % "".join(
        "alias A%d = A%d;\n" % (i, i + 1) for i in range(19999)),
    "a chain of constants": lambda: body("const u8 A0 = 1;\n",
                                         lambda i: "const u8 A%d = A%d;\n" % (i + 1, i), tail=""),
    "a chain of constants backwards": lambda: body("", lambda i: "const u8 A%d = A%d;\n" % (i, i + 1), tail=""),
    "a tree of constants": lambda: body(
        "bits B : u8 { X = 1; }\nconst B A0 = X;\n", lambda i: "const B A%d = A%d | A%d;\n" % (i + 1, i, i), tail=""),
    "long constants": lambda: body("const string S = \"%s\";\n" % ("x" * 300000),
                                   lambda i: "const string S%d = S;\n" % i, tail=""),
    "strings by name": lambda: body("const string S = \"%s\";\n" % ("x" * 50),
                                    lambda i: "const string S%d = S;\n" % i if i < 19000 else "\n", tail=""),
    "defaults by name": lambda: body("const string S = \"%s\";\ninterface I { 1: a(u8 a" % ("x" * 18),
                                     lambda i: ", string a%d = S" % i, "); }"),
    "more defaults by name than there may be": lambda: body(
        "const string S = \"%s\";\ninterface I { 1: a(u8 a" % ("x" * 300), lambda i: ", string a%d = S" % i, "); }"),
    "bits combined": lambda: body("bits B : u8 { X = 1; }\nconst B A = X", lambda i: "|X", ";"),
    "bits combined of unknown names": lambda: body("bits B : u8 { X = 1; }\nconst B A = X", lambda i: "|Y%d" % i, ";"),
    "methods": lambda: body("interface I {\n", lambda i: "%d: a%d();\n" % (i + 1, i)),
    "as many methods as there may be": lambda: body(
        "error E { A = 1; }\ninterface I {\n",
        lambda i: "%d: %s(u8 a, string? b) -> (u8 c) ! E;\n" % (i + 1, long_member(i)) if i < 10000 else " " * 100),
    "as many methods with streams as there may be": lambda: body(
        "error E { A = 1; }\ninterface %s {\n" % long_name(0),
        lambda i: "%d: a%d(stream (u8 a)) -> stream (u8 c) ! E;\n" % (i + 1, i) if i < 10000 else " " * 100),
    "as much inherited as there may be": lambda: body(
        "interface A {\n%s}\n" % "".join("%d: %s();\n" % (i + 1, long_member(i)) for i in range(100)),
        lambda i: "interface I%d extends A {}\n" % i if i < 98 else "\n", tail=""),
    "empty interfaces": lambda: body("", lambda i: "interface I%d{}\n" % i, tail=""),
    "heirs of an empty interface": lambda: body("interface A {}", lambda i: "interface I%d extends A{}\n" % i, tail=""),
    "methods with results": lambda: body("interface I {\n", lambda i: "%d: a%d(u8 a) -> (u8 b);\n" % (i + 1, i)),
    "methods with streams": lambda: body("interface I {\n", lambda i: "%d: a%d() -> stream (u8 b);\n" % (i + 1, i)),
    "methods of one name": lambda: body("interface I {\n", lambda i: "%d: a();\n" % (i + 1)),
    "parameters": lambda: body("interface I { 1: a(u8 a", lambda i: ", u8 a%d" % i, "); }"),
    "parameters with defaults": lambda: body("interface I { 1: a(u8 a = 1", lambda i: ", u8 a%d = 1" % i, "); }"),
    "results": lambda: body("interface I { 1: a() -> (u8 a", lambda i: ", u8 a%d" % i, "); }"),
    "interfaces": lambda: body("", lambda i: "interface I%d { 1: a(); }\n" % i, tail=""),
    "interfaces of one id": lambda: body("", lambda i: "@id(1) interface I%d {}\n" % i, tail=""),
    "a chain of interfaces": lambda: body("interface I0 { 1: a(); }\n",
                                          lambda i: "interface I%d extends I%d {}\n" % (i + 1, i), tail=""),
    "a chain of interfaces backwards": lambda: body("", lambda i: "interface I%d extends I%d {}\n" % (i, i + 1), tail=""),
    "a circle of interfaces": lambda: body("", lambda i: "interface I%d extends I%d, I0 {}\n" % (i, i + 1), tail=""),
    "many bases": lambda: body("interface A { 1: a(); }\ninterface I extends A", lambda i: ", A", " {}\n"),
    "many bases of one": lambda: "package p;\n" + "".join("interface I%d {}\n" % i for i in range(15000)) +
                                 "interface I extends " + ", ".join("I%d" % i for i in range(15000)) + " {}\n",
    "much inherited": lambda: body("interface A {\n%s}\n" % "".join("%d: a%d();\n" % (i + 1, i) for i in range(2000)),
                                   lambda i: "interface I%d extends A {}\n" % i, tail=""),
    "attributes": lambda: body("", lambda i: "@deprecated(\"x\") ", "struct S { u8 a; }"),
    "unknown attributes": lambda: body("", lambda i: "@tmeout%d(5) " % i, "struct S { u8 a; }"),
    "attributes of members": lambda: body("struct S {\n", lambda i: "@sensitive u8 a%d;\n" % i),
    "long attributes": lambda: body("interface I {\n@deprecated(\"%s\") 1: a();\n" % ("x" * 500000),
                                    lambda i: "%d: a%d();\n" % (i + 2, i)),
    "imports that aren't there": lambda: repeated(lambda i: "import \"nowhere%d.didl\";\n" % i, "package p;\n"),
    "one import many times": lambda: repeated(lambda i: "import \"other.didl\";\n", "package p;\n"),
    "one import with a long name": lambda: repeated(lambda i: "x", "package p;\nimport \"", "\";\n"),
}
