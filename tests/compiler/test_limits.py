# SPDX-License-Identifier: MIT
"""Input of any kind and size compiles or is refused, and in time; every limit of the compiler is told as what it is."""
import os
import re
import resource
import tempfile

import large
from darqidl import CompilerCase, darqidl

# Seconds of processor time; the specification says one. A sanitized build on a busy machine takes its time.
BOUND = 30 if os.environ.get("SANITIZE") else 4
ERROR = re.compile(rb"^([^:\n]*):(\d+):(\d+): error: (.*) \[(DI\d+)\]$", re.M)


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Large(CompilerCase):
    def setUp(self):
        super().setUp()
        self.write("other.didl", "package other;\n\nconst u8 A = 1;\n")

    def run_timed(self, name, *arguments):
        before = children_seconds()
        status, _, said = darqidl(*arguments, self.directory / "l.didl", seconds=300)
        self.assertIn(status, (0, 1), said[-2000:])
        self.assertLess(children_seconds() - before, BOUND, (name, arguments))
        self.assertEqual(status, int(b": error: " in said), said[-2000:])
        return status

    def test_a_mebibyte_of_any_kind_compiles_or_is_refused_in_time(self):
        for name, text in large.TEXTS.items():
            with self.subTest(name):
                self.write("l.didl", text())
                with tempfile.TemporaryDirectory() as output:
                    status = self.run_timed(name, "-o", output)
                    self.assertEqual(sorted(os.listdir(output)), [] if status else ["l.darq.c", "l.darq.h"])

    def test_a_mebibyte_of_any_kind_is_laid_out_or_refused_in_time(self):
        for name, text in large.TEXTS.items():
            with self.subTest(name):
                before = self.write("l.didl", text()).read_bytes()
                if self.run_timed(name, "fmt"):
                    self.assertEqual((self.directory / "l.didl").read_bytes(), before)


