# SPDX-License-Identifier: MIT
"""The dissector over frames that were made for it: every payload of tests/golden/wire, every type of frame, damaged ones; and the
tables that it reads.
"""
import base64
import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import unittest

import capture
import peer
from shark import FOLDER, ROOT, SCHEMAS, WRONG, Shark, table_of
from system import BUILD

VECTORS = os.path.join(ROOT, "tests/golden/wire/vectors.txt")
SLOT = peer.SLOT | 7
# What Lua and Wireshark give.
KNOWN = set("""assert error io ipairs load loadfile math os package pairs pcall table tostring type
    Dir DissectorTable Field NSTime Pref Proto ProtoExpert ProtoField UInt64 __DIR__ base dissect_tcp_pdus expert frametype
    report_failure wtap""".split())


class Vectors(unittest.TestCase):
    """Every payload of tests/golden/wire, each in a frame of its own."""

    def setUp(self):
        with open(VECTORS, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split(" ", 3) for line in file if line[0] in "=<!"]
        self.vectors = [(kind, name, b"" if data == "-" else bytes.fromhex(data), text) for kind, name, data, text in lines]
        self.names = sorted({name for _, name, _, _ in self.vectors if "." not in name})
        self.shark = Shark(self)
        self.shark.environment["DARQ_WIRESHARK"] = self.shark.write("names.darq.lua", self.table())
        self.shark.read(capture.USER0, [self.frame(*vector[:3]) for vector in self.vectors])

    def table(self):
        """Of vectors.didl, and of an interface with a method for each type."""
        tables = "".join("table T%d { 1: vectors.%s value; }\n" % each for each in enumerate(self.names))
        methods = "".join("    %d: m%d(vectors.%s value) -> (T%d table);\n" % (index + 1, index, name, index)
                          for index, name in enumerate(self.names))
        path = self.shark.write("wrapped.didl", ('package wrapped;\nimport "vectors.didl";\n%s@id(0x77)\ninterface Wrapped {\n%s}\n'
                                                 % (tables, methods)).encode())
        self.schema = json.loads(subprocess.run(
            [os.path.join(BUILD, "bin/darqidl"), "json", "-I", os.path.join(ROOT, "tests/golden/wire"), path], capture_output=True,
            timeout=60, check=True).stdout)
        self.types = {each["full_name"]: each for file in self.schema["files"] for each in file["declarations"]}
        return table_of([path], "tests/golden/wire")

    def frame(self, kind, name, data):
        """A message whose body is the vector or holds it: in a reply's table where bytes left over must be seen."""
        interface, reply = 0x77, kind == "!"
        if "." in name:
            interface = int(self.types["vectors.Vectors"]["id"], 16)
            ordinal, reply = {"put": 1, "nothing": 2}[name.split(".")[1]], name.endswith("reply")
        else:
            ordinal = self.names.index(name) + 1
            if reply:
                data = struct.pack("<II", 1 | 4 << 28, len(data)) + data
                data = struct.pack("<I", len(data)) + data
            data = struct.pack("<I", len(data)) + data
        ports = range(1000, 1064)
        flags = peer.REPLY if reply else peer.REQUEST
        return capture.record(peer.message(5, 6, struct.pack("<QIi", interface, ordinal, 0) + data, ports, call=1, flags=flags))

    def test_the_verdict_is_that_of_every_reader(self):
        self.assertEqual(self.shark.wrong(), [index + 1 for index, vector in enumerate(self.vectors) if vector[0] == "!"])

    def test_values_are_those_that_were_written(self):
        told = self.shark.pairs()
        self.assertEqual(len(told), len(self.vectors))
        checked = 0
        for (kind, name, _, text), pairs in zip(self.vectors, told):
            if kind != "=":
                continue
            found = [(key.rpartition(".")[2] if not key.endswith(".count") else key.rsplit(".", 2)[1] + ".count", value)
                     for key, value in pairs if key.startswith(("darq.vectors.", "darq.wrapped."))]
            found = [pair for pair in found if pair[0] != "table"]
            expected = list(self.expected(name, json.loads(text)))
            with self.subTest(name + " " + text):
                self.assertEqual([key for key, _ in found], [key for key, _, _ in expected])
                for (_, value), (_, wanted, kind) in zip(found, expected):
                    self.assert_same(kind, value, wanted)
            checked += 1
        self.assertGreater(checked, 100)

    def assert_same(self, kind, value, wanted):
        if kind in ("f32", "f64"):
            value, wanted = float(value), float(wanted)
            self.assertTrue(math.isclose(value, wanted, rel_tol=1e-6 if kind == "f32" else 1e-14) or
                            math.isnan(value) and math.isnan(wanted), (value, wanted))
        else:
            self.assertEqual(value, wanted)

    def expected(self, name, value):
        """(name, text, kind) of all that is to be shown of a value."""
        if "." not in name:
            yield from self.member({"name": "value", "type": {"kind": "struct", "name": "vectors." + name}}, value)
            return
        method = next(each for each in self.types["vectors.Vectors"]["methods"] if each["name"] == name.split(".")[1])
        for member in method[name.split(".")[2]]:
            if member["name"] in value:
                yield from self.member(member, value[member["name"]])

    def member(self, member, value):
        kind = member["type"]["kind"]
        if kind in ("vec", "array"):
            yield member["name"] + ".count", str(len(value)), kind
            for each in value:
                yield from self.one(member["name"], member["type"]["element"], each)
        else:
            yield from self.one(member["name"], member["type"], value)

    def one(self, name, kind, value):
        declared = self.types.get(kind.get("name"))
        if declared and declared["kind"] == "newtype":
            yield from self.one(name, declared["type"], value)
        elif declared and declared["kind"] in ("enum", "bits"):
            yield name, self.number(declared, value), declared["kind"]
        elif declared:
            yield name, "", declared["kind"]
            members = declared["members"]
            if declared["kind"] == "table":
                members = sorted(members, key=lambda each: each["number"])
            for each in members:
                if value.get(each["name"]) is not None:
                    yield from self.member(each, value[each["name"]])
        else:
            yield name, self.text(kind["kind"], value), kind["kind"]

    @staticmethod
    def text(kind, value):
        if kind == "bytes":
            return base64.b64decode(value).hex(":")
        return str(int(value)) if kind == "bool" else str(value)

    @staticmethod
    def number(declared, value):
        numbers = {each["name"]: int(each["number"]) for each in declared["members"]}
        number = sum(numbers[word] for word in value.split("|")) if isinstance(value, str) and not value.isdigit() else int(value)
        if declared["kind"] == "enum":
            return str(number)
        return "0x%0*x" % ({"u8": 2, "u16": 4, "u32": 8, "u64": 16}[declared["base"]["kind"]], number)


