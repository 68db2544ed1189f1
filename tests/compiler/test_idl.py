# SPDX-License-Identifier: MIT
"""darqidl idl: names that OMG IDL would take for each other, and types that contain themselves, as Cyclone's idlc reads them."""
import re
import shutil
import subprocess
import unittest

from darqidl import CompilerCase, darqidl


class Idl(CompilerCase):
    def idl(self, text):
        """What is printed of a schema, which idlc takes where it is installed."""
        status, printed, said = darqidl("idl", self.write("i.didl", text))
        self.assertEqual((status, said), (0, b""))
        if shutil.which("idlc"):
            path = self.write("i.idl", printed.decode())
            done = subprocess.run(["idlc", "-t", "-o", self.directory, path], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        return printed.decode()

    def test_a_name_is_never_that_of_what_is_around_it(self):
        text = self.idl("package value.text;\n"
                        "struct Text { u8 text; Value value; }\nstruct Value { u8 value; u8 text; }\n"
                        "table Size { 1: u8 size; 2: u8 value; }\nunion Any { 1: u8 any; 2: Text text; }\n"
                        "interface I { 1: f(u8 i_f_request); }\n")
        self.assertEqual(re.findall(r"(?:struct|union) (\S+)", text), ["Value", "Text_", "Size", "_Any", "I_f_request"])
        self.assertEqual(re.findall(r" (\S+);\n", text), ["value_", "text", "text", "value", "size_", "value", "any_", "text",
                                                           "i_f_request_"])
        self.assertIn("::value::text::Text_ text;", text)

    def test_what_contains_itself_by_whatever_way_is_declared_before(self):
        text = self.idl("package round;\n" + "".join("table T%d { 1: vec<T%d> next; }\n" % (i, (i + 1) % 10) for i in range(10)) +
                        "union U { 1: vec<U> u; 2: u8 end; }\n")
        self.assertEqual(re.findall(r"^(\w+ \w+);$", text, re.M), ["struct T0", "union U"])

    def test_a_type_that_stands_in_many_places_is_printed_once(self):
        text = self.idl("package many;\ntable T0 { 1: u8 a; }\n" + "".join("table T%d { %s }\n" % (
            i, " ".join("%d: T%d m%d;" % (j, i - 1, j) for j in range(1, 31))) for i in range(1, 12)))
        self.assertEqual(text.count("struct"), 12)


if __name__ == "__main__":
    unittest.main()
