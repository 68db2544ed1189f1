# SPDX-License-Identifier: MIT
"""darqctl monitor and top: what passes, with names, for people, for programs and for Wireshark."""
import contextlib
import itertools
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import unittest

from declared import STORAGE, DeclaredCase
from peer import GIVE_SOURCE, MESSAGE, REQUEST, chunk, interface_id, message
from process import until
from system import BUILD


def stranger(ordinal):
    """A call of a method of an interface that nobody knows."""
    return struct.pack("<QIi", 0x1234, ordinal, 0) + bytes(4)


class Monitor(DeclaredCase):
    manifests = {"storage": STORAGE,
                 "text": ("Exec=%s/examples/text-service --idle 60000" % BUILD, "Types=text.plain"),
                 "history": ("Port=11002", "Exec=%s/examples/history-service --db %%S/history.sqlite" % BUILD)}

    def tool(self, *words):
        return self.run_program("bin/darqctl", *words)

    def watch(self, *options):
        monitor = self.start("bin/darqctl", "monitor", *options)
        self.processes.remove(monitor)
        self.addCleanup(monitor.kill)
        return monitor

    @staticmethod
    def parsed(monitor):
        return [json.loads(line) for line in monitor.text().split("\n")[:-1]]

    def events(self, *options, act, enough):
        """What a monitor says, in JSON, while something is done again and again until that is enough."""
        monitor = self.watch("--json", *options)
        numbers = itertools.count()
        until(lambda: (act(next(numbers)), enough(self.parsed(monitor)))[1], "what is done to be seen")
        monitor.end()
        return self.parsed(monitor)

    def act(self, number):
        self.call("text", "create", id="n%s" % number)
        self.refused("text", "open", id="nothing")
        self.tool("send", "12345")

    def test_calls_have_names_outcomes_and_latencies(self):
        def pairs(events):
            """Creations that were seen from their beginning: whose connection was, too, and so by whom."""
            calls = {(event["connection"], event["call"]): event for event in events
                     if event["event"] == "call" and "principal" in event}
            return [(calls[key], event) for event in events
                    if event["event"] == "reply" and event.get("method") == "darq.Type.create" and "latency_ns" in event
                    for key in [(event["connection"], event["call"])] if key in calls]

        def whole(events):
            seen = {(event["event"], event.get("method")) for event in events
                    if ("latency_ns" if event["event"] == "reply" else "principal") in event or event["event"] == "undelivered"}
            return bool(pairs(events)) and {("call", "storage.Storage.get"), ("reply", "darq.Type.open"),
                                            ("undelivered", None)} <= seen

        events = self.events(act=self.act, enough=whole)
        call, reply = pairs(events)[0]
        self.assertEqual((call["service"], call["principal"], call["outgoing"]), ("text", "uid:%d" % os.getuid(), False))
        self.assertEqual((reply["outcome"], reply["outgoing"]), ("ok", True))
        self.assertEqual(reply["latency_ns"], reply["time_ns"] - call["time_ns"])
        self.assertGreater(reply["latency_ns"], 0)
        nested = [event for event in events if event.get("method") == "storage.Storage.get"]
        self.assertEqual({event["principal"] for event in nested if "principal" in event}, {"service:text"})
        self.assertEqual({event["outcome"] for event in events if event.get("method") == "darq.Type.open" and
                          event["event"] == "reply"}, {"NOT_FOUND"})
        self.assertEqual({event["outcome"] for event in events if event["event"] == "undelivered"}, {"NO_PORT"})

    def test_filters(self):
        for options, check in ((("--service", "storage"), lambda event: event["service"] == "storage"),
                               (("--method", "open"), lambda event: event["method"] == "darq.Type.open"),
                               (("--method", "storage.Storage.get"), lambda event: event["method"] == "storage.Storage.get"),
                               (("--errors",), lambda event: event.get("outcome", "ok") != "ok" or event["event"] == "cancel")):
            events = self.events(*options, act=lambda number: self.act("%s-%d" % (options[-1], number)),
                                 enough=lambda events: len(events) > 1)
            self.assertTrue(all(map(check, events)), (options, events))

    def test_payloads_are_shown_and_what_is_sensitive_is_not(self):
        events = self.events("--payload", "--method", "append", act=lambda number: self.call(
            "history", "append", object="a::b", subject="ann", action="edit", detail="c2VjcmV0"),
            enough=lambda events: any(event["event"] == "call" and "payload" in event for event in events))
        call = next(event for event in events if event["event"] == "call" and "payload" in event)
        self.assertEqual(call["payload"], {"object": "a::b", "subject": "ann", "action": "edit", "detail": "(sensitive)"})

    def test_a_count_ends_it(self):
        monitor = self.watch("-c", "3", "--json")
        until(lambda: self.tool("ping").returncode == 0 and not monitor.running(), "three lines")
        self.assertEqual(monitor.wait(), 0)
        self.assertEqual(len(monitor.text().splitlines()), 3)

    def test_a_time_ends_it(self):
        monitor = self.watch("-t", "100")
        self.assertEqual(monitor.wait(), 0, monitor.text())

    def test_lines_for_people(self):
        monitor = self.watch()
        until(lambda: self.tool("ping", "text").returncode == 0 and " reply " in monitor.text(), "a reply")
        monitor.end()
        line = re.compile(r"\d\d:\d\d:\d\d\.\d{6}  #\d+ +\S* +(->|<-) \S+ +\w+ +\d* +\d+ B(  \S+)?(  \S+)?(  [\d.]+ ms)?$")
        for text in monitor.text().split("\n")[:-1]:
            self.assertRegex(text, line)

    def test_it_starts_no_service(self):
        self.watch("-t", "300").wait()
        self.assertEqual({entry["starts"] for entry in self.ask("list_services")["services"]}, {0})

    def tables(self, text):
        """The rows of each table, by service."""
        return [{row[:24].strip(): row[24:].split() for row in table.splitlines()[1:]} for table in text.split("\n\n")[:-1]]

    def test_top_counts_calls_by_service(self):
        top = self.start("bin/darqctl", "top", "--interval", "300")
        self.processes.remove(top)
        self.addCleanup(top.kill)

        def seen():
            self.call("storage", "exists", key="x")
            self.refused("storage", "get", key="x")
            rows = [table["storage"] for table in self.tables(top.text()) if "storage" in table]
            return [row for row in rows if "." in row[2] and row[4] == "0"]  # one may wait while it counts
        until(seen, "calls")
        top.end()
        calls, errors, mean, most, _ = seen()[0]
        self.assertGreater(float(calls), 0)
        self.assertLessEqual(float(errors), float(calls))
        self.assertLessEqual(float(mean), 10 * float(most))

    def test_top_ends_after_its_tables_and_clears_only_terminals(self):
        done = self.tool("top", "-c", "2", "--interval", "50")
        self.assertEqual((done.returncode, len(self.tables(done.stdout))), (0, 2))
        self.assertNotIn("\033", done.stdout)
        ours, theirs = pty.openpty()
        done = subprocess.run([os.path.join(BUILD, "bin/darqctl"), "top", "-c", "2", "--interval", "50"], env=self.environment,
                              stdout=theirs, timeout=60)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal; before it what was written comes in pieces
            while more := os.read(ours, 65536):
                shown += more
        os.close(ours)
        self.assertEqual((done.returncode, shown.count(b"\033[H\033[J")), (0, 2))
        for words in (("x",), ("--interval", "0"), ("--nothing",)):
            self.assertEqual(self.tool("top", *words).returncode, 2)

    def packets(self, path):
        with open(path, "rb") as file:
            magic, _, _, _, _, _, link = struct.unpack("=IHHIIII", file.read(24))
            self.assertEqual((magic, link), (0xa1b23c4d, 147))
            while head := file.read(16):
                _, _, size, whole = struct.unpack("=IIII", head)
                packet = file.read(size)
                self.assertEqual(packet[:5] + packet[6:8], b"DARQ\x01\x00\x10")
                yield packet[5], int.from_bytes(packet[8:16], "big"), packet[16:], whole - 16

    def capture(self, enough):
        path = self.path("capture.pcap")
        monitor = self.watch("--pcap", path)
        numbers = itertools.count()
        self.write("large", os.urandom(300000))

        def act():
            self.assertEqual(self.storage("set", "key%d" % next(numbers), "large").returncode, 0)
            return os.path.exists(path) and enough(path)
        until(act, "the capture")
        monitor.end()
        return path

    def large(self, path):
        return [(direction, whole, len(frame)) for direction, _, frame, whole in self.packets(path) if whole > 300000]

    def test_a_capture_for_wireshark(self):
        path = self.capture(lambda path: os.path.getsize(path) > 400000)
        packets = list(self.packets(path))
        self.assertTrue(all(len(frame) <= whole for _, _, frame, whole in packets))
        self.assertTrue(all(int.from_bytes(frame[4:8], "big") == whole for _, _, frame, whole in packets))
        self.assertEqual({direction for direction, _, _ in self.large(path)}, {0, 1})
        self.assertTrue(all(65536 <= kept < 70000 for _, _, kept in self.large(path)))

    @unittest.skipUnless(shutil.which("tshark"), "tshark isn't installed")
    def test_tshark_reads_the_capture(self):
        path = self.capture(lambda path: os.path.getsize(path) > 400000)
        done = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "frame.len"], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual([int(line) for line in done.stdout.split()], [16 + whole for _, _, _, whole in self.packets(path)],
                         done.stderr)

    def strangers(self):
        """Two raw peers, between whom every type of frame passes again and again; the second has port 20000."""
        caller, callee = self.peer(), self.peer()
        own, port = caller.port(), callee.port(20000)

        def request():
            """The slot of the next request that the second gets."""
            while True:
                got = callee.receive()
                if got.type == MESSAGE and got.flags & REQUEST:
                    return int.from_bytes(got.body[:8], "big")

        def act(_):
            caller.send(message(own, port, b"one-way"))
            caller.send(chunk(own, port, 0, b"piece"))
            call = caller.call(own, port, stranger(1), flags=GIVE_SOURCE)
            slot = request()
            callee.send(chunk(0, slot, 0, b"part"))
            caller.credit(port, 70000, call=call)
            callee.reply(slot, b"short")
            call = caller.call(own, port, stranger(2))
            request()
            caller.cancel(port, call)
            caller.call(own, 12345, stranger(3))
            for peer in (caller, callee):
                while peer.receive(0.02) is not None:
                    pass

        return caller, callee, act

    def test_everything_is_shown_when_all_is_asked_for(self):
        """It may begin in the midst of what is done."""
        _, _, act = self.strangers()
        wanted = {"call", "message", "chunk", "cancel", "reply", "failed", "Message", "Chunk", "Credit", "Cancel", "Undeliverable",
                  "CANCELLED", "NO_PORT"}

        def chunks(events):
            return [event for event in events if event["event"] == "chunk" and event["port"] == "20000"]

        events = self.events("--all", act=act, enough=lambda events: chunks(events) and wanted <= {
            event.get(key) for event in events for key in ("event", "frame", "outcome")})
        self.assertNotIn("call", chunks(events)[0])
        self.assertEqual({event["outcome"] for event in events if event["event"] == "failed"}, {"CANCELLED", "NO_PORT"})

    def test_everything_is_shown_for_people_too(self):
        _, _, act = self.strangers()
        monitor = self.watch("--all")
        wanted = ("Credit", "CANCELLED", r"-> 20000 +chunk +\d+ B", r"<- \(a call\) |-> \(a call\) ")
        until(lambda: (act(0), all(re.search(each, monitor.text()) for each in wanted))[1], "all of it")
        monitor.end()

    def test_only_one_connection_is_shown(self):
        caller, callee, act = self.strangers()
        events = self.events("--connection", str(callee.id), "--all", act=act, enough=lambda events: len(events) > 5)
        self.assertEqual({event["connection"] for event in events}, {callee.id})

    def test_payloads_are_shown_for_people(self):
        monitor = self.watch("--payload", "--method", "exists")
        until(lambda: (self.call("storage", "exists", key="some"), '        {"exists": false}\n' in monitor.text())[1], "a reply")
        monitor.end()
        self.assertIn('        {"key": "some"}\n', monitor.text())

    def test_a_schema_gives_names_to_what_does_not_describe_itself(self):
        self.write("all.didl", b"package all;\n\nerror Trouble { NOT_FOUND = 1; }\ninterface Thing { 2: get(u8 n) ! Trouble; }\n")
        self.assertEqual(self.run_program("bin/darqidl", "schema", "-o", self.path("all.schema"), self.path("all.didl")).returncode, 0)
        caller, callee = self.peer(), self.peer()
        own, port = caller.port(), callee.port(20000)
        head = struct.pack("<QI", interface_id("all.Thing"), 2)

        def act(number):
            caller.call(own, port, head + struct.pack("<iIB", 0, 1, 7))
            callee.reply(callee.message().source, head + struct.pack("<iIB", (1, 77, -8)[number % 3], 1, 0))
            caller.message()
        events = self.events("--schema", self.path("all.schema"), "--method", "get", "--payload", act=act,
                             enough=lambda events: len({event.get("outcome") for event in events}) > 3)
        self.assertEqual({event["method"] for event in events}, {"all.Thing.get"})
        self.assertTrue({"NOT_FOUND", "error 77"} <= {event.get("outcome") for event in events})
        self.assertIn({"n": 7}, [event.get("payload") for event in events])

    def test_misuse(self):
        for words in (("--nothing",), ("x",), ("-c",), ("--service",)):
            self.assertEqual(self.tool("monitor", *words).returncode, 2, words)
        self.assertEqual(self.tool("monitor", "-c", "x").returncode, 1)
        self.assertIn("Is a directory", self.tool("monitor", "--pcap", self.path("services")).stderr)
        self.assertIn("not a schema", self.tool("monitor", "--schema", self.path("services/text.service")).stderr)