GREET, STORE = 0x4702244B08BE16C5, 0xBA2908F8FBF9B055


def payload(body, interface=GREET, ordinal=1, status=0):
    return struct.pack("<QIi", interface, ordinal, status) + body


def text(word):
    return struct.pack("<I", len(word) + 1) + word + b"\0"


def listed(body):
    return struct.pack("<I", len(body)) + body


ADA = payload(listed(text(b"Ada")))
NUMBERS = struct.pack(">QQ", 5, 1 << 40)
NAMED = "darq.type darq.request darq.opened darq.closed darq.port darq.source darq.destination darq.stream darq.offset " \
    "darq.chunk_flags.fin darq.revision darq.connection darq.code darq.detail darq.limit darq.token"

# A frame of each type, whether it goes to the p-kernel, the list's text, fields.
EACH = (
    (peer.frame(1, struct.pack(">IIQ", 3, 0, 11001)), True, "OpenPort", {"request": "3", "port": "11001"}),
    (peer.frame(2, struct.pack(">IBxxxQ", 3, 2, 11001)), False, "OpenedPort", {"request": "3", "port": "11001", "opened": "2"}),
    (peer.frame(3, struct.pack(">IIQ", 4, 0, SLOT)), True, "ClosePort", {"request": "4", "port": str(SLOT)}),
    (peer.frame(4, struct.pack(">IBxxxQ", 4, 1, 9)), False, "ClosedPort", {"request": "4", "port": "9", "closed": "1"}),
    (peer.message(5, 6, b"plain"), True, "message", {"source": "5", "destination": "6"}),
    (peer.message(5, 6, b"plain", version=0), True, "message", {"source": "5", "destination": "6"}),
    (peer.message(5, 6, ADA), True, "hello.Hello.greet one-way", {"source": "5", "destination": "6"}),
    (peer.chunk(5, 6, 70000, b"abc", fin=True, stream=8), True, "chunk, 3 bytes, FIN",
     {"source": "5", "destination": "6", "stream": "8", "offset": "70000", "chunk_flags.fin": "1"}),
    (peer.frame(9), True, "Reboot", {}), (peer.frame(10), True, "Shutdown", {}),
    (peer.frame(11, struct.pack(">II", 1, 0)), True, "Hello", {"revision": "1"}),
    (peer.frame(12, struct.pack(">IIQQQII", 1, 0, 99, 12, 1 << 24, 65536, 0)), False, "Welcome", {"revision": "1", "connection": "12"}),
    (peer.frame(16, struct.pack(">QII", 6, 69, 3) + b"why", call=4), False, "Undeliverable, STREAM_BROKEN, call 4",
     {"port": "6", "code": "69", "detail": "why"}),
    (peer.frame(17, NUMBERS + struct.pack(">QQ", 0, 1 << 33), call=4), True, "Credit, call 4",
     {"source": "5", "destination": str(1 << 40), "stream": "0", "limit": str(1 << 33)}),
    (peer.frame(18, struct.pack(">QQ", SLOT, 0), call=4), False, "Cancel, caller 4", {"port": str(SLOT)}),
    (peer.frame(19, struct.pack(">Q", 255)), True, "Ping", {"token": "0x00000000000000ff"}),
    (peer.frame(20, struct.pack(">Q", 255)), False, "Pong", {"token": "0x00000000000000ff"}),
)

