# SPDX-License-Identifier: MIT
"""darqidl fmt: its layouts, what it keeps, and when it writes."""
import os
import random
import time
import unittest

from darqidl import CompilerCase, darqidl, good_schemas, schema_of, words

# What stands in a file, and how it is laid out. A package stands before each.
LAYOUTS = {
    "space between tokens": (
        "const i8 A=-  5;const  Flags F=X|  Y ;alias  K=vec < string<8>,4 >  ;",
        "const i8 A = -5;\nconst Flags F = X | Y;\nalias K = vec<string<8>, 4>;\n"),
    "a colon stands off behind a name and not behind a number": (
        "enum E:u8{A=0;}\ntable T{1 :u8 a;}",
        "enum E : u8 { A = 0; }\ntable T { 1: u8 a; }\n"),
    "a question mark and a dot stand close": (
        "struct S { vec<u8> ? a; x . Y b; }",
        "struct S { vec<u8>? a; x.Y b; }\n"),
    "an empty body": (
        "table T {\n\n}\ninterface I { }",
        "table T {}\ninterface I {}\n"),
    "a body on one line stays there": (
        "struct S { u8 a; u8 b; }",
        "struct S { u8 a; u8 b; }\n"),
    "a body on several lines has one for each member": (
        "struct S { u8 a; u8 b;\n}",
        "struct S {\n    u8 a;\n    u8 b;\n}\n"),
    "a body that doesn't fit a line": (
        "struct Sssssssssssssssssssssss { string<100> aaaaaaaaaaaaaaaaaaaaaaaa; string<100> bbbbbbbbbbbbbbbbbbbb; }",
        "struct Sssssssssssssssssssssss {\n    string<100> aaaaaaaaaaaaaaaaaaaaaaaa;\n"
        "    string<100> bbbbbbbbbbbbbbbbbbbb;\n}\n"),
    "a body with a comment has several lines": (
        "struct S { u8 a; /* x */ u8 b; }",
        "struct S {\n    u8 a; /* x */\n    u8 b;\n}\n"),
    "of empty lines one is kept": (
        "const u8 A = 1;\n\n\n\nconst u8 B = 1;\nconst u8 C = 1;",
        "const u8 A = 1;\n\nconst u8 B = 1;\nconst u8 C = 1;\n"),
    "no empty lines at the ends of a body": (
        "struct S {\n\n    u8 a;\n\n    u8 b;\n\n}",
        "struct S {\n    u8 a;\n\n    u8 b;\n}\n"),
    "empty lines around a body of several lines": (
        "const u8 A = 1;\nstruct S {\n    u8 a;\n}\nconst u8 B = 1;",
        "const u8 A = 1;\n\nstruct S {\n    u8 a;\n}\n\nconst u8 B = 1;\n"),
    "the empty line stands before the comment": (
        "const u8 A = 1;\n// s\n/// S\nstruct S {\n    u8 a;\n}\n// b\nconst u8 B = 1;",
        "const u8 A = 1;\n\n// s\n/// S\nstruct S {\n    u8 a;\n}\n\n// b\nconst u8 B = 1;\n"),
    "comments behind lines are aligned": (
        "struct S {\n u8 a; // one\n u16 bc;     // two\n u8 d;\n u8 e; // three\n}",
        "struct S {\n    u8 a;   // one\n    u16 bc; // two\n    u8 d;\n    u8 e; // three\n}\n"),
    "an empty line ends what is aligned": (
        "struct S {\n u8 a; // one\n\n u16 bc; /* two */\n}",
        "struct S {\n    u8 a; // one\n\n    u16 bc; /* two */\n}\n"),
    "comments at the ends of bodies and of the file": (
        "struct S { // begin\n u8 a;\n\n // end\n} // behind\n\n\n// last",
        "struct S { // begin\n    u8 a;\n\n    // end\n} // behind\n\n// last\n"),
    "a comment in an empty body": (
        "table T { /* nothing yet */ }",
        "table T {\n    /* nothing yet */\n}\n"),
    "a comment of several lines": (
        "struct S {\n  /* one\n     * two\n   three   \n */\n  u8 a;\n}",
        "struct S {\n    /* one\n     * two\n   three\n     */\n    u8 a;\n}\n"),
    "a comment before a token stays on its line": (
        "struct S {\n/* x */ u8 /* y */ a /* z */;\n}",
        "struct S {\n    /* x */ u8 /* y */ a /* z */;\n}\n"),
    "a line comment within a statement": (
        "const u8 A // x\n = 5;",
        "const u8 A // x\n        = 5;\n"),
    "four slashes are a plain comment": (
        "//// x\nconst u8 A = 1;\n////",
        "//// x\nconst u8 A = 1;\n////\n"),
    "spaces at the ends of lines": (
        "/// x \t\nconst u8 A = 1; // y  \n",
        "/// x\nconst u8 A = 1; // y\n"),
    "CR LF becomes LF": (
        "struct S {\r\n  /* a\r\n  b */\r\n  u8 a; // x\r\n}\r\n",
        "struct S {\n    /* a\n  b */\n    u8 a; // x\n}\n"),
    "attributes above declarations and methods, before members": (
        "@id(0x12) @deprecated(\"x\") interface I {\n @timeout(5) 1: a(@sensitive u8 b);\n}\n"
        "struct S {\n @sensitive\n u8 a;\n}",
        "@id(0x12) @deprecated(\"x\")\ninterface I {\n    @timeout(5)\n    1: a(@sensitive u8 b);\n}\n\n"
        "struct S {\n    @sensitive u8 a;\n}\n"),
    "attributes in a body on one line": (
        "interface I { @timeout(5) 1: a(); }",
        "interface I { @timeout(5) 1: a(); }\n"),
    "a comment between attributes": (
        "@id(1) // x\n@deprecated(\"y\") interface I {}",
        "@id(1) // x\n@deprecated(\"y\")\ninterface I {}\n"),
    "methods": (
        "interface I{1:a(u8 b,u8 c=1)->(u8 d)!E;2:oneway b();3:c(stream bytes)->stream(u8 a);4:stream(stream(u8 a));}",
        "interface I {\n    1: a(u8 b, u8 c = 1) -> (u8 d) ! E;\n    2: oneway b();\n"
        "    3: c(stream bytes) -> stream (u8 a);\n    4: stream(stream (u8 a));\n}\n"),
    "a list that doesn't fit has a line for each parameter": (
        "interface I {\n 1: aaaaaaaaaaaaaaaaaaaaaaaaa(u8 bbbbbbbbbbbbbbbbbbbbbbbbbbbbb, u8 cccccccccccccccccccccccc) -> (u8 d);\n}",
        "interface I {\n    1: aaaaaaaaaaaaaaaaaaaaaaaaa(u8 bbbbbbbbbbbbbbbbbbbbbbbbbbbbb, u8 cccccccccccccccccccccccc) -> (\n"
        "        u8 d\n    );\n}\n"),
    "both lists": (
        "interface I {\n 1: aaaaaaaaaaaaaaaaaaaaaaaaa(u8 bbbbbbbbbbbbbbbbbbbbbbbbbbbbb, u8 ccccccccccccccccccccccccccccccccccccccc)"
        " -> (u8 ddddddddddddddddddddddddddddddddddd, u8 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee, u8 ffffffffffffffffffff) ! Ee;\n}",
        "interface I {\n    1: aaaaaaaaaaaaaaaaaaaaaaaaa(\n        u8 bbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n"
        "        u8 ccccccccccccccccccccccccccccccccccccccc\n    ) -> (\n        u8 ddddddddddddddddddddddddddddddddddd,\n"
        "        u8 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee,\n        u8 ffffffffffffffffffff\n    ) ! Ee;\n}\n"),
    "a list of docs": (
        "interface I {\n 1: a(/// B\n u8 b, // b\n u8 c\n // end\n) -> (u8 d);\n}",
        "interface I {\n    1: a(\n        /// B\n        u8 b, // b\n        u8 c\n        // end\n    ) -> (u8 d);\n}\n"),
    "docs never stand behind anything": (
        "struct S { /// A\n u8 a; /// B\n u8 b;\n}",
        "struct S {\n    /// A\n    u8 a;\n    /// B\n    u8 b;\n}\n"),
    "a list on several lines that fits one": (
        "interface I {\n 1: a(\n  u8 b,\n  u8 c\n ) -> (u8 d);\n}",
        "interface I {\n    1: a(u8 b, u8 c) -> (u8 d);\n}\n"),
    "a long default": (
        "interface I {\n 1: a(F f = " + " | ".join("ABCDEFGHIJKLM_%d" % i for i in range(8)) + ");\n}",
        "interface I {\n    1: a(\n        F f = " + " | ".join("ABCDEFGHIJKLM_%d" % i for i in range(4)) +
        "\n                | " + " | ".join("ABCDEFGHIJKLM_%d" % i for i in range(4, 8)) + "\n    );\n}\n"),
    "a long reserved": (
        "table T {\n reserved " + ",".join("%d" % (1000000 + i) for i in range(20)) + ";\n}",
        "table T {\n    reserved " + ", ".join("%d" % (1000000 + i) for i in range(9)) + ",\n            " +
        ", ".join("%d" % (1000000 + i) for i in range(9, 18)) + ",\n            1000018, 1000019;\n}\n"),
    "characters are counted, not bytes": (
        "const string S = \"" + "\u00e9" * 80 + "\"; // x\nstruct S { string<10> a; } // \u00e9",
        "const string S = \"" + "\u00e9" * 80 + "\"; // x\nstruct S { string<10> a; }" + " " * 74 + " // \u00e9\n"),
}


