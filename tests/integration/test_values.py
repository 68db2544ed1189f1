# SPDX-License-Identifier: MIT
"""Values as JSON: darqctl encode and decode over a schema in a file, and over a running service's."""
import json
import os
import subprocess
import tempfile

from process import WAIT
from system import BUILD, SystemCase

DIDL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "values", "values.didl")
PUT = "Values.put.request"

NUMBERS = {"a": 0, "b": 0, "c": 0, "d": 0, "e": 0, "f": 0, "g": 0, "h": 0, "i": 0, "j": 0, "k": True, "l": 0}

# Type, JSON that comes back as it went in.
SAME = (
    ("Colour", "GREEN"), ("Colour", 77), ("Side", "LEFT"), ("Flags", "BOLD|WIDE"), ("Flags", "WIDE"), ("Flags", 0), ("Flags", 5 + 16),
    ("Wide", "TOP"), ("Wide", "9223372036854775809"), ("Revision", 1), ("Revision", "18446744073709551615"),
    ("Point", {"x": 255, "revision": 2**53}), ("Point", {"x": 0, "y": 2**32 - 1, "revision": "9007199254740993"}),
    ("Numbers", {"a": -128, "b": -32768, "c": -2**31, "d": "-9223372036854775808", "e": 255, "f": 65535, "g": 2**32 - 1,
                 "h": "18446744073709551615", "i": 0.5, "j": 1e300, "k": True, "l": "TOP"}),
    ("Numbers", {"a": 127, "b": 32767, "c": 2**31 - 1, "d": "9223372036854775807", "e": 0, "f": 0, "g": 0, "h": 0,
                 "i": "Infinity", "j": "NaN", "k": False, "l": 0}),
    ("Numbers", {"a": 0, "b": 0, "c": 0, "d": -2**53, "e": 0, "f": 0, "g": 0, "h": 0, "i": "-Infinity", "j": -0.0, "k": False, "l": 0}),
    ("Every", {}),
    ("Every", {"number": 0, "colours": [], "many": [], "few": "", "text": ""}),
    ("Every", {"number": 7, "colours": ["GREEN", 9], "three": [1, 2, 3], "many": [5], "pair": ["RED", "GREEN"],
               "reals": ["NaN", 1.0], "point": {"x": 1, "revision": 2}, "revision": 3, "few": "AQIDBA==",
               "points": [{"x": 1, "y": 2, "revision": 3}], "bools": [True, False], "longs": [1, 2],
               "text": "h\u00e9 \"quoted\" \U0001f600", "any": {"every": {"any": {"text": "deep"}}}}),
    ("Any", {"who": 63}), ("Any", {"text": "12345"}), ("One", {"small": 1}), ("One", {"texts": ["a", ""]}),
    ("Values.put.reply", {"all": [{"point": {"x": 1, "revision": 2}}, {"who": 0}], "real": 0.25}),
)

DEFAULTS = {"text": "ab", "colour": "GREEN", "flags": "BOLD|WIDE", "side": "LEFT", "yes": False}