# A damaged frame, or one of which there is more than is shown, and what is said of it.
DAMAGED = (
    (b"\2\x08\x09\0\0\0\0\x08", "bad_frame"), (b"\1\x09\x09\0\0\0\0\x09\0", "bad_frame"), (b"\1\0\x09\0\0\0\0\x08", "bad_frame"),
    (b"\1\x48\x09\0\0\0\0\x48" + bytes(64), "bad_frame"), (peer.frame(9, length=7), "bad_frame"), (peer.frame(9, length=0), "bad_frame"),
    (peer.frame(9, extended=True, length=16), "bad_frame"), (b"\1\x08\x09", "bad_frame"),
    (peer.frame(1, bytes(15)), "bad_length"), (peer.frame(5, bytes(23)), "bad_length"), (peer.frame(8, bytes(39)), "bad_length"),
    (peer.frame(12, bytes(39)), "bad_length"), (peer.frame(20, bytes(7)), "bad_length"),
    (peer.frame(5, struct.pack(">QQII", 1, 2, 1, 0)), "bad_length"), (peer.frame(5, struct.pack(">QQII", 1, 2, 1 << 31, 0)), "bad_length"),
    (peer.frame(8, bytes(32) + b"\xff\xff\xff\xff" + bytes(4)), "bad_length"),
    (peer.frame(16, struct.pack(">QII", 1, 1, 9) + b"12345678"), "bad_length"),
    (peer.message(1, 2, b"", ports=range(65)), "bad_length"), (peer.frame(5, bytes(24), ports=1), "bad_length"),
    (peer.frame(5, bytes(32), ports=65535), "bad_length"),
    (peer.message(1, 2, payload(b"")), "bad_payload"), (peer.message(1, 2, ADA[:-1]), "bad_payload"),
    (peer.message(1, 2, ADA + b"x"), "bad_payload"), (peer.message(1, 2, payload(listed(text(b"\xff")))), "bad_payload"),
    (peer.message(1, SLOT, payload(text(b"no") + b"x", status=1)), "bad_payload"),
    (peer.message(1, SLOT, payload(b"", status=-130)), "bad_payload"),
    (peer.frame(13), "unknown_type"), (peer.frame(255, bytes(100)), "unknown_type"),
    (peer.frame(9, length=100), "too_long"), (peer.frame(9, length=(1 << 32) - 1), "too_long"),
    ((ADA[:0] + peer.message(1, 2, ADA)[:40], 100), "cut"), ((peer.message(1, 2, ADA)[:5], 100), "cut"),
    ((peer.message(1, 2, ADA)[:58], len(peer.message(1, 2, ADA))), "cut"),
    ((peer.message(1, 2, ADA, call=1)[:20], len(peer.message(1, 2, ADA, call=1))), "cut"),
)