class Limits(CompilerCase):
    def errors(self, text, *arguments):
        """(line, column, text, code) of each error."""
        path = text if not isinstance(text, str) else self.write("l.didl", text)
        with tempfile.TemporaryDirectory() as output:
            status, _, said = darqidl("-o", output, *arguments, path)
            written = os.listdir(output)
        found = [(int(line), int(column), what.decode(), code.decode())
                 for _, line, column, what, code in ERROR.findall(said)]
        self.assertEqual(status, int(bool(found)), said)
        self.assertEqual(len(written), 0 if found else 2)
        return found

    def test_a_name_of_64_letters(self):
        text = "package p;\nstruct %s { u8 a; }\n"
        self.assertEqual(self.errors(text % ("A" + "a" * 64)), [(2, 8, "this name has more than 64 letters", "DI0013")])
        self.assertEqual(self.errors(text % ("A" + "a" * 63)), [])

    def test_a_package_of_128_letters(self):
        text = "package %s;\nstruct S { u8 a; }\n"
        words = ".".join(["a" * 63] * 2)
        self.assertEqual(self.errors(text % (words + ".a")), [(1, 9, "this name has more than 128 letters", "DI0013")])
        self.assertEqual(self.errors(text % (words + "a")), [])

    def test_a_name_in_c_of_64_letters(self):
        text = "package p;\n@c_name(\"%s\") struct S { u8 a; }\n"
        self.assertEqual([error[::3] for error in self.errors(text % ("a" * 65))], [(2, "DI0111")])
        self.assertEqual(self.errors(text % ("a" * 64)), [])

    def test_structs_nested_32_deep_in_any_order(self):
        def text(depth, order):
            return "package p;\n" + "".join(order("struct S%d { %s a; }\n" % (i, "S%d" % (i + 1) if i < depth - 1 else "u8")
                                                  for i in range(depth)))

        forwards, backwards = list, lambda lines: list(lines)[::-1]
        self.assertEqual(self.errors(text(32, forwards)), [])
        self.assertEqual(self.errors(text(32, backwards)), [])
        self.assertEqual(self.errors(text(33, forwards)), [(34, 8, "structs are nested more than 32 deep here", "DI0012")])
        self.assertEqual(self.errors(text(33, backwards)), [(34, 8, "structs are nested more than 32 deep here", "DI0012")])

    def test_structs_of_more_members_than_could_be_counted(self):
        def text(members):
            return "package p;\nstruct S0 { u8 a; }\n" + "".join("struct S%d { %s }\n" % (
                i, " ".join("S%d m%d;" % (i - 1, j) for j in range(members))) for i in range(1, 32))

        self.assertEqual(self.errors(text(2)), [])
        self.assertEqual(self.errors(text(30))[0], (9, 8, "no message can hold a 'S7'", "DI0078"))

    def test_a_struct_fills_a_message_at_most(self):
        text = "package p;\nstruct A { array<u8, 2147483648> a; }\nstruct B { A a; array<u8, %d> b; }\n"
        self.assertEqual(self.errors(text % 2147483647), [])
        self.assertEqual(self.errors(text % 2147483648), [(3, 8, "no message can hold a 'B'", "DI0078")])

    def test_structs_nested_through_what_may_be_absent(self):
        self.assertEqual(self.errors("package p;\nstruct S0 { u8 a; }\n" + "".join(
            "struct S%d { S%d? a; }\n" % (i + 1, i) for i in range(500))), [])

    def test_types_nested_beyond_the_parser(self):
        found = self.errors("package p;\nstruct S { %su8%s a; }\n" % ("vec<" * 20000, ">" * 20000))
        self.assertEqual([(line, code) for line, _, _, code in found], [(2, "DI0012")])

    def test_constants_that_name_each_other_500_deep(self):
        def text(depth):
            return "package p;\n" + "".join("const u8 A%d = A%d;\n" % (i, i + 1) for i in range(depth)) + (
                "const u8 A%d = 1;\n" % depth)

        self.assertEqual(self.errors(text(500))[0][2:], ("constants name each other more than 500 deep", "DI0012"))
        self.assertEqual(self.errors(text(499)), [])

    def test_imports_nested_64_deep(self):
        for i in range(66):
            self.write("i%d.didl" % i, "package p%d;\n%s" % (i, "import \"i%d.didl\";\n" % (i + 1) if i < 65 else ""))
        path = self.write("l.didl", "package p;\nimport \"i0.didl\";\n")
        self.assertEqual(self.errors(path), [(2, 8, "imports are nested more than 64 deep", "DI0022")])
        path.write_text("package p;\nimport \"i2.didl\";\n")
        self.assertEqual(self.errors(path), [])

    def test_64_bases(self):
        def text(count):
            return "package p;\n" + "".join("interface I%d {}\n" % i for i in range(count)) + (
                "interface I extends %s {}\n" % ", ".join("I%d" % i for i in range(count)))

        self.assertEqual(self.errors(text(65)), [(67, 11, "'I' has more than 64 bases", "DI0095")])
        self.assertEqual(self.errors(text(64)), [])

    def test_10000_methods_inherited_ones_included(self):
        def text(heirs):
            return "package p;\ninterface A {\n%s}\n" % "".join("%d: a%d();\n" % (i, i) for i in range(1, 1001)) + "".join(
                "interface I%d extends A {}\n" % i for i in range(heirs))

        self.assertEqual(self.errors(text(10)), [
            (1013, 11, "there are more than 10000 methods in all, inherited ones included", "DI0095")])
        self.assertEqual(self.errors(text(9)), [])

    def test_20000_declarations(self):
        def text(count):
            return "package p;\n" + "".join("const u8 A%d = 1;\n" % i for i in range(count))

        self.assertEqual(self.errors(text(20001)), [
            (20002, 10, "there are more than 20000 declarations in all", "DI0095")])
        self.assertEqual(self.errors(text(20000)), [])

    def test_a_mebibyte_of_strings_by_name(self):
        def text(count):
            return "package p;\nconst string S = \"%s\";\n" % ("x" * 1024) + "".join(
                "const string S%d = S;\n" % i for i in range(count))

        self.assertEqual(self.errors(text(1025)), [
            (1027, 22, "names stand for more than 1 MiB of strings in all", "DI0095")])
        self.assertEqual(self.errors(text(1024)), [])

    def test_a_file_of_16_mebibytes(self):
        path = self.write("l.didl", "package p;\n")
        with path.open("r+") as file:
            file.truncate((16 << 20) + 1)
        status, _, said = darqidl("-o", self.directory, path)
        self.assertEqual(status, 1)
        self.assertIn(b"larger than 16 MiB [DI0020]", said)
        status, _, said = darqidl("fmt", "-", data=path.read_bytes())
        self.assertEqual((status, said), (1, b"darqidl: error: -: larger than 16 MiB\n"))

    def test_of_many_errors_a_hundred_are_shown(self):
        path = self.write("l.didl", "package p;\nstruct S {\n%s}\n" % ("u8;\n" * 5000))
        status, _, said = darqidl("-o", self.directory, path)
        self.assertEqual((status, len(ERROR.findall(said))), (1, 100))
        self.assertTrue(said.endswith(b"darqidl: 4900 more not shown\ndarqidl: 5000 errors\n"), said[-200:])

    def test_errors_are_shown_before_warnings(self):
        path = self.write("l.didl", "package p;\ntable T { 1: u8 a; reserved 1%s; }\n" % (", 2" * 5000))
        status, _, said = darqidl("-o", self.directory, path)
        self.assertEqual((status, len(ERROR.findall(said)), said.count(b": warning: ")), (1, 1, 99))
