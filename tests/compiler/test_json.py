# SPDX-License-Identifier: MIT
"""darqidl json: facts by Python's own reader, and the text of three schemas to the byte.

DARQ_UPDATE=1 writes the expected texts anew; look at the difference before you commit it.
"""
import json
import os
import shutil
import struct
import unittest

from darqidl import DARQIDL, INCLUDES, ROOT, CompilerCase, darqidl, good_schemas, schema_of

GOLDEN = ROOT / "tests/golden/json"
FACTS = GOLDEN / "facts.didl"


def json_text(path):
    status, text, said = darqidl("json", *INCLUDES, "-I", path.parent, path)
    if status != 0:
        raise AssertionError("%s: %s" % (path, said.decode(errors="replace")))
    return text


class Facts(CompilerCase):
    @classmethod
    def setUpClass(cls):
        cls.whole = json.loads(json_text(FACTS))
        cls.file = cls.whole["files"][-1]
        cls.named = {each["name"]: each for each in cls.file["declarations"]}

    def member(self, declaration, name):
        return next(each for each in self.named[declaration]["members"] if each["name"] == name)

    def method(self, name):
        return next(each for each in self.named["Facts"]["methods"] if each["name"] == name)

    def test_dependencies_come_first(self):
        self.assertEqual([each["package"] for each in self.whole["files"]], ["darq", "json.facts"])
        self.assertEqual(self.whole["package"], "json.facts")
        self.assertEqual(self.file["imports"], [{"path": "darq/object.didl", "package": "darq"}])

    def test_declarations_stand_in_their_order(self):
        self.assertEqual(list(self.named), [
            "LARGE", "EXACT", "LOWEST", "TENTH", "THIRD", "NEVER", "TEXT", "PLAIN", "WORST", "LIMIT", "Key", "Keys", "Id", "Level",
            "Mode", "FactsError", "Row", "Grows", "Empty", "Either", "Facts"])

    def test_integers_that_doubles_would_spoil_are_strings(self):
        self.assertEqual(self.named["EXACT"]["value"], 2 ** 53)
        self.assertEqual(self.named["LARGE"]["value"], str(2 ** 53 + 1))
        self.assertEqual(self.named["LOWEST"]["value"], str(-2 ** 63))
        self.assertEqual(self.member("Mode", "TOP")["number"], str(2 ** 63))

    def test_floats_read_back_as_they_are(self):
        self.assertEqual(self.named["THIRD"]["value"], 0.3333333333333333)
        self.assertEqual(struct.pack("<f", self.named["TENTH"]["value"]), struct.pack("<f", 0.1))

    def test_text_is_escaped(self):
        self.assertEqual(self.named["TEXT"]["value"], '"a\\b"\n\tü')
        self.assertEqual(self.file["doc"], 'What JSON is to tell, each thing once.\n"Quoted", back\\slash, a\ttab, and Grüße.')

    def test_values_of_enum_and_bits_are_names(self):
        self.assertEqual(self.named["PLAIN"]["value"], "ONE|TWO")
        self.assertEqual(self.named["WORST"]["value"], "DEEP")
        self.assertEqual(self.member("Level", "DEEP")["number"], -2)

    def test_aliases_are_seen_through(self):
        self.assertEqual(self.member("Row", "class")["type"], {
            "kind": "vec", "element": {"kind": "string", "bound": 16, "alias": "json.facts.Key"}, "bound": 4,
            "alias": "json.facts.Keys"})

    def test_places_are_those_of_the_names(self):
        lines = FACTS.read_text().split("\n")
        for each in self.file["declarations"] + self.named["Row"]["members"] + self.named["Facts"]["methods"]:
            self.assertTrue(lines[each["line"] - 1][each["column"] - 1:].startswith(each["name"]), each)

    def test_names_in_c(self):
        self.assertEqual(self.file["c_prefix"], "fx")
        self.assertEqual(self.named["Row"]["c_name"], "fx_row")
        self.assertEqual([each["c_name"] for each in self.named["Row"]["members"]], ["first", "second", "third", "klass", "int_"])
        self.assertNotIn("c_name", self.named["Key"])
        self.assertEqual(self.method("ask")["c_name"], "fx_ask")

    def test_attributes_and_what_they_come_to(self):
        self.assertEqual(self.named["Id"]["attributes"], [{"name": "deprecated", "value": "use Key"}])
        self.assertEqual(self.named["Id"]["deprecated"], "use Key")
        self.assertIs(self.member("Grows", "secret")["sensitive"], True)
        self.assertEqual(self.method("ask")["timeout_ms"], 500)
        self.assertIs(self.method("ask")["idempotent"], True)

    def test_an_interface_id_has_sixteen_digits(self):
        self.assertEqual(self.named["Facts"]["id"], "0x0000000000001234")
        self.assertEqual(self.named["Facts"]["bases"], ["darq.Closeable"])

    def test_parameters_results_and_streams(self):
        ask, tell, send = (self.method(name) for name in ("ask", "tell", "send"))
        self.assertEqual([each.get("default") for each in ask["request"]], [None, "ONE|TOP", None])
        self.assertEqual([each.get("optional", False) for each in ask["request"]], [False, False, True])
        self.assertEqual(ask["error"], "json.facts.FactsError")
        self.assertNotIn("reply", tell)
        self.assertEqual([each["default"] for each in tell["request"]], ["so", 0.5])
        self.assertEqual(send["upload"], "bytes")
        self.assertEqual([each["name"] for each in send["download"]], ["row"])

    def test_reserved_numbers_and_names(self):
        self.assertEqual(self.named["Facts"]["reserved"], [
            {"first": 3, "last": 3}, {"first": 8, "last": 9}, {"name": "listen"}])


