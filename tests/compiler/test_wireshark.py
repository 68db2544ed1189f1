# SPDX-License-Identifier: MIT
"""darqidl wireshark: the text of two schemas to the byte, and that Lua takes what is written of any.

DARQ_UPDATE=1 writes the expected texts anew; look at the difference before you commit it. What the dissector makes of
these tables is tests/integration/test_dissector.py's.
"""
import os
import subprocess
import unittest

from darqidl import DARQIDL, INCLUDES, ROOT, CompilerCase, darqidl, good_schemas

GOLDEN = ROOT / "tests/golden/wireshark"
FACTS = ROOT / "tests/golden/json/facts.didl"
STREAMS = ROOT / "tests/golden/c/streams.didl"
CLOSEABLE = b'interfaces["0xe65a259b37380631"] = {\n  name = "darq.Closeable",\n'


def table_text(*paths):
    beside = [word for path in paths for word in ("-I", path.parent)]
    status, text, said = darqidl("wireshark", *INCLUDES, *beside, *paths)
    if status != 0:
        raise AssertionError("%s: %s" % (paths, said.decode(errors="replace")))
    return text


class Text(CompilerCase):
    def test_the_text_of_schemas(self):
        for path in (FACTS, STREAMS):
            with self.subTest(path.name):
                expected = GOLDEN / (path.stem + ".lua")
                if os.environ.get("DARQ_UPDATE"):
                    expected.write_bytes(table_text(path))
                self.assertEqual(table_text(path).decode(), expected.read_text())

    def test_lua_takes_what_is_written_of_any_schema(self):
        paths = [self.write("%d.lua" % index, table_text(path)) for index, path in enumerate(good_schemas())]
        done = subprocess.run(["luac5.2", "-p", *paths], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_what_several_files_declare_is_told_once(self):
        both = table_text(FACTS, STREAMS)
        self.assertEqual(both.count(CLOSEABLE), 1)
        for name in (b'"json.facts.Facts"', b'"streams.Store"', b'"streams.More"'):
            self.assertEqual(both.count(b"name = " + name), 1, name)
        self.assertEqual(table_text(FACTS, FACTS), table_text(FACTS))

    def test_a_large_schema_is_no_single_expression(self):
        members = "".join("%d: u32 m%d; " % (number, number) for number in range(1, 3001))
        tables = "".join("table T%d { %s}\n" % (index, members) for index in range(20))
        path = self.write("large.lua", table_text(self.write("large.didl", "package large;\n" + tables)))
        self.assertEqual(subprocess.run(["luac5.2", "-p", path], timeout=60, check=False).returncode, 0)


class Errors(CompilerCase):
    def test_nothing_is_printed_after_an_error_in_any_file(self):
        wrong = self.write("a.didl", "package a;\nalias A = B;\n")
        for paths in ((wrong,), (wrong, FACTS), (FACTS, wrong)):
            status, text, said = darqidl("wireshark", *INCLUDES, *paths)
            self.assertEqual((status, text), (1, b""))
            self.assertIn(b"[DI0032]", said)

    def test_a_file_is_wanted(self):
        status, text, said = darqidl("wireshark")
        self.assertEqual((status, text), (1, b""))
        self.assertIn(b"no file is named", said)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([DARQIDL, "wireshark", *INCLUDES, FACTS], stdout=full, stderr=subprocess.DEVNULL, timeout=60,
                                  check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
