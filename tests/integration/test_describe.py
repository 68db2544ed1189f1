# SPDX-License-Identifier: MIT
"""What darqctl describe says of a schema, and what darqctl call makes of a service that doesn't keep to its own."""
import struct
import threading

from peer import chunk, interface_id, message
from process import until
from system import SystemCase

SCHEMA = """package all;

error Trouble { NOT_FOUND = 1; EXISTS = 2; }
enum Order : i8 { ASCENDING = 0; DESCENDING = -1; }
strict bits Flags : u8 { CREATE = 0x1; REPLACE = 0x80; }
newtype Revision = u64;
struct Digest { u8 algorithm; array<u8, 32> sum; string<16>? name; vec<bytes<8>, 4> parts; vec<u32> ids; bytes rest; }
table Metadata { 1: string owner; 3: f64 weight; 4: Digest digest; @sensitive 5: string secret; }
union Value { 1: bool flag; 2: Metadata meta; }

interface Thing extends Base, Other {
    2: get(string<9> key = "all", u8 n = 7, Order order = DESCENDING) -> (Value value, Revision revision) ! Trouble;
    3: oneway touch(Flags flags = CREATE | REPLACE);
    4: load(string name, stream bytes);
    5: put(stream (u32 number)) -> (u32 count);
    6: dump(u8 n) -> stream bytes;
    7: list() -> stream (string name, u64 size);
    8: pass(port<Sink> sink, port any);
    9: fill(stream bytes);
}
interface Base { 1: ping(); }
interface Other { 1: poke(); }
interface Sink { 1: oneway take(f32 sample); }
"""

DESCRIPTION = """interface all.Thing extends all.Base, all.Other {
    2: get(string<9> key = "all", u8 n = 7, all.Order order = DESCENDING) -> (all.Value value, all.Revision revision) ! all.Trouble;
    3: oneway touch(all.Flags flags = CREATE|REPLACE);
    4: load(string name, stream bytes);
    5: put(stream (u32 number)) -> (u32 count);
    6: dump(u8 n) -> stream bytes;
    7: list() -> stream (string name, u64 size);
    8: pass(port<all.Sink> sink, port any);
    9: fill(stream bytes);
}

interface all.Base {
    1: ping();
}

interface all.Other {
    1: poke();
}

interface all.Sink {
    1: oneway take(f32 sample);
}

error all.Trouble {
    NOT_FOUND = 1;
    EXISTS = 2;
}

enum all.Order : i8 {
    ASCENDING = 0;
    DESCENDING = -1;
}

strict bits all.Flags : u8 {
    CREATE = 0x1;
    REPLACE = 0x80;
}

newtype all.Revision = u64;

struct all.Digest {
    u8 algorithm;
    array<u8, 32> sum;
    string<16>? name;
    vec<bytes<8>, 4> parts;
    vec<u32> ids;
    bytes rest;
}

table all.Metadata {
    1: string owner;
    3: f64 weight;
    4: all.Digest digest;
    5: string secret;
}

union all.Value {
    1: bool flag;
    2: all.Metadata meta;
}
"""
PORT = 20000
THING, BASE = "all.Thing", "all.Base"


def header(name="", ordinal=0, status=0):
    return struct.pack("<QIi", interface_id(name) if name else 0, ordinal, status)


def text(words):
    return struct.pack("<I", len(words) + 1) + words.encode() + b"\0"