class Frames(unittest.TestCase):
    """Frames that were made for it."""

    @classmethod
    def setUpClass(cls):
        cls.table = table_of(SCHEMAS)

    def setUp(self):
        self.shark = Shark(self, self.table)

    def test_no_file_of_it_has_a_global_of_its_own(self):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(FOLDER) for name in names if name.endswith(".lua")]
        self.assertGreater(len(files), 5)
        for path in files:
            done = subprocess.run(["luac5.2", "-l", "-p", path], capture_output=True, text=True, timeout=60, check=True)
            self.assertEqual(set(re.findall(r'_ENV "(\w+)"', done.stdout)) - KNOWN, set(), path)

    def test_every_type_of_frame(self):
        self.shark.read(capture.USER0, [capture.record(data, 12, to_kernel) for data, to_kernel, _, _ in EACH])
        names = NAMED.split()
        rows = self.shark.rows([*names, "_ws.col.Source", "_ws.col.Destination", "_ws.col.Info"])
        for (data, to_kernel, info, fields), row in zip(EACH, rows, strict=True):
            with self.subTest(info):
                expected = {"darq." + name: value for name, value in fields.items()}
                expected["darq.type"] = str(data[2])
                if data[2] in (6, 8) and "darq.chunk_flags.fin" not in expected:
                    expected["darq.chunk_flags.fin"] = "0"
                ends = ["connection 12", "p-kernel"]
                self.assertEqual({name: value for name, value in zip(names, row) if value}, expected)
                self.assertEqual(row[len(names):], [*(ends if to_kernel else ends[::-1]), info])
        self.assertEqual(self.shark.wrong(), [])

    def test_ports_that_a_message_carries(self):
        self.shark.read(capture.USER0, [capture.record(peer.message(1, 2, b"12345", ports=[7, 1 << 33], call=3))])
        self.assertEqual(self.shark.rows(["darq.port_count", "darq.passed_port", "darq.payload", "darq.rest"]),
                         [["2", "7|8589934592", "3132333435", ""]])

    def test_what_a_frame_has_beyond_its_part_is_ignored(self):
        self.shark.read(capture.USER0, [capture.record(peer.frame(9, b"xyz")), capture.record(b"\1\x10\x09\0\0\0\0\x10" + bytes(8)),
                                        capture.record(b"\1\x20\x09\0\0\0\0\x20" + bytes(8) + b"\0\0\0\7" + bytes(12))])
        self.assertEqual(self.shark.rows(["darq.type", "darq.timeout", "darq.rest"]),
                         [["9", "", "78797a"], ["9", "", ""], ["9", "7", ""]])
        self.assertEqual(self.shark.wrong(), [])

    def test_a_payload_of_no_known_interface_shows_its_header(self):
        self.shark.read(capture.USER0, [
            capture.record(peer.message(5, 6, payload(listed(b"abcd"), 0x1234, 8))),
            capture.record(peer.message(5, 6, payload(listed(b"abcd") + b"x", 0x1234, 8)))])
        self.assertEqual(self.shark.rows(["darq.rpc.interface", "darq.rpc.ordinal", "darq.rpc.method", "darq.payload"]), [
            ["0x0000000000001234", "8", "", "0400000061626364"],
            ["", "", "", payload(listed(b"abcd") + b"x", 0x1234, 8).hex()]])

    def test_items_that_chunks_cut(self):
        items = [listed(text(b"key%d" % number) + bytes(-(len(text(b"key%d" % number))) % 4) + struct.pack("<Q", number))
                 for number in range(6)]
        whole = b"".join(items)
        self.assertEqual({len(item) for item in items}, {24})
        opened = peer.message(5, 6, payload(listed(text(b"")), STORE, 1), call=8, flags=peer.REQUEST)
        ends = (24, 60, 96, 98, 120, len(whole))  # whole; one and a half; up to an end; in the midst of a length; unknown
        records, begin = [capture.record(opened, 4)], 0
        for end in ends:
            data = struct.pack(">QQQQII", 6, 5, 0, begin, end - begin, 0) + whole[begin:end]
            records.append(capture.record(peer.frame(8, data, call=8), 4, False))
            begin = end
        self.shark.read(capture.USER0, records)
        for look in ([], ["-2"]):
            rows = self.shark.rows(["darq.streams.Store.list.download.size", "darq.item", "darq.payload"], *look)[1:]
            self.assertEqual([(sizes, items.count("1"), raw) for sizes, items, raw in rows],
                             [("0", 1, ""), ("1", 2, ""), ("3", 2, ""), ("", 1, ""), ("", 1, ""), ("", 1, "")])
        self.assertEqual(self.shark.wrong(), [])

    def test_what_is_not_delivered_is_told_with_its_method(self):
        self.shark.read(capture.USER0, [
            capture.record(peer.message(5, 1 << 40, ADA, call=9, flags=peer.REQUEST), 3),
            capture.record(peer.frame(peer.UNDELIVERABLE, struct.pack(">QII", 1 << 40, 64, 4) + b"gone", call=9), 4, False),
            capture.record(peer.frame(peer.UNDELIVERABLE, struct.pack(">QII", 1 << 40, 64, 4) + b"gone", call=9), 3, False)])
        self.assertEqual(self.shark.rows(["darq.request_in", "darq.code", "darq.detail", "_ws.col.Info"])[1:], [
            ["", "64", "gone", "Undeliverable, PEER_DIED, call 9"],
            ["1", "64", "gone", "hello.Hello.greet Undeliverable, PEER_DIED, call 9"]])

    def test_what_is_damaged_or_cut_is_told(self):
        records = []
        for data, _ in DAMAGED:
            size = data[1] + 16 if isinstance(data, tuple) else None
            data = capture.record(data[0] if isinstance(data, tuple) else data)
            records.append((data, size or len(data)))
        self.shark.read(capture.USER0, records)
        kinds = sorted({"darq." + kind for _, kind in DAMAGED})
        rows = self.shark.rows(kinds)
        for (data, kind), row in zip(DAMAGED, rows, strict=True):
            with self.subTest(data):
                self.assertIn("darq." + kind, [name for name, value in zip(kinds, row) if value])

    def test_damage_in_a_connection_is_told_and_what_follows_is_read(self):
        pieces = [peer.frame(11, struct.pack(">II", 1, 0)), b"\2" * 50, ADA, peer.message(5, 6, ADA)]
        self.shark.read(capture.ETHERNET, capture.segments([(0, True, piece) for piece in pieces]))
        self.assertEqual(self.shark.column("_ws.col.Info"),
                         ["Hello", "not a frame", "not a frame", "hello.Hello.greet one-way"])
        self.assertEqual(self.shark.wrong(), [2, 3])

    def test_a_frame_too_long_to_be_put_together(self):
        self.shark.read(capture.ETHERNET, capture.segments([(0, True, peer.frame(9, bytes(2000), length=(1 << 20) + 1))]))
        self.assertEqual(self.shark.column("_ws.col.Info", "-o", "darq.largest:1", "-Y", "darq.too_long"), ["Reboot"])
        self.assertEqual(self.shark.column("_ws.col.Info", "-Y", "darq.too_long"), [])

    def test_a_record_of_something_else_is_not_taken(self):
        self.shark.read(capture.USER0, [b"", b"DARQ", b"DARK" + bytes(40), b"DARQ\2\0\0\x10" + bytes(30), b"DARQ\1\0\0\x08" + bytes(30),
                                        b"DARQ\1\0\0\x40" + bytes(30), capture.record(b""),
                                        b"DARQ\1\0\0\x18" + bytes(16) + peer.frame(9)])
        self.assertEqual(self.shark.rows(["darq.record.header_length", "darq.type"]), [["", ""]] * 6 + [["16", ""], ["24", "9"]])