def shuffled(text, chance):
    """The same tokens and comments, with others between, on other lines."""
    pieces = []
    for word in words(text):
        roll = chance.random()
        if roll < 0.04:
            pieces.append(chance.choice((b"// drawn\n", b"/// drawn\n", b"//// drawn\n")))
        elif roll < 0.08:
            pieces.append(chance.choice((b"/* drawn */", b"/* drawn\n   * and\n  more */", b"/**/")))
        pieces.append(word + (b"\n" if word.startswith(b"//") else b""))
        pieces.append(chance.choice((b" ", b" ", b" ", b"\n", b"\n\n", b"\n\n\n", b"\t", b"\r\n")))
    return b"".join(pieces)


class Layout(CompilerCase):
    def formatted(self, text):
        status, laid_out, said = darqidl("fmt", "-", data=text)
        self.assertEqual((status, said), (0, b""), said.decode(errors="replace"))
        return laid_out

    def test_each_layout_of_the_table(self):
        for name, (text, expected) in LAYOUTS.items():
            with self.subTest(name):
                self.assertEqual(self.formatted(b"package p;\n\n" + text.encode()).decode(), "package p;\n\n" + expected)

    def test_the_layout_of_a_layout_is_the_same(self):
        for name, (_, expected) in LAYOUTS.items():
            with self.subTest(name):
                text = b"package p;\n\n" + expected.encode()
                self.assertEqual(self.formatted(text), text)

    def test_head_of_a_file(self):
        text = b"\xef\xbb\xbf\n\n// licence\n\n/// Doc.\npackage a . b;import \"x\";\n\nimport \"y\"; // why\nconst u8 A = 1;"
        self.assertEqual(self.formatted(text), b"// licence\n\n/// Doc.\npackage a.b;\n\nimport \"x\";\n\nimport \"y\"; // why\n\n"
                                               b"const u8 A = 1;\n")


