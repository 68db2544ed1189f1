# SPDX-License-Identifier: MIT
"""The history service: events appended, and streamed back by object, subject and time."""
import os
import signal
import sqlite3
import subprocess

from declared import DeclaredCase
from process import until
from system import BUILD

MANY = 100000
GROWTH_KIB = 4096  # of the service's memory while that many are streamed to a reader that dawdles
SERVICE = "Exec=%s/examples/history-service --db %%S/history.sqlite" % BUILD
ODD = ("'; DROP TABLE events; --", "%", "_", '"', "\\", "\u00e4", "?1")


class History(DeclaredCase):
    manifests = {"history": ("Port=11002", SERVICE)}

    def client(self, *arguments):
        done = self.run_program("examples/history-client", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def append(self, name, subject, action, *rest, time=None):
        at = ("--time", str(time)) if time is not None else ()
        return int(self.client("append", *at, name, subject, action, *rest))

    def query(self, *arguments):
        """Sequence, time, object, subject, action, reporter, size of the detail: of each event."""
        return [line.split("\t") for line in self.client("query", *arguments).splitlines()]

    def sequences(self, *arguments):
        return [int(event[0]) for event in self.query(*arguments)]

    def database(self):
        return os.path.join(self.path("state"), "history", "history.sqlite")

    def service(self):
        return self.entry("history")["pid"]

    def test_by_object_subject_and_time(self):
        for number, (name, subject) in enumerate((("a::1", "ann"), ("a::2", "bob"), ("a::1", "bob"), ("b::1", "ann"))):
            self.assertEqual(self.append(name, subject, "edit", time=1000 * number), number + 1)
        self.assertEqual(self.sequences(), [1, 2, 3, 4])
        for arguments, expected in ((("--object", "a::1"), [1, 3]), (("--subject", "ann"), [1, 4]),
                                    (("--object", "a::1", "--subject", "bob"), [3]), (("--object", "a"), []),
                                    (("--from", "1000"), [2, 3, 4]), (("--to", "1999"), [1, 2]),
                                    (("--from", "1000", "--to", "2000"), [2, 3]), (("--from", "2001", "--to", "2999"), []),
                                    (("--from", "3000", "--to", "1000"), []), (("--after", "2"), [3, 4]),
                                    (("--after", "9223372036854775807"), []), (("--limit", "2"), [1, 2]),
                                    (("--from", "0", "--after", "1", "--limit", "1", "--subject", "bob"), [2]),
                                    (("--from", "-1", "--to", "0"), [1])):
            self.assertEqual(self.sequences(*arguments), expected, arguments)
        self.assertEqual(self.client("extent"), "4 events, the last is 4\n")

    def test_an_event_says_what_was_told_and_who_told_it(self):
        self.append("text.plain:kitchen:readme", "ann", "create", "0123456789", time=-5)
        event, = self.query()
        self.assertEqual(event, ["1", "-5", "text.plain:kitchen:readme", "ann", "create", "uid:%d" % os.getuid(), "10"])
        self.append("a::b", "ann", "edit")
        self.assertGreater(int(self.query()[1][1]), 1700000000 * 10**9)

    def test_what_is_no_event_is_refused(self):
        for name in ("", "a", "a:b", "A::b", "a::", "a::" + "x" * 256, "a::\x01"):
            self.assertIn("BAD_OBJECT", self.refused("history", "append", object=name, subject="x", action="y"))
        self.assertIn("EMPTY", self.refused("history", "append", object="a::b", subject="", action="y"))
        self.assertIn("EMPTY", self.refused("history", "append", object="a::b", subject="x", action=""))
        self.assertEqual(self.call("history", "extent"), {"count": 0, "last": 0})

    def test_texts_are_only_texts(self):
        for text in ODD:
            self.append("a::" + text, text, text)
        for number, text in enumerate(ODD):
            self.assertEqual(self.sequences("--object", "a::" + text), [number + 1])
            self.assertEqual(self.sequences("--subject", text), [number + 1])

    def test_what_was_answered_is_there_after_a_kill(self):
        for number in range(20):
            sequence = self.append("a::b", "ann", "edit")
            if number % 5 == 0:
                pid = self.service()
                os.kill(pid, signal.SIGKILL)
                until(lambda: self.service() != pid, "its end")
        self.assertEqual(sequence, 20)
        self.assertEqual(self.sequences(), list(range(1, 21)))

    def test_several_append_at_a_time(self):
        script = 'for i in $(seq 25); do "$0" append a::$1 ann edit || exit 1; done'
        shells = [subprocess.Popen(["sh", "-c", script, os.path.join(BUILD, "examples/history-client"), str(number)],
                                   env=self.environment, stdout=subprocess.PIPE) for number in range(4)]
        told = []
        for shell in shells:
            told += [int(line) for line in shell.communicate()[0].split()]
            self.assertEqual(shell.returncode, 0)
        self.assertEqual(sorted(told), list(range(1, 101)))
        self.assertEqual(len(self.sequences("--object", "a::2")), 25)

    def fill(self):
        self.call("history", "extent")
        with sqlite3.connect(self.database()) as database:
            database.executemany("INSERT INTO events (time_ns, object, subject, action, detail, reporter)"
                                 " VALUES (?, 'a::b', 'ann', 'edit', ?, 'uid:0')",
                                 ((number, b"x" * 100) for number in range(MANY)))
        database.close()

    def resident_kib(self):
        with open("/proc/%d/status" % self.service()) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def test_a_long_history_streams_to_a_slow_reader(self):
        self.fill()
        self.sequences("--limit", "1000")
        before = self.resident_kib()
        reader = subprocess.Popen([os.path.join(BUILD, "examples/history-client"), "query"], env=self.environment,
                                  stdout=subprocess.PIPE)
        try:
            first = reader.stdout.readline()
            self.assertEqual(first.split(b"\t")[0], b"1")
            sequence = self.append("c::d", "bob", "edit")  # nobody waits for the reader
            self.assertEqual(sequence, MANY + 1)
            growth = self.resident_kib() - before
            rest = reader.stdout.read().splitlines()
            self.assertEqual(reader.wait(60), 0)
        finally:
            reader.kill()
            reader.wait()
            reader.stdout.close()
        self.assertEqual([int(line.split(b"\t")[0]) for line in rest[:MANY - 1]], list(range(2, MANY + 1)))
        if "SANITIZE" not in os.environ and "sanitize" not in BUILD and "asan" not in BUILD:
            self.assertLess(growth, GROWTH_KIB)

    def test_readers_that_leave_take_their_query_along(self):
        self.fill()
        for _ in range(20):
            reader = subprocess.Popen([os.path.join(BUILD, "examples/history-client"), "query"], env=self.environment,
                                      stdout=subprocess.PIPE)
            reader.stdout.readline()
            reader.kill()
            reader.wait()
            reader.stdout.close()
        until(lambda: self.ask("statistics")["counters"]["open_calls"] == 0, "the calls to end")
        os.kill(self.service(), signal.SIGTERM)
        self.await_state("history", "STOPPED")
        self.assertIn("exit status 0", self.entry("history")["failure"])

    def test_a_file_of_a_later_version_is_left_alone(self):
        self.call("history", "extent")
        pid = self.service()
        with sqlite3.connect(self.database()) as database:
            database.execute("PRAGMA user_version = 2")
        database.close()
        os.kill(pid, signal.SIGKILL)
        self.await_state("history", "STOPPED")
        self.assertIn("ACTIVATION_FAILED", self.run_program("bin/darqctl", "ping", "history").stderr)
        self.assertIn("the file is of version 2, and this program knows 1", self.kernel.text())

    def test_misuse_of_the_client_has_a_status_of_its_own(self):
        for words in ((), ("append",), ("append", "a", "b"), ("query", "x"), ("query", "--from", "x"), ("extent", "x"),
                      ("query", "--limit", "-1"), ("nothing",)):
            self.assertEqual(self.run_program("examples/history-client", *words).returncode, 2, words)