# JSON of a request, and what is said of it.
REFUSED = (
    ('{}', "number: it is missing"),
    ('{"number": null}', "number: it is missing"),
    ('{"number": -1}', 'number: expected a number from 0 up, found -1'),
    ('{"number": 4294967296}', "number: a number that its type can't hold"),
    ('{"number": "x"}', 'number: expected a whole number, found "x"'),
    ('{"number": "1x"}', 'number: expected a whole number, found "1x"'),
    ('{"number": 1.5}', "number: expected a whole number, found 1.5"),
    ('{"number": 1.0}', "number: expected a whole number, found 1.0"),
    ('{"number": 18446744073709551616}', "number: expected a whole number, found 18446744073709551616"),
    ('{"number": 1, "text": 18446744073709551615}', "text: expected a string, found 18446744073709551615"),
    ('{"number": 1, "any": {"every": {"reals": [1%s]}}}' % ("0" * 400), "any.every.reals[0]: expected a smaller number"),
    ('{"number": 1, "other": 2}', 'unknown key "other"'),
    ('{"number": 1, "number": 2}', "duplicate object key"),
    ('{"number": 1, "text": 5}', "text: expected a string, found 5"),
    ('{"number": 1, "text": "\\u0000"}', "\\u0000 is not allowed"),
    ('{"number": 1, "colour": "BLUE"}', 'colour: "BLUE" is not a member of test.values.Colour'),
    ('{"number": 1, "colour": true}', "colour: expected a member's name, or a number, found true"),
    ('{"number": 1, "colour": 256}', "colour: a number that its type can't hold"),
    ('{"number": 1, "side": 5}', "side: a value that the strict type doesn't have"),
    ('{"number": 1, "flags": "BOLD|THIN"}', 'flags: "THIN" is not a member of test.values.Flags'),
    ('{"number": 1, "flags": ""}', 'flags: "" is not a member'),
    ('{"number": 1, "yes": 1}', "yes: expected true or false, found 1"),
    ('{"number": 1, "point": {"x": 256, "revision": 1}}', "point.x: a number that its type can't hold"),
    ('{"number": 1, "point": [1]}', "point: expected an object, found an array"),
    ('{"number": 1, "any": {}}', "any: expected one key, a member of test.values.Any, found 0"),
    ('{"number": 1, "any": {"text": "a", "who": 0}}', "any: expected one key"),
    ('{"number": 1, "any": {"what": 1}}', 'any: "what" is not a member of test.values.Any'),
    ('{"number": 1, "any": {"#9": "AAAA"}}', "any: a member that the schema doesn't know can't be written"),
    ('{"number": 1, "any": {"text": null}}', "any.text: it is missing"),
    ('{"number": 1, "any": {"text": "123456"}}', "any.text: a string is longer than its bound"),
    ('{"number": 1, "any": {"who": 64}}', "any.who: a port that the message doesn't carry"),
    ('{"number": 1, "any": {"every": {"three": [1, 2]}}}', "any.every.three: expected 3 elements, found 2"),
    ('{"number": 1, "any": {"every": {"three": {}}}}', "any.every.three: expected an array, found an object"),
    ('{"number": 1, "any": {"every": {"colours": ["RED", null]}}}', "any.every.colours[1]: expected a member's name"),
    ('{"number": 1, "any": {"every": {"few": "AQIDBAU="}}}', "any.every.few: more elements than the bound allows"),
    ('{"number": 1, "any": {"every": {"few": "AQJ="}}}', 'any.every.few: expected base64, found "AQJ="'),
    ('{"number": 1, "any": {"every": {"few": "AQ=I"}}}', "any.every.few: expected base64"),
    ('{"number": 1, "any": {"every": {"few": "AQ"}}}', "any.every.few: expected base64"),
    ('{"number": 1, "any": {"every": {"reals": ["nan"]}}}', "any.every.reals[0]: expected a number, \"NaN\""),
    ('{"number": 1, "any": {"every": {"numbers": {"i": 1e39}}}}', "any.every.numbers.a: it is missing"),
    (json.dumps({"number": 1, "any": {"every": {"numbers": dict(NUMBERS, i=1e39)}}}),
     "any.every.numbers.i: a number that its type can't hold"),
    (json.dumps({"number": 1, "any": {"every": {"numbers": dict(NUMBERS, a=128)}}}),
     "any.every.numbers.a: a number that its type can't hold"),
    (json.dumps({"number": 1, "any": {"every": {"numbers": dict(NUMBERS, d="9223372036854775808")}}}),
     "any.every.numbers.d: expected a number below 2^63"),
    (json.dumps({"number": 1, "any": {"every": {"numbers": dict(NUMBERS, h="18446744073709551616")}}}),
     "any.every.numbers.h: expected a whole number"),
    ('{"number": 1, "one": {"texts": "a"}}', "one.texts: expected an array, found \"a\""),
    ('{"number": 1', "not JSON: line 1"),
    ('[' * 5000, "maximum parsing depth reached"),
    ('5', "expected an object, found 5"),
)


def deep(levels):
    value = {}
    for _ in range(levels):
        value = {"any": {"every": value}}
    return value


