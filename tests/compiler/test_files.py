# SPDX-License-Identifier: MIT
"""Files on the command line: their names, what is no file, and what is written where."""
import os

from darqidl import CompilerCase, darqidl

TEXT = "package files;\nstruct One { u8 a; }\n"


class Files(CompilerCase):
    def test_options_and_files_stand_in_any_order(self):
        path = self.write("one.didl", TEXT)
        (self.directory / "out").mkdir()
        for words in ([path, "-o", "out", "-MD"], ["-MD", path, "-oout"], ["-MD", "-o", "out", "--", path]):
            status, _, said = darqidl(*words, directory=self.directory)
            self.assertEqual((status, said), (0, b""))
            self.assertEqual(sorted(os.listdir(self.directory / "out")), ["one.d", "one.darq.c", "one.darq.h"])
            for name in os.listdir(self.directory / "out"):
                (self.directory / "out" / name).unlink()
        self.assertEqual(darqidl("json", path, "-I", ".", directory=self.directory)[0], 0)
        path.write_text("package  files;\n")
        self.assertEqual(darqidl("fmt", path, "--check")[:2], (1, b"%s\n" % os.fsencode(path)))
        self.assertEqual(path.read_text(), "package  files;\n")
        self.assertEqual(darqidl("fmt", path)[0], 0)
        self.assertEqual(darqidl("fmt", path, "--check")[0], 0)
        self.assertEqual(darqidl("--", "-o", directory=self.directory)[2][:26], b"error: '-o' can't be read:")

    def test_two_files_that_would_be_written_to_one_place_are_refused(self):
        for name in ("a", "b"):
            (self.directory / name).mkdir()
            self.write(name + "/one.didl", TEXT)
        status, _, said = darqidl("a/one.didl", "b/one.didl", directory=self.directory)
        self.assertEqual((status, said), (1, b"darqidl: error: a/one.didl and b/one.didl would both become one.darq.h\n"))
        self.assertEqual(sorted(os.listdir(self.directory)), ["a", "b"])
        self.assertEqual(darqidl("a/one.didl", "a/one.didl", directory=self.directory)[0], 0)

    def test_a_pipe_is_no_file(self):
        os.mkfifo(self.directory / "pipe.didl")
        path = self.write("one.didl", 'package one;\nimport "pipe.didl";\n')
        for words in ([self.directory / "pipe.didl"], [path], ["fmt", self.directory / "pipe.didl"],
                      ["check", "--against", self.directory / "pipe.didl", path]):
            self.assertIn(b"not a regular file", darqidl(*words)[2])

    def test_names_that_nothing_can_include_are_refused(self):
        for name in ('quo"te.didl', "back\\slash.didl", "new\nline.didl", ".didl"):
            path = self.write(name, TEXT)
            status, _, said = darqidl("-o", self.directory, path)
            self.assertEqual((status, said.count(b"[DI0042]")), (1, 1), said)
            self.assertNotIn(b"\nline", said)
            path.unlink()
        self.assertEqual(os.listdir(self.directory), [])
        self.write('quo"te.didl', TEXT)
        path = self.write("two.didl", 'package two;\nimport "quo\\"te.didl";\n')
        self.assertIn(b"two.didl:2:8: error: nothing can include a file called 'quo\"te.didl' [DI0042]", darqidl(path)[2])

    def test_an_unknown_code_is_told_in_a_line(self):
        self.assertEqual(darqidl("explain", "DI0043"), (1, b"", b"darqidl: error: no such code: DI0043\n"))
        self.assertEqual(darqidl("explain", "DI0042")[1][:7], b"DI0042:")
