# SPDX-License-Identifier: MIT
"""Files on the command line: their names, what is no file, and what is written where."""
import os

from darqidl import CompilerCase, darqidl

TEXT = "package files;\nstruct One { u8 a; }\n"


class Files(CompilerCase):
    def test_a_pipe_is_no_file(self):
        os.mkfifo(self.directory / "pipe.didl")
        path = self.write("one.didl", 'package one;\nimport "pipe.didl";\n')
        for words in ([self.directory / "pipe.didl"], [path], ["fmt", self.directory / "pipe.didl"],
                      ["check", "--against", self.directory / "pipe.didl", path]):
            self.assertIn(b"not a regular file", darqidl(*words, seconds=10)[2])

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