class Values(SystemCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="darq-")
        cls.addClassCleanup(directory.cleanup)
        cls.schema = os.path.join(directory.name, "values.schema")
        subprocess.run([os.path.join(BUILD, "bin", "darqidl"), "schema", "-o", cls.schema, DIDL], check=True, timeout=WAIT)

    def tool(self, command, type_name, data, schema=None):
        """Status, bytes of the output, text of the errors."""
        done = subprocess.run([os.path.join(BUILD, "bin", "darqctl"), command, schema or self.schema, type_name],
                              input=data, capture_output=True, timeout=WAIT, env=self.environment)
        text = done.stderr.decode()
        self.assert_clean(text)
        return done.returncode, done.stdout, text

    def encode(self, type_name, value):
        status, payload, text = self.tool("encode", type_name, json.dumps(value).encode())
        self.assertEqual(status, 0, (value, text))
        return payload

    def decode(self, type_name, payload):
        status, output, text = self.tool("decode", type_name, payload)
        self.assertEqual(status, 0, text)
        return json.loads(output)

    def test_values_come_back_as_they_went_in(self):
        for type_name, value in SAME:
            back = self.decode(type_name, self.encode(type_name, value))
            self.assertEqual(json.dumps(back), json.dumps(value), type_name)

    def test_both_spellings_of_a_number_are_read(self):
        for type_name, one, other in (("Revision", 5, "5"), ("Side", -3, "LEFT"), ("Flags", 5, "WIDE|BOLD"), ("Flags", "5", 5),
                                      ("Numbers", dict(NUMBERS, d=-1, h="7"), dict(NUMBERS, d="-1", h=7)),
                                      ("Numbers", dict(NUMBERS, d=-2**63), dict(NUMBERS, d=str(-2**63))),
                                      ("Numbers", dict(NUMBERS, h=2**64 - 1), dict(NUMBERS, h=str(2**64 - 1))),
                                      ("Numbers", dict(NUMBERS, h=2**63), dict(NUMBERS, h=str(2**63))),
                                      ("Numbers", dict(NUMBERS, j=10**30), dict(NUMBERS, j=1e30))):
            self.assertEqual(self.encode(type_name, one), self.encode(type_name, other))

    def test_what_is_left_out_of_a_request_takes_its_default(self):
        self.assertEqual(self.decode(PUT, self.encode(PUT, {"number": 1})), {"number": 1, **DEFAULTS})
        self.assertEqual(self.decode(PUT, self.encode(PUT, {"number": 1, "text": None, "maybe": None})),
                         {"number": 1, **DEFAULTS})
        older = (4).to_bytes(4, "little") + (1).to_bytes(4, "little")
        self.assertEqual(self.decode(PUT, older), {"number": 1, **DEFAULTS})

    def test_bytes_are_those_of_the_specification(self):
        self.assertEqual(self.encode("Every", {"number": 7, "few": "AQI="}).hex(),
                         "12000000" "01000020" "07000000" "09000050" "02000000" "0102")
        self.assertEqual(self.encode("Any", {"text": "ab"}).hex(), "0b000000" "02000000" "03000000" "616200")
        self.assertEqual(self.encode("One", {"small": 9}).hex(), "01000000" "09")

    def test_what_does_not_fit_is_refused_with_its_path(self):
        for text, reason in REFUSED:
            status, output, error = self.tool("encode", PUT, text.encode())
            self.assertEqual((status, output), (1, b""), text[:80])
            self.assertIn(reason, error)

    def test_nesting_ends_at_32(self):
        self.assertEqual(self.tool("encode", "Every", json.dumps(deep(15)).encode())[0], 0)
        status, _, error = self.tool("encode", "Every", json.dumps(deep(16)).encode())
        self.assertEqual(status, 1)
        self.assertIn("nested more than 32 deep", error)

    def test_an_unknown_member_of_a_union_is_shown_as_its_bytes(self):
        newer = bytes.fromhex("07000000" "63000000" "010203")
        self.assertEqual(self.decode("Any", newer), {"#99": "AQID"})

    def test_payloads_that_are_wrong_are_refused_with_their_path(self):
        payload = self.encode(PUT, {"number": 1, "any": {"text": "abc"}})
        for size in range(0, len(payload), 3):
            self.assertEqual(self.tool("decode", PUT, payload[:size])[0], 1, size)
        status, _, error = self.tool("decode", PUT, payload.replace(b"abc", b"a\xffc"))
        self.assertEqual(status, 1)
        self.assertIn("any.text: ", error)
        self.assertIn("bytes are left over", self.tool("decode", "Flags", b"abc")[2])

    def test_types_are_found_by_name(self):
        for name in ("test.values.Flags", "values.Flags", "Flags"):
            self.assertEqual(self.tool("encode", name, b"5")[:2], (0, b"\5\0"))
        for name in ("lags", "Values", "Values.put", "Values.get.request", ""):
            status, _, error = self.tool("encode", name, b"5")
            self.assertEqual(status, 1)
            self.assertIn("no type, or more than one, is called so", error)

    def test_a_running_service_is_asked_for_its_schema(self):
        self.start_hello()
        status, payload, error = self.tool("encode", "Hello.greet.request", b'{"name": "Ada"}', schema="hello")
        self.assertEqual((status, payload.hex()), (0, "0800000004000000" + b"Ada\0".hex()), error)

    def test_a_schema_that_is_not_there_or_none(self):
        for schema, reason in ((DIDL, "not a schema: "), ("./none", "No such file or directory"), ("nobody", "nobody: ")):
            status, _, error = self.tool("encode", "Flags", b"5", schema=schema)
            self.assertEqual(status, 1)
            self.assertIn(reason, error)