class Text(CompilerCase):
    def test_the_text_of_schemas(self):
        for path in (FACTS, ROOT / "tests/golden/c/hello.didl", ROOT / "tests/golden/c/streams.didl"):
            with self.subTest(path.name):
                expected = GOLDEN / (path.stem + ".json")
                if os.environ.get("DARQ_UPDATE"):
                    expected.write_bytes(json_text(path))
                self.assertEqual(json_text(path).decode(), expected.read_text())

    def test_a_zero_keeps_its_sign(self):
        text = json_text(self.write("z.didl", "package z;\nconst f64 A = -0.0;\nconst f32 B = 0.0;\n"))
        self.assertEqual([str(each["value"]) for each in json.loads(text)["files"][-1]["declarations"]], ["-0.0", "0"])

    def test_every_schema_is_json_and_names_no_path_of_this_machine(self):
        for path in good_schemas():
            with self.subTest(path.name):
                text = json_text(path).decode()
                self.assertEqual(json.loads(text)["files"][-1]["file"], path.name)
                self.assertNotIn(str(ROOT), text)

    def test_a_copy_elsewhere_gives_the_same_bytes(self):
        copy = shutil.copy(FACTS, self.directory)
        self.assertEqual(json_text(type(FACTS)(copy)), json_text(FACTS))

    def test_what_json_tells_is_what_the_schema_holds(self):
        """Every name of the schema as data stands in the JSON too."""
        told = json_text(FACTS).decode()
        data = schema_of(FACTS, self.directory)
        for name in ("secret", "tell", "FactsError", "TOP"):
            self.assertIn(name.encode(), data)
            self.assertIn('"%s"' % name, told)

    def test_the_name_of_a_file_may_be_anything(self):
        path = os.path.join(os.fsencode(self.directory), b'a"\xff\n.didl')
        with open(path, "wb") as file:
            file.write(b"package a;\n")
        status, text, _ = darqidl("json", os.fsdecode(path))
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(text)["files"][0]["file"], 'a"\ufffd\n.didl')


class Errors(CompilerCase):
    def test_nothing_is_printed_after_an_error(self):
        status, text, said = darqidl("json", self.write("a.didl", "package a;\nalias A = B;\n"))
        self.assertEqual((status, text), (1, b""))
        self.assertIn(b"[DI0032]", said)

    def test_one_file_is_wanted(self):
        self.assertEqual(darqidl("json")[0], 1)
        self.assertEqual(darqidl("json", FACTS, FACTS)[0], 1)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_disk_is_an_error(self):
        done = os.system("'%s' json -I '%s' '%s' >/dev/full 2>/dev/null" % (DARQIDL, ROOT / "idl", FACTS))
        self.assertEqual(os.waitstatus_to_exitcode(done), 1)


if __name__ == "__main__":
    unittest.main()
