# SPDX-License-Identifier: MIT
"""darqidl's command line: what it takes and refuses, what it explains, and what becomes of output that can't be written."""
import os
import re
import subprocess

from darqidl import DARQIDL, ROOT, CompilerCase, darqidl

GOOD = "package p;\n\nstruct S {\n    u8 a;\n}\n"


class Command(CompilerCase):
    def setUp(self):
        super().setUp()
        self.write("p.didl", GOOD)

    def run_here(self, *arguments, data=b""):
        status, text, said = darqidl(*arguments, data=data, directory=self.directory)
        return status, text.decode(), said.decode()

    def test_what_cannot_be_used_is_told_with_the_usage(self):
        for words, why in (((), "no file is named"), (("-x", "p.didl"), "unknown option -x"), (("-o",), "missing after -o"),
                           (("-I",), "missing after -I"), (("--",), "no file is named"), (("fmt",), "no file is named"),
                           (("fmt", "--check"), "no file is named"), (("fmt", "-x", "p.didl"), "unknown option -x"),
                           (("json",), "no file is named"), (("json", "p.didl", "p.didl"), "one file is wanted"),
                           (("idl", "-x", "p.didl"), "unknown option -x"), (("json", "-o", "x", "p.didl"), "unknown option -o"),
                           (("idl", "-MD", "p.didl"), "unknown option -MD"), (("wireshark", "-ox", "p.didl"), "unknown option -ox"),
                           (("schema", "-MD", "-o", "x", "p.didl"), "unknown option -MD"), (("-MF", "p.didl"), "unknown option -MF"),
                           (("schema", "p.didl"), "schema wants -o FILE"),
                           (("wireshark",), "no file is named"), (("explain",), "takes one code"), (("explain", "1", "2"), "takes one code"),
                           (("check", "p.didl"), "one after --against"), (("check", "--against", "p.didl"), "one after --against"),
                           (("check", "--against", "p.didl", "p.didl", "p.didl"), "one file is wanted"),
                           (("check", "--against"), "missing after --against"), (("check", "-x", "p.didl"), "unknown option -x")):
            status, text, said = self.run_here(*words)
            self.assertNotEqual(status, 0, words)
            self.assertEqual(text, "")
            self.assertIn(why, said)
            self.assertIn("usage: darqidl", said)

    def test_a_code_that_is_none_is_told_in_a_line(self):
        for code in ("DI9999", "nonsense"):
            status, text, said = self.run_here("explain", code)
            self.assertEqual((status, text, said), (1, "", "darqidl: error: no such code: %s\n" % code))

    def test_help_and_version_are_printed(self):
        for words in (("--help",), ("-h",), ("fmt", "--help"), ("check", "-h")):
            status, text, said = self.run_here(*words)
            self.assertEqual((status, said), (0, ""))
            self.assertIn("darqidl explain CODE", text)
        self.assertRegex(self.run_here("--version")[1], r"^darqidl [0-9.]+\n$")

    def test_every_code_of_the_compiler_is_explained(self):
        codes = sorted(set(re.findall(r"DI_[A-Z_]+ = ([0-9]+)", (ROOT / "darqidl/codes.h").read_text())))
        self.assertGreater(len(codes), 50)
        for code in codes:
            status, text, _ = self.run_here("explain", "DI%04d" % int(code))
            self.assertEqual(status, 0, code)
            self.assertTrue(text.startswith("DI%04d: " % int(code)), text)
        self.assertEqual(self.run_here("explain", "DI0001"), self.run_here("explain", "1"))

    def test_changes_are_explained_by_their_names(self):
        self.write("q.didl", "package p;\n\nstruct S {\n    u16 a;\n}\n")
        _, text, said = self.run_here("check", "--against", "p.didl", "q.didl")
        names = re.findall(r"\[([a-z-]+)\]", text + said)
        self.assertTrue(names, text + said)
        for name in names:
            status, text, _ = self.run_here("explain", name)
            self.assertEqual(status, 0)
            self.assertTrue(text.startswith(name + ": wire: "), text)

    def test_a_file_may_be_called_like_an_option(self):
        self.write("-p.didl", GOOD)
        self.assertEqual(self.run_here("--", "-p.didl")[0], 0)
        self.assertTrue((self.directory / "-p.darq.h").exists())
        self.assertEqual(self.run_here("fmt", "--check", "--", "-p.didl")[0], 0)
        self.assertEqual(self.run_here("fmt", "-", data=GOOD.encode())[1], GOOD)

    def test_names_for_make_are_escaped(self):
        folder = self.directory / "a $b#c"
        folder.mkdir()
        (folder / "q.didl").write_text("package q;\n\nstruct T {\n    u8 a;\n}\n")
        self.write("p.didl", 'package p;\n\nimport "q.didl";\n\nstruct S {\n    q.T t;\n}\n')
        self.assertEqual(self.run_here("-MD", "-I", folder, "p.didl")[0], 0)
        self.assertIn("a\\ $$b\\#c/q.didl", (self.directory / "p.d").read_text())

    def test_a_file_that_stays_is_not_written_and_one_that_changes_keeps_its_mode(self):
        self.assertEqual(self.run_here("p.didl")[0], 0)
        header = self.directory / "p.darq.h"
        os.chmod(header, 0o640)
        os.utime(header, (1, 1))
        self.assertEqual(self.run_here("p.didl")[0], 0)
        self.assertEqual(header.stat().st_mtime, 1)
        header.write_bytes(header.read_bytes()[:-1] + b"x")
        self.assertEqual(self.run_here("p.didl")[0], 0)
        self.assertEqual((header.stat().st_mode & 0o777, header.read_bytes()[-1:]), (0o640, b"\n"))

    def test_output_that_cannot_be_written_is_told_of(self):
        for words, name in ((("-o", "missing", "p.didl"), "missing/p.darq"), (("schema", "-o", "missing/s", "p.didl"), "missing/s"),
                            (("-MD", "-o", "missing", "p.didl"), "missing/p")):
            status, _, said = self.run_here(*words)
            self.assertEqual(status, 1)
            self.assertIn(name, said)
        (self.directory / "p.darq.c").mkdir()
        status, _, said = self.run_here("p.didl")
        self.assertEqual(status, 1)
        self.assertIn("p.darq.c", said)
        left = sorted(each.name for each in self.directory.iterdir())
        self.assertFalse([name for name in left if re.search(r"\.darq\.[ch]\.", name)], left)

    def test_a_schema_as_data_never_takes_the_place_of_what_it_was_made_of(self):
        self.write("q.didl", 'package q;\n\nimport "p.didl";\n\nstruct T {\n    p.S s;\n}\n')
        (self.directory / "link").symlink_to("p.didl")
        for output in ("q.didl", "p.didl", "./p.didl", "link"):
            status, _, said = self.run_here("schema", "-o", output, "q.didl")
            self.assertEqual(status, 1, output)
            self.assertIn("this would overwrite what it was made of: " + output, said)
        self.assertEqual((self.directory / "p.didl").read_text(), GOOD)

    def test_a_full_disk_is_told_of(self):
        for words in (("json", "p.didl"), ("idl", "p.didl"), ("wireshark", "p.didl"), ("fmt", "-")):
            with open("/dev/full", "w") as full:
                done = subprocess.run([DARQIDL, *words], input=GOOD, stdout=full, stderr=subprocess.PIPE, text=True,
                                      cwd=self.directory, timeout=60, check=False)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("No space left", done.stderr)

    def test_what_is_no_file_is_refused(self):
        for words in (("missing.didl",), (".",), ("json", "missing.didl"), ("fmt", "missing.didl"), ("fmt", "."),
                      ("wireshark", "missing.didl")):
            status, text, said = self.run_here(*words)
            self.assertEqual((status, text), (1, ""), words)
            self.assertIn(words[-1], said)
        for words in (("--against", "missing.didl", "p.didl"), ("--against", "p.didl", "missing.didl")):
            status, _, said = self.run_here("check", *words)
            self.assertNotEqual(status, 0)
            self.assertIn("missing.didl", said)