class Hostile(unittest.TestCase):
    """Frames that were damaged at random. SEED repeats a run."""

    def setUp(self):
        self.seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
        print("seed", self.seed, end=" ", flush=True)
        self.random = random.Random(self.seed)
        vectors = Vectors("test_the_verdict_is_that_of_every_reader")
        vectors.setUp()
        self.addCleanup(vectors.doCleanups)
        self.shark = vectors.shark
        self.whole = [vectors.frame(*vector[:3])[16:] for vector in vectors.vectors] + [data for data, _, _, _ in EACH]

    def damaged(self, data):
        data = bytearray(data)
        for _ in range(self.random.choice((1, 1, 2, 8))):
            at = self.random.randrange(len(data))
            data[at] = self.random.choice((0, 1, 0x7F, 0x80, 0xFF, data[at] ^ 1 << self.random.randrange(8)))
        if self.random.random() < 0.2:
            del data[self.random.randrange(len(data)):]
        return bytes(data)

    def assert_told(self, count):
        """Each packet, with and without details, at the first and at a second look: an error would spoil what the list says."""
        listed_only = self.shark.run("-o", 'gui.column.format:"Info","%i"')[0].splitlines()
        self.assertEqual(len(listed_only), count)
        self.assertEqual([each.strip() for each in listed_only], [each.strip() for each in self.shark.column("_ws.col.Info")])
        return self.shark.run("-V", "-2")[0]

    def test_records(self):
        records = []
        for index in range(2000):
            data = capture.record(self.damaged(self.random.choice(self.whole)), index % 5, self.random.random() < 0.5)
            records.append((data[:self.random.randrange(len(data) + 1)], len(data)) if self.random.random() < 0.1 else data)
        self.shark.read(capture.USER0, [each if isinstance(each, tuple) else (each, len(each)) for each in records])
        self.assertIn("Malformed", self.assert_told(len(records)))

    def test_connections(self):
        passed = [(self.random.randrange(4), self.random.random() < 0.5, self.damaged(self.random.choice(self.whole)))
                  for _ in range(600)]
        packets = list(capture.segments(passed, size=self.random.choice((50, 200, 1400))))
        self.shark.read(capture.ETHERNET, packets)
        self.assertIn("Malformed", self.assert_told(len(packets)))