class Kept(CompilerCase):
    def test_the_schemas_of_the_repository_mean_the_same_and_keep_their_comments(self):
        for path in good_schemas():
            with self.subTest(path.name):
                status, text, said = darqidl("fmt", "-", data=path.read_bytes())
                self.assertEqual((status, said), (0, b""))
                self.assertEqual(words(text), words(path.read_bytes()))
                again = self.directory / "again" / path.name
                again.parent.mkdir(exist_ok=True)
                again.write_bytes(text)
                self.assertEqual(darqidl("fmt", "-", data=text)[1], text)
                self.assertEqual(schema_of(again, self.directory, path.parent), schema_of(path, self.directory))

    def test_shuffled_schemas_keep_all_their_words(self):
        seed = int(os.environ.get("SEED", "0"), 0) or int(time.time())
        print("SEED=%d" % seed)
        chance = random.Random(seed)
        corpus = [path.read_bytes() for path in good_schemas()]
        texts = [shuffled(chance.choice(corpus), chance) for _ in range(400)]
        paths = [self.write("s%d.didl" % i, text) for i, text in enumerate(texts)]
        status, _, said = darqidl("fmt", *paths)
        self.assertEqual((status, said), (0, b""), said.decode(errors="replace")[:2000])
        laid_out = [path.read_bytes() for path in paths]
        for text, now in zip(texts, laid_out):
            self.assertEqual(words(now), words(text))
        self.assertEqual(darqidl("fmt", "--check", *paths)[:2], (0, b""))
        for now in laid_out:
            self.assertFalse([line for line in now.split(b"\n") if line != line.rstrip()])
            self.assertNotIn(b"\n\n\n", now)


