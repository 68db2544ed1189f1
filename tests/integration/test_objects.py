# SPDX-License-Identifier: MIT
"""Objects: known by name, opened through the service of their type, gone from memory when nobody holds them."""
import os
import signal
import subprocess

from declared import STORAGE, DeclaredCase
from process import until
from system import BUILD

CHURNERS = 4
ROUNDS = int(os.environ.get("VOLUME", 300))


class Objects(DeclaredCase):
    manifests = {"storage": STORAGE,
                 "text": ("Exec=%s/examples/text-service --idle 300" % BUILD, "Types=text.plain")}

    def ports_of(self, connection):
        pages = [self.ask("list_ports", skip=skip, limit=1000)["ports"] for skip in (0, 256, 512, 768, 1024, 1280)]
        return len({port["number"] for page in pages for port in page if port["owner"] == connection})

    def client(self, *arguments):
        done = self.run_program("tests/objects-client", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def assert_nothing_is_left(self):
        """The text service has gone when idle, and with it all that was open."""
        self.await_state("text", "STOPPED")
        until(self.nothing_is_left, "all that was open to go")

    def nothing_is_left(self):
        connections = self.ask("list_connections")["connections"]
        counters = self.ask("statistics")["counters"]
        # The storage service's own port and its name's, and the two of who asks.
        return ([entry["principal"] for entry in connections if entry["principal"].startswith("service:")] == ["service:storage"]
                and counters["open_calls"] == 0 and counters["ports"] <= 4 and counters["routes"] <= 2)

    def test_every_call_of_a_document(self):
        self.client("edit")

    def test_what_no_object_can_be_called(self):
        for object_id in ("", "x" * 245, "a\x01b", "a\u0085b"):
            self.assertIn("BAD_ID", self.refused("text", "create", id=object_id))
        self.assertIn("BAD_TYPE", self.refused("text", "create", id="x", type="text.html"))
        self.assertIn("NOT_FOUND", self.refused("text", "open", id="x", type="text.plain"))
        self.client("create", "1")
        self.assertIn("EXISTS", self.refused("text", "create", id="n0"))
        self.assertIn("NOT_FOUND", self.refused("text", "delete", id="n1"))
        self.call("text", "create", id="x" * 244)

    def test_a_list_has_pages(self):
        self.client("create", "12")
        self.assertEqual(self.call("text", "list", prefix="n1"), {"ids": ["n1", "n10", "n11"], "more": False})
        self.assertEqual(self.call("text", "list", limit=2, after="n11"), {"ids": ["n2", "n3"], "more": True})
        self.assertEqual(self.call("text", "list", prefix="n" * 250), {"ids": [], "more": False})
        self.call("text", "delete", id="n1")
        self.assertEqual(self.call("text", "list", prefix="n1"), {"ids": ["n10", "n11"], "more": False})

    def test_a_thousand_objects_leave_nothing_behind(self):
        self.client("create", "1000")
        holder = subprocess.Popen([os.path.join(BUILD, "tests/objects-client"), "hold", "1000"], env=self.environment,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            connection = self.entry("text")["connection"]
            self.assertGreaterEqual(self.ports_of(connection), 1000)
            holder.stdin.close()
            self.assertEqual(holder.wait(60), 0)
        finally:
            holder.kill()
            holder.wait()
            holder.stdout.close()
        until(lambda: self.ports_of(connection) < 5, "their ports to end")
        self.assert_nothing_is_left()

    def test_a_holder_that_is_killed_leaves_nothing_behind(self):
        self.client("create", "200")
        holder = subprocess.Popen([os.path.join(BUILD, "tests/objects-client"), "hold", "200"], env=self.environment,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(holder.stdout.readline(), b"held\n")
        finally:
            holder.kill()
            holder.wait()
            holder.stdin.close()
            holder.stdout.close()
        self.assert_nothing_is_left()

    def test_who_leaves_before_the_answer_leaves_nothing_behind(self):
        self.client("create", "200")
        for _ in range(5):
            self.client("abandon", "200")
        self.assert_nothing_is_left()

    def test_an_object_is_never_closed_while_it_is_being_opened(self):
        self.client("create", "1")
        print("%d x %d rounds" % (CHURNERS, ROUNDS))
        churners = [self.start("tests/objects-client", "churn", "text.plain::n0", str(ROUNDS)) for _ in range(CHURNERS)]
        for churner in churners:
            self.assertEqual(churner.wait(), 0, churner.text())
            self.processes.remove(churner)
        self.assert_nothing_is_left()

    def test_two_programs_see_each_others_edits(self):
        first = self.notes("add shopping milk\n", end=False)
        self.await_line(first, "shopping + milk")
        second = self.notes("wait shopping milk\nadd todo call Bob\n", end=False)
        self.await_line(second, "todo + call Bob")
        self.await_line(first, "todo + call Bob")
        self.command(first, "add shopping bread")
        self.await_line(first, "shopping + bread")
        self.command(second, "wait shopping bread", "drop shopping milk", "show shopping")
        self.await_line(first, "shopping - milk")
        self.command(first, "show shopping", "show todo")
        self.assertEqual(self.finish(first), ["shopping: bread", "todo: call Bob"])
        self.assertEqual(self.finish(second), ["shopping + bread", "shopping - milk", "shopping: bread"])
        self.assert_nothing_is_left()

    def test_lines_added_at_the_same_time_all_arrive(self):
        programs = [self.notes("".join("add shopping %d.%d\n" % (program, line) for line in range(20))) for program in range(4)]
        for program in programs:
            self.finish(program)
        done = self.run_program("examples/notes", "text.plain::shopping", data=b"show shopping\n")
        self.assertEqual(sorted(done.stdout.split("\n")[:-1]),
                         sorted("shopping: %d.%d" % (program, line) for program in range(4) for line in range(20)))

    def test_notes_outlive_the_service_that_serves_them(self):
        program = self.notes("add shopping milk\nshow shopping\n", end=False)
        self.await_line(program, "shopping: milk")
        entry = self.entry("text")
        os.kill(entry["pid"], signal.SIGKILL)
        until(lambda: self.entry("text")["starts"] > entry["starts"], "the notes to be opened again")
        self.command(program, "add shopping bread", "show shopping")
        told = self.finish(program)
        self.assertEqual(told[-2:], ["shopping: milk", "shopping: bread"])

    def test_what_notes_cannot_do_is_said(self):
        for line, reason in ((b"add nothing x", 'there is no note "nothing" here'), (b"add x", "it takes a note and a line"),
                             (b"drop x y", "there is no such line"), (b"x x y", 'there is no command "x"'),
                             (b"add x " + b"y" * 5000, "a line is longer than 4094 bytes")):
            done = self.run_program("examples/notes", "text.plain::x", data=line + b"\n")
            self.assertEqual(done.returncode, 1)
            self.assertIn(reason, done.stderr)
        self.assertIn("not an object's name", self.run_program("examples/notes", "x").stderr)
        self.assertIn("no service implements the type", self.run_program("examples/notes", "x::x").stderr)
        self.assertEqual(self.run_program("examples/notes").returncode, 2)

    def notes(self, commands, end=True):
        program = subprocess.Popen([os.path.join(BUILD, "examples/notes"), "text.plain::shopping", "text.plain::todo"],
                                   env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        program.stdin.write(commands.encode())
        program.stdin.flush()
        if end:
            program.stdin.close()
        return program

    def command(self, program, *commands):
        program.stdin.write("".join(each + "\n" for each in commands).encode())
        program.stdin.flush()

    def await_line(self, program, line):
        """Reads what it says up to there."""
        while (said := program.stdout.readline()) != line.encode() + b"\n":
            self.assertNotEqual(said, b"", "it ends without: " + line)

    def finish(self, program):
        program.stdin.close()
        text = program.stdout.read().decode()
        self.assertEqual(program.wait(60), 0, text)
        return text.split("\n")[:-1]
