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