class Command(CompilerCase):
    ODD = "package p;const u8 A=1;"
    EVEN = "package p;\n\nconst u8 A = 1;\n"

    def test_a_file_that_changes_is_written_and_keeps_its_mode(self):
        path = self.write("a.didl", self.ODD)
        path.chmod(0o640)
        self.assertEqual(darqidl("fmt", path), (0, b"", b""))
        self.assertEqual(path.read_text(), self.EVEN)
        self.assertEqual(path.stat().st_mode & 0o777, 0o640)
        self.assertEqual(os.listdir(self.directory), ["a.didl"])

    def test_a_file_that_does_not_change_is_left_alone(self):
        path = self.write("a.didl", self.EVEN)
        before = path.stat()
        self.assertEqual(darqidl("fmt", path), (0, b"", b""))
        self.assertEqual((path.stat().st_mtime_ns, path.stat().st_ino), (before.st_mtime_ns, before.st_ino))

    def test_a_link_stays_one(self):
        path = self.write("a.didl", self.ODD)
        link = self.directory / "link.didl"
        link.symlink_to(path)
        self.assertEqual(darqidl("fmt", link)[0], 0)
        self.assertTrue(link.is_symlink())
        self.assertEqual(path.read_text(), self.EVEN)

    def test_check_names_what_would_change_and_writes_nothing(self):
        odd, even = self.write("odd.didl", self.ODD), self.write("even.didl", self.EVEN)
        self.assertEqual(darqidl("fmt", "--check", odd, even), (1, b"%s\n" % bytes(odd), b""))
        self.assertEqual(odd.read_text(), self.ODD)
        self.assertEqual(darqidl("fmt", "--check", even), (0, b"", b""))

    def test_standard_input(self):
        self.assertEqual(darqidl("fmt", "-", data=self.ODD.encode()), (0, self.EVEN.encode(), b""))
        self.assertEqual(darqidl("fmt", "--check", "-", data=self.ODD.encode()), (1, b"<stdin>\n", b""))
        self.assertEqual(darqidl("fmt", "--check", "-", data=self.EVEN.encode()), (0, b"", b""))

    def test_standard_input_of_more_than_a_buffer(self):
        text = b"package p;\n\n" + b"// and so on\n" * 40000 + b"const u8 A = 1;\n"
        self.assertEqual(darqidl("fmt", "-", data=text), (0, text, b""))

    def test_a_file_with_errors_is_refused_and_left_alone(self):
        for text in ("package p;const u8 A=;", "package p;\n/* ", "package p; const u8 A = 07;", "package p;\x00", ""):
            with self.subTest(text):
                path = self.write("a.didl", text)
                status, said, errors = darqidl("fmt", path)
                self.assertEqual((status, said), (1, b""))
                self.assertIn(b"%s:" % bytes(path), errors)
                self.assertIn(b": error: ", errors)
                self.assertEqual(path.read_text(), text)

    def test_the_others_are_laid_out_beside_one_with_errors(self):
        bad, odd = self.write("bad.didl", "package"), self.write("odd.didl", self.ODD)
        self.assertEqual(darqidl("fmt", bad, odd)[0], 1)
        self.assertEqual(odd.read_text(), self.EVEN)

    def test_imports_need_not_be_there(self):
        path = self.write("a.didl", "package p; import \"nowhere.didl\"; struct S { x.Y y; }")
        self.assertEqual(darqidl("fmt", path), (0, b"", b""))

    def test_warnings_are_not_its_business(self):
        path = self.write("a.didl", "package p;\n\n/// documents nothing\n")
        self.assertEqual(darqidl("fmt", path), (0, b"", b""))

    def test_files_that_cannot_be_read(self):
        for path in (self.directory / "none.didl", self.directory):
            status, said, errors = darqidl("fmt", path)
            self.assertEqual((status, said), (1, b""))
            self.assertIn(bytes(path), errors)

    def test_a_file_that_cannot_be_written(self):
        path = self.write("a" * 245 + ".didl", self.ODD)  # no room for what the temporary one's name has more
        status, _, errors = darqidl("fmt", path)
        self.assertEqual(status, 1)
        self.assertIn(b"File name too long", errors)
        self.assertEqual(path.read_text(), self.ODD)

    def test_wrong_usage(self):
        for arguments in ([], ["--check"], ["--nonsense", "a.didl"]):
            with self.subTest(arguments):
                self.assertEqual(darqidl("fmt", *arguments)[0], 1)


if __name__ == "__main__":
    unittest.main()