class Described(SystemCase):
    """A service that is a raw peer: it describes itself, and then answers as each case says."""

    def setUp(self):
        super().setUp()
        self.write("all.didl", SCHEMA.encode())
        self.assertEqual(self.run_program("bin/darqidl", "schema", "-o", "all.schema", "all.didl").returncode, 0)
        self.schema = self.read("all.schema")
        self.described = header() + struct.pack("<I", len(self.schema)) + self.schema

    def serve(self, *answers):
        """Answers one message after the other; a number is the code of an Undeliverable."""
        peer = self.peer()
        until(lambda: peer.open(PORT) == (0, PORT), "the one before to give the port up")
        self.asked = []

        def run():
            for answer in answers:
                asked = peer.message()
                self.asked.append(asked)
                if isinstance(answer, int):
                    peer.fail(asked.source, answer, "as it pleases")
                elif answer is not None:
                    peer.reply(asked.source, answer)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def tool(self, *words, data=b""):
        return self.run_program("bin/darqctl", *words, data=data)

    def call(self, method, request="{}", *answers, data=b""):
        thread = self.serve(self.described, *answers)
        done = self.tool("call", str(PORT), method, request, data=data)
        thread.join()
        self.peers.pop().close()
        return done

    def test_a_file_is_described(self):
        done = self.tool("describe", "all.schema")
        self.assertEqual(done.stdout.split("\n\n"), DESCRIPTION.split("\n\n"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_service_is_described_as_its_file(self):
        self.serve(self.described)
        self.assertEqual(self.tool("describe", str(PORT)).stdout, DESCRIPTION)

    def test_what_is_no_schema_is_refused(self):
        self.write("cut.schema", self.schema[:100])
        done = self.tool("describe", "cut.schema")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not a schema", done.stderr)
        self.assertEqual(self.tool("describe").returncode, 2)
        self.assertIn("NO_PORT", self.tool("describe", "12345").stderr)

    def test_a_service_that_does_not_describe_itself_well_is_refused(self):
        for answer, why in ((b"", "no reply"), (header(status=-133) + text(""), "doesn't describe itself"),
                            (header() + b"\xff\xff\xff\xff", "can't be read"), (header() + text("?"), "not a schema"),
                            (69, "STREAM")):
            thread = self.serve(answer)
            done = self.tool("call", str(PORT), "get")
            thread.join()
            self.peers.pop().close()
            self.assertEqual(done.returncode, 1, answer)
            self.assertIn(why, done.stderr)

    def test_methods_are_found_by_their_names(self):
        done = self.call("nothing")
        self.assertIn("has no method nothing", done.stderr)
        for name in ("Nothing.get", "ll.Thing.gets", "xall.Thing.get"):
            self.assertIn("has no method", self.call(name).stderr)
        for name, interface in (("ping", BASE), ("Base.ping", BASE), ("all.Base.ping", BASE), ("poke", "all.Other")):
            done = self.call(name, "{}", header(interface, 1) + struct.pack("<I", 0))
            self.assertEqual((done.returncode, done.stdout), (0, "{}\n"), done.stderr)
            self.assertEqual(self.asked[1].payload[:16], header(interface, 1))

    def test_streams_are_not_called(self):
        for method in ("load", "put", "dump", "list"):
            done = self.call(method)
            self.assertEqual(done.returncode, 1)
            self.assertIn("is a stream", done.stderr)

    def test_a_request_that_does_not_fit_is_not_sent(self):
        for request, why in (("{", "not JSON: line 1"), ('{"key": 7}', "key: "), ('{"key": "0123456789"}', "bound"),
                             ('{"n": 256}', "n: "), ('{"order": "UPWARDS"}', "order: "), ("[]", "object"),
                             ('{"key": "a", "key": "b"}', "not JSON"), ('{"unknown": 1}', "unknown")):
            done = self.call("get", request)
            self.assertEqual(done.returncode, 1, request)
            self.assertIn(why, done.stderr)

    def test_a_request_comes_from_standard_input(self):
        done = self.call("ping", "-", header(BASE, 1) + struct.pack("<I", 0), data=b"{}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("not a text", self.tool("call", str(PORT), "ping", "-", data=b"{}\0").stderr)

    def test_a_reply_that_is_none_is_refused(self):
        for answer, why in ((b"short", "no reply to get"), (header(BASE, 2), "no reply to get"), (header(THING, 3), "no reply to get"),
                            (header(THING, 2) + b"\xff\xff\xff\xff", "its answer: "), (64, "PEER_DIED"), (68, "CANCELLED")):
            done = self.call("get", "{}", answer)
            self.assertEqual(done.returncode, 1, answer)
            self.assertIn(why, done.stderr)

    def test_errors_have_their_names_and_texts(self):
        for status, words, shown in ((1, "no such key", "NOT_FOUND: no such key"), (2, "", "EXISTS\n"), (77, "", "error 77"),
                                     (-133, "it is not\x1b[m", "not\\x1b[m")):
            done = self.call("get", "{}", header(THING, 2, status) + text(words))
            self.assertEqual(done.returncode, 1)
            self.assertIn(shown, done.stderr)

    def test_one_way_messages_have_no_answer(self):
        thread = self.serve(self.described, None)
        done = self.tool("call", str(PORT), "touch", '{"flags": "REPLACE"}')
        thread.join()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.asked[1].payload[:16], header(THING, 3))

    def test_what_is_received_is_told_of(self):
        receiver = self.start("bin/darqctl", "receive", "-c", "4", str(PORT))
        self.processes.remove(receiver)
        self.addCleanup(receiver.kill)
        while "listening" not in receiver.text():
            self.assertTrue(receiver.running())
        peer = self.peer()
        own = peer.port()
        peer.send(message(own, PORT, b"one"))
        peer.send(message(own, PORT, b"two", ports=(own, own)))
        peer.send(chunk(own, PORT, 70000, b"three", stream=9))
        peer.send(chunk(own, PORT, 70005, fin=True, stream=9))
        self.assertEqual(receiver.wait(), 0)
        said = receiver.text()
        self.assertIn("message of 3 bytes from port %d\n" % own, said)
        self.assertIn("message of 3 bytes from port %d, with 2 ports" % own, said)
        self.assertIn("chunk of 5 bytes from port %d, stream 9 at 70000\n" % own, said)
        self.assertIn("chunk of 0 bytes from port %d, stream 9 at 70005, the last" % own, said)
