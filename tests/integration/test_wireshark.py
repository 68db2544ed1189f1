# SPDX-License-Identifier: MIT
"""The dissector over what programs say: a recorded session, and what `darqctl monitor` captures.

What passes between programs and the p-kernel is kept by a relay, so that nobody needs the right to capture.
"""
import collections
import os
import re
import struct
import unittest

import capture
from process import until
from shark import SCHEMAS, Shark, table_of
from system import SystemCase


def frames_of(data):
    """The types and bytes of frames that stand back to back."""
    while data:
        size = struct.unpack_from(">I", data, 4)[0]
        yield data[2], data[:size]
        data = data[size:]


class Session(SystemCase):
    """Real programs behind a relay."""

    def setUp(self):
        super().setUp()
        self.relay = capture.Relay(self.kernel.port)
        self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % self.relay.port
        self.shark = Shark(self, table_of(SCHEMAS))

    def finish(self, size=capture.SEGMENT):
        """Ends what runs, and gives what passed to tshark."""
        for process in self.processes:
            self.assertEqual(process.end(), 0, process.text())
        self.relay.close()
        self.shark.read(capture.ETHERNET, capture.segments(self.relay.passed, size=size))

    def sent(self):
        """The bytes of each direction of each connection."""
        streams = collections.defaultdict(bytes)
        for connection, to_kernel, data in self.relay.passed:
            streams[connection, to_kernel] += data
        return streams

    def service_port(self):
        """Of the connection to which requests were handed: clients that came too early have some, too."""
        return self.shark.column("tcp.dstport", "-Y", "darq.type == 7 && darq.flags.request == 1")[0]

    def test_a_call_is_told_by_names_from_its_request_to_its_outcome(self):
        self.start_hello()
        self.assertEqual(self.hello("Ada").returncode, 0)
        self.assertNotEqual(self.hello("").returncode, 0)
        self.finish()
        rows = self.shark.rows([
            "darq.type", "darq.rpc.method", "darq.rpc.status", "darq.rpc.error", "darq.hello.Hello.greet.request.name",
            "darq.hello.Hello.greet.reply.text", "darq.rpc.detail", "_ws.col.Info"], "-2", "-Y",
            'darq.rpc.interface_name == "hello.Hello" && tcp.port != %s' % self.service_port())
        self.assertEqual(rows[-4:], [
            ["5", "hello.Hello.greet", "0", "", "Ada", "", "", "hello.Hello.greet request, call 2"],
            ["7", "hello.Hello.greet", "0", "", "", "Hello, Ada!", "", "hello.Hello.greet reply, call 2"],
            ["5", "hello.Hello.greet", "0", "", "", "", "", "hello.Hello.greet request, call 2"],
            ["7", "hello.Hello.greet", "1", "NO_NAME", "", "", "there is nobody to greet",
             "hello.Hello.greet reply, NO_NAME, call 2"]])

    def test_request_and_outcome_name_each_other(self):
        self.start_hello()
        self.finish()
        fields = ["frame.number", "darq.request_in", "darq.outcome_in", "darq.time"]
        greet = 'darq.rpc.method == "hello.Hello.greet" && tcp.port %s %s'
        service = self.service_port()
        for ends in ("==", "!="):
            request, reply = self.shark.rows(fields, "-2", "-Y", greet % (ends, service))[-2:]
            self.assertEqual((request[1], request[2]), ("", reply[0]))
            self.assertEqual((reply[1], reply[2]), (request[0], ""))
            self.assertAlmostEqual(float(reply[3]), (int(reply[0]) - int(request[0])) * 1e-6, places=9)

    def test_every_frame_of_every_program_is_named(self):
        self.start_hello()
        self.start_storage()
        self.write("value", b"value")
        self.assertEqual(self.storage("set", "key", "value").returncode, 0)
        self.assertEqual(self.storage("list").returncode, 0)
        self.assertEqual(self.run_program("bin/darqctl", "status").returncode, 0)
        self.assertEqual(self.run_program("bin/darqctl", "describe", "storage").returncode, 0)
        self.finish()
        types = collections.Counter(kind for data in self.sent().values() for kind, _ in frames_of(data))
        found = collections.Counter(int(kind) for cell in self.shark.column("darq.type", "-Y", "darq") for kind in cell.split("|"))
        self.assertEqual(found, types)
        self.assertEqual(self.shark.column("frame.number", "-Y", "darq.payload || darq.rest"), [])
        self.assertEqual(self.shark.wrong(), [])
        schemas = [bytes.fromhex(cell) for cell in self.shark.column("darq.darq.describe.reply.schema") if cell]
        self.assertGreaterEqual(len(schemas), 2)
        self.assertEqual([struct.unpack_from("<I", data)[0] for data in schemas], [len(data) - 4 for data in schemas])
        self.assertIn("key", self.shark.column("darq.storage.Entry.key"))
        listed = self.shark.rows(["darq.storage.Entry.key", "darq.storage.Entry.size", "darq.storage.Storage.list.reply.entries.count",
                                  "darq.storage.Storage.list.reply.more"], "-Y", "darq.storage.Entry.size")
        self.assertEqual(listed, [["key", "5", "1", "0"]] * 2)

    def test_the_list_of_packets_says_the_same_without_details(self):
        self.start_hello()
        self.assertEqual(self.hello("Ada").returncode, 0)
        self.finish()
        listed_only = self.shark.run("-o", 'gui.column.format:"Info","%i"')[0].splitlines()
        self.assertEqual(listed_only, self.shark.column("_ws.col.Info"))
        self.assertIn("hello.Hello.greet request, call 2", listed_only)

    def test_segments_may_have_any_size(self):
        self.start_hello()
        self.assertEqual(self.hello("x" * 64).returncode, 0)
        names = ["darq.type", "darq.length", "darq.rpc.method", "darq.hello.Hello.greet.request.name"]
        seen = []
        for size in (1, 7, 61, 1400):
            if size == 1:
                self.finish(size)
            self.shark.read(capture.ETHERNET, capture.segments(self.relay.passed, size=size))
            self.assertEqual(self.shark.wrong(), [])
            told = collections.defaultdict(list)
            for stream, source, *row in self.shark.rows(["tcp.stream", "tcp.srcport", *names], "-Y", "darq"):
                told[stream, source].append(row)
            flat = {key: ["|".join(filter(None, cells)) for cells in zip(*rows)] for key, rows in told.items()}
            seen.append(flat)
        self.assertGreater(len(seen[0]), 5)
        for other in seen[1:]:
            self.assertEqual(other, seen[0])

    def test_items_of_streams_are_told_one_by_one(self):
        self.start("tests/streams-service")
        until(lambda: self.run_program("tests/streams-client", "list", "0").returncode == 0, "the service")
        self.assertEqual(self.run_program("tests/streams-client", "list", "300").returncode, 0)
        self.assertEqual(self.run_program("tests/streams-client", "upload", "100000").returncode, 0)
        self.finish()
        sizes = collections.defaultdict(list)
        for port, row in self.shark.rows(["tcp.port", "darq.streams.Store.list.download.size"], "-Y", "darq.item"):
            sizes[port] += row.split("|")
        self.assertEqual(list(sizes.values()), [[str(number) for number in range(300)]] * 2)
        self.assertEqual(self.shark.wrong(), [])
        raw = [len(cell.replace("|", "")) // 2 for cell in self.shark.column("darq.payload", "-Y", "darq.payload")]
        self.assertEqual(sum(raw), 2 * 100000)


class Monitored(SystemCase):
    """What `darqctl monitor --pcap` writes."""

    def shark_of(self, act, enough):
        """tshark over the capture of what is done again and again until the capture has enough of it."""
        shark = Shark(self, table_of(SCHEMAS))
        shark.capture = self.path("capture.pcap")
        monitor = self.start("bin/darqctl", "monitor", "--pcap", shark.capture)
        self.processes.remove(monitor)
        self.addCleanup(monitor.kill)
        until(lambda: (act(), os.path.exists(shark.capture) and enough(os.path.getsize(shark.capture)))[1], "the capture")
        monitor.end()
        return shark

    def test_every_frame_of_its_capture_is_named(self):
        self.start_hello()
        self.start_storage()

        def act():
            self.assertEqual(self.hello("Ada").returncode, 0)
            self.assertNotEqual(self.hello("").returncode, 0)
            self.assertEqual(self.storage("list").returncode, 0)
        shark = self.shark_of(act, lambda size: size > 20000)
        rows = shark.rows(["darq.record.connection", "darq.type", "_ws.col.Info"])
        self.assertTrue(all(connection != "" and kind != "" for connection, kind, _ in rows))
        self.assertEqual(shark.column("frame.number", "-Y", "darq.payload || darq.rest"), [])
        self.assertEqual(shark.wrong(), [])
        told = {re.sub(r", call(er)? \d+$", "", info) for _, _, info in rows}
        for info in ("Hello", "OpenPort", "hello.Hello.greet request", "hello.Hello.greet reply",
                     "hello.Hello.greet reply, NO_NAME", "storage.Storage.list request", "storage.Storage.list reply"):
            self.assertIn(info, told)
        answered = shark.rows(["darq.request_in", "darq.time"], "-Y", 'darq.hello.Hello.greet.reply.text == "Hello, Ada!"')
        self.assertGreater(len([row for row in answered if row[0] and float(row[1]) > 0]), 2)

    def test_a_payload_that_is_cut_is_told_as_far_as_it_goes(self):
        self.start_storage()
        self.write("large", bytes(300000))
        keys = []

        def act():
            keys.append("key%d" % len(keys))
            self.assertEqual(self.storage("set", keys[-1], "large").returncode, 0)
        shark = self.shark_of(act, lambda size: size > 400000)
        rows = shark.rows(["darq.storage.Storage.set.request.key", "darq.payload_length"], "-Y", "darq.cut")
        self.assertGreater(len(rows), 1)
        for key, size in rows:
            self.assertIn(key, keys)
            self.assertGreater(int(size), 300000)
        self.assertEqual(shark.wrong(), [])


if __name__ == "__main__":
    unittest.main()