SECRETS = """package secrets;
struct Pin { u8 lead; @sensitive string<16> word; @sensitive vec<u32> digits; u8 trail; }
table Card { 1: string owner; @sensitive 2: Pin pin; @sensitive 3: u64 number; }
@id(0x99)
interface Vault { 1: open(string user, @sensitive string password, Pin pin, Card card, u8 last, @sensitive bool? yes); }
"""
OPENED = {"user": "Ada", "password": "S3CRET", "pin": {"lead": 1, "word": "S3CRET", "digits": [305419896], "trail": 2},
          "card": {"owner": "Eve", "pin": {"lead": 201, "word": "S3CRET", "digits": [], "trail": 202}, "number": "1311768467463790320"},
          "yes": True, "last": 3}


class Tables(unittest.TestCase):
    """Where tables come from, and what stands in them."""

    def setUp(self):
        self.shark = Shark(self)
        self.shark.read(capture.ETHERNET, capture.segments([(0, True, peer.message(5, 6, ADA))]))

    def info(self):
        return self.shark.column("_ws.col.Info")[0]

    def test_without_tables_frames_are_told(self):
        self.assertEqual(self.info(), "message")

    def test_tables_stand_beside_the_plugin_or_in_a_folder_that_the_variable_names(self):
        folder = self.shark.write("tables/hello.darq.lua", table_of(SCHEMAS))
        self.shark.environment["DARQ_WIRESHARK"] = os.path.dirname(folder)
        self.assertEqual(self.info(), "hello.Hello.greet one-way")
        self.shark.environment["DARQ_WIRESHARK"] = ""
        plugins = os.path.dirname(self.shark.write(".local/lib/wireshark/plugins/hello.darq.lua", table_of(SCHEMAS)))
        shutil.copytree(FOLDER, plugins, dirs_exist_ok=True)
        self.shark.script = []
        self.assertEqual(self.info(), "hello.Hello.greet one-way")

    def test_a_table_that_is_none_is_not_used_and_said(self):
        for text_of in (b"return 5", b"return {format = 2}", b"return {", b"os.remove('/x')", b"while", b"\x1bLua",
                        b'return {format=1, interfaces={}, types={["a.B"]={kind="struct", members={{name="x", type="a.C"}}}}}',
                        b'return {format=1, interfaces={}, types={["a.B"]={kind="odd", members={}}}}',
                        b'return {format=1, interfaces={}, types={["a.B"]={kind="newtype", type="a.B"}, ["a.C"]={kind="struct", '
                        b'members={{name="x", type="a.B"}}}}}'):
            with self.subTest(text_of):
                path = self.shark.write("names.darq.lua", text_of)
                self.shark.environment["DARQ_WIRESHARK"] = path
                output, said = self.shark.run("-T", "fields", "-e", "_ws.col.Info")
                self.assertIn("%s is not used: " % path, said)
                self.assertEqual(output, "message\n")

    def test_two_tables_may_tell_different_things_of_one_name(self):
        for index, kind in enumerate(("u8", "string")):
            self.shark.write("tables/%d.darq.lua" % index, table_of([self.shark.write("a%d.didl" % index, (
                "package a;\nstruct S { %s x; }\n@id(%d)\ninterface I%d { 1: m(S s); }\n" % (kind, index + 1, index)).encode())]))
        self.shark.environment["DARQ_WIRESHARK"] = os.path.join(self.shark.directory, "tables")
        self.shark.read(capture.USER0, [capture.record(peer.message(5, 6, payload(listed(body), index + 1)))
                                        for index, body in enumerate((b"\7", text(b"seven")))])
        self.assertEqual(self.shark.rows(["darq.rpc.method", "darq.a.S.x"]), [["a.I0.m", "7"], ["a.I1.m", ""]])
        self.assertEqual(self.shark.wrong(), [])

    def test_what_is_sensitive_is_hidden(self):
        path = self.shark.write("secrets.didl", SECRETS.encode())
        schema = os.path.join(self.shark.directory, "secrets.schema")
        subprocess.run([os.path.join(BUILD, "bin/darqidl"), "schema", "-o", schema, path], check=True, timeout=60)
        self.shark.environment["DARQ_WIRESHARK"] = self.shark.write("secrets.darq.lua", table_of([path]))
        body = subprocess.run([os.path.join(BUILD, "bin/darqctl"), "encode", schema, "secrets.Vault.open.request"], timeout=60,
                              input=json.dumps(OPENED).encode(), capture_output=True, check=True).stdout
        whole = peer.message(5, 6, payload(body, 0x99))
        cuts = [(capture.record(whole[:size]), 16 + len(whole)) for size in range(40, len(whole))]
        short = [capture.record(peer.message(5, 6, payload(body[:size], 0x99))) for size in range(len(body))]
        self.shark.read(capture.USER0, [capture.record(whole)] + cuts + short)
        fields = ["user", "password", "pin", "last"]
        shown = self.shark.rows(["darq.secrets.Vault.open.request." + name for name in fields] + [
            "darq.secrets.Pin.lead", "darq.secrets.Pin.word", "darq.secrets.Pin.trail", "darq.secrets.Card.owner",
            "darq.secrets.Card.number"], "-Y", "frame.number == 1")
        there = "1"  # what is said of an item without a value
        self.assertEqual(shown[0], ["Ada", there, there, "3", "1", there, "2", "Eve", there])
        self.assertEqual(self.shark.wrong("-Y", "frame.number == 1 && " + WRONG), [])
        for arguments in (["-V"], ["-T", "json"], []):
            output = self.shark.run(*arguments)[0]
            for secret in ("S3CRET", "305419896", "0x12345678", "1311768467463790320", "53:33:43", "533343", "lead: 201", "trail: 202", 'lead": "201"', 'trail": "202"'):
                self.assertFalse(secret in output, secret)
        self.assertIn("password: (sensitive)", self.shark.run("-V")[0])

    def test_long_vectors_are_shown_in_part(self):
        path = self.shark.write("long.didl", b"package long;\n@id(0x55)\ninterface Long { 1: put(vec<u16> a, vec<string> b, u8 last); }\n")
        self.shark.environment["DARQ_WIRESHARK"] = self.shark.write("long.darq.lua", table_of([path]))
        rows = []
        for count in (256, 257, 15000, 24000):
            words = b"".join(struct.pack("<I", 2) + b"x\0" + (bytes(2) if index < count - 1 else b"") for index in range(count))
            body = struct.pack("<I%dH" % count, count, *(index & 0xFFFF for index in range(count)))
            body += bytes(-len(body) % 4) + listed(struct.pack("<I", count) + words) + b"\x09"
            rows.append(capture.record(peer.message(5, 6, payload(listed(body), 0x55))))
        self.shark.read(capture.USER0, rows)
        name = "darq.long.Long.put.request."
        told = self.shark.rows([name + "a.count", name + "a", name + "b.count", name + "b", name + "last", "darq.not_shown"])
        self.assertEqual([(row[0], row[1].count("|") + 1, row[2], row[3].count("|") + 1, row[4], bool(row[5])) for row in told],
                         [("256", 256, "256", 256, "9", False), ("257", 256, "257", 256, "9", True),
                          ("15000", 256, "15000", 256, "9", True), ("24000", 256, "24000", 256, "", True)])
        self.assertEqual(self.shark.wrong(), [])

    def test_other_ports_are_looked_at_only_when_asked_for(self):
        hello = peer.frame(11, struct.pack(">II", 1, 0))
        self.shark.read(capture.ETHERNET, capture.segments([(0, True, hello)], kernel_port=12345))
        self.assertEqual(self.shark.column("darq.type"), [""])
        self.assertEqual(self.shark.column("darq.type", "-o", "darq.heuristic:TRUE"), ["11"])
        self.assertEqual(self.shark.column("darq.type", "-o", "darq.ports:11000,12345"), ["11"])
        self.assertEqual(self.shark.column("darq.type", "-d", "tcp.port==12345,darq"), ["11"])
        self.shark.read(capture.ETHERNET, capture.segments([(0, True, b"GET / HTTP/1.1\r\n\r\n")], kernel_port=12345))
        self.assertEqual(self.shark.column("darq", "-o", "darq.heuristic:TRUE"), [""])


if __name__ == "__main__":
    unittest.main()
