# SPDX-License-Identifier: MIT
"""Documentation reaches the header as it was written, broken anew only where a line is too long for it."""
from darqidl import CompilerCase, darqidl

LONG = "word " * 23 + "end"

TEXT = """package docs;

/// Lines that fit
/// stay as they are.
interface First {{
    /// {long}
    /// and goes on.
    ///
    /// - {long}
    /// - a list
    1: ask(u32 a) -> (u32 b) ! DocsError;
}}

error DocsError {{ NO = 1; }}
"""


class Docs(CompilerCase):
    def test_paragraphs_are_broken_evenly(self):
        status, _, said = darqidl("-o", self.directory, self.write("docs.didl", TEXT.format(long=LONG)))
        self.assertEqual(status, 0, said)
        header = (self.directory / "docs.darq.h").read_text()
        line = " * " + ("word " * 19).strip()
        self.assertIn(" * Lines that fit\n * stay as they are.\n", header)
        self.assertIn("/**\n%s\n * word word word word end and goes on.\n *\n" % line, header)
        self.assertIn("\n * - a list\n * May return an enum docs_error.\n */\nint docs_first_ask(", header)
