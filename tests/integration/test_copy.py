# SPDX-License-Identifier: MIT
"""Files and trees through streams: whole or not at all, whatever ends meanwhile, and nobody else is slowed."""
import filecmp
import hashlib
import json
import os
import pty
import re
import signal
import subprocess
import time

from peer import Peer
from process import stopped, until
from system import BUILD, SystemCase

MEBIBYTE = 1024 * 1024
SIZE = int(os.environ.get("COPY_MIB", 192)) * MEBIBYTE
AHEAD = 16 * MEBIBYTE  # more than the two and the p-kernel have on its way
RESIDENT_KIB = 32 * 1024
QUICK = "sanitize" not in BUILD and "asan" not in BUILD


class Copy(SystemCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("in"))
        self.receiver = self.receive()

    def receive(self, *arguments):
        receiver = self.start("examples/copy-receive", *arguments, self.path("in"))
        until(lambda: self.tool("ping", "copy").returncode == 0 or not receiver.running(), "the receiver")
        return receiver

    def tool(self, *words):
        return self.run_program("bin/darqctl", *words)

    def send(self, *words, **options):
        return subprocess.Popen([os.path.join(BUILD, "examples/copy-send"), *words], env=self.environment,
                                cwd=self.directory.name, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def sent(self, *words):
        sender = self.send(*words)
        _, said = sender.communicate(timeout=600)
        return sender.returncode, said

    def noise(self, name, size):
        """A file that compresses badly, and is made fast."""
        block = os.urandom(MEBIBYTE)
        with open(self.path(name), "wb") as file:
            for number in range(size // MEBIBYTE):
                file.write(block[number % MEBIBYTE:] + block[:number % MEBIBYTE])
            file.write(block[:size % MEBIBYTE])
        return self.path(name)

    def halfway(self, path):
        """A sender in the midst of a file, whose receiver stands still; once more if the two were faster than we."""
        def begin():
            sender = self.send(path)
            until(lambda: os.path.exists(copy) and os.path.getsize(copy) > MEBIBYTE, "some of it")
            self.receiver.signal(signal.SIGSTOP)
            until(lambda: stopped(self.receiver.process.pid), "the receiver to stand still")
            if os.path.getsize(copy) < SIZE - AHEAD:
                return sender
            self.receiver.signal(signal.SIGCONT)
            self.assertEqual(sender.communicate()[1], "")
            os.remove(copy)
            return None
        copy, senders = self.path("in/large"), []
        until(lambda: senders.append(begin()) or senders[-1] is not None, "a copy to be caught halfway")
        return senders[-1]

    def digest(self, path):
        digest = hashlib.blake2b()
        with open(path, "rb") as file:
            while block := file.read(MEBIBYTE):
                digest.update(block)
        return digest.digest()

    def p99_ms(self, caller, source, callee, port, rounds):
        times = []
        for _ in range(rounds):
            started = time.perf_counter()
            caller.call(source, port, b"0123456789abcdef")
            callee.reply(callee.message().source, b"fedcba9876543210")
            caller.message()
            times.append((time.perf_counter() - started) * 1000)
        return sorted(times)[rounds * 99 // 100]

    def test_a_large_file_arrives_as_it_was_and_costs_no_memory(self):
        path = self.noise("large", SIZE + 12345)
        caller, callee = self.peer(), self.peer()
        source, port = caller.port(), callee.port(20000)
        alone = self.p99_ms(caller, source, callee, port, 2000)
        started = time.monotonic()
        sender = self.send(path)
        resident, beside = 0, []
        while sender.poll() is None:
            beside.append(self.p99_ms(caller, source, callee, port, 100))
            resident = max(resident, self.kernel.resident_kib())
        seconds = time.monotonic() - started
        self.assertEqual(sender.communicate()[1], "")
        self.assertEqual(sender.returncode, 0)
        print("%d MiB in %.1f s, %d MiB/s; the p-kernel has %d KiB; p99 of a call %.3f ms alone, %.3f beside it (median of %d)"
              % (SIZE // MEBIBYTE, seconds, SIZE / seconds / MEBIBYTE, resident, alone, sorted(beside)[len(beside) // 2],
                 len(beside)))
        self.assertEqual(self.digest(path), self.digest(self.path("in/large")))
        if QUICK:
            self.assertLess(resident, RESIDENT_KIB)

    def test_a_tree_with_all_that_is_in_it(self):
        os.makedirs(self.path("tree/a/b/c"))
        os.makedirs(self.path("tree/empty"))
        for number, name in enumerate(("plain", "a/with space", "a/b/\u00e4\u4e2d", "a/b/c/-dash", "a/b/c/'quote\"")):
            self.write("tree/" + name, os.urandom(number * 40000))
            os.chmod(self.path("tree/" + name), (0o600, 0o640, 0o644, 0o755, 0o500)[number])
            os.utime(self.path("tree/" + name), ns=(0, 1600000000123456789 + number))
        os.utime(self.path("tree/plain"), ns=(0, -1500000000))
        self.write("tree/nothing", b"")
        os.symlink("plain", self.path("tree/link"))
        os.mkfifo(self.path("tree/fifo"))
        status, said = self.sent("tree")
        self.assertEqual(status, 0, said)
        self.assertIn("link is left out", said)
        self.assertIn("fifo is left out", said)
        self.assertTrue(os.path.isdir(self.path("in/tree/empty")))
        for folder, _, names in os.walk(self.path("in/tree")):
            for name in names:
                copy = os.path.join(folder, name)
                original = copy.replace(self.path("in") + "/", self.path(""))
                self.assertTrue(filecmp.cmp(original, copy, shallow=False), copy)
                ours, theirs = os.stat(original), os.stat(copy)
                self.assertEqual((ours.st_mode, ours.st_mtime_ns), (theirs.st_mode, theirs.st_mtime_ns), copy)
        self.assertEqual(sum(len(names) for _, _, names in os.walk(self.path("in/tree"))), 6)

    def test_what_is_there_is_not_replaced(self):
        self.write("file", b"new")
        self.write("in/file", b"old")
        status, said = self.sent("file")
        self.assertEqual((status, self.read("in/file")), (1, b"old"))
        self.assertIn("File exists", said)
        self.assertEqual(self.sent("missing")[0], 1)
        self.assertEqual(self.sent("--to", "nobody", "file")[0], 1)
        self.assertEqual(self.sent()[0], 2)

    def test_no_path_leads_out_of_the_folder(self):
        os.symlink("/", self.path("in/root"))
        os.symlink("..", self.path("in/up"))
        for path in ("/tmp/x", "../x", "a/../../x", "..", ".", "", "a//b", "a/", "./x", "x" * 256, "\x01/.."):
            done = self.tool("call", "copy", "make_folder", json.dumps({"path": path, "mode": 0o755}))
            self.assertIn("BAD_PATH", done.stderr, path)
        for path in ("root/tmp/x", "up/x", "missing/x"):
            done = self.tool("call", "copy", "make_folder", json.dumps({"path": path, "mode": 0o755}))
            self.assertIn("CANNOT_WRITE", done.stderr, path)
        self.assertIn("EXISTS", self.tool("call", "copy", "make_folder", '{"path": "up", "mode": 448}').stderr)
        self.assertEqual(sorted(os.listdir(self.path("in"))), ["root", "up"])
        self.assertEqual([name for name in os.listdir(self.directory.name) if not name.startswith("log-")], ["in"])

    def test_a_sender_that_is_killed_leaves_nothing(self):
        path = self.noise("large", SIZE)
        for _ in range(5):
            sender = self.halfway(path)
            sender.kill()
            sender.communicate()
            self.receiver.signal(signal.SIGCONT)
            until(lambda: os.listdir(self.path("in")) == [], "the rest to go")

    def test_a_receiver_that_is_killed_is_told_of(self):
        sender = self.halfway(self.noise("large", SIZE))
        self.receiver.kill()
        _, said = sender.communicate()
        self.assertEqual(sender.returncode, 1)
        self.assertIn("large: ", said)
        self.assertRegex(said, "died|ended")
        self.processes.remove(self.receiver)

    def test_a_receiver_that_is_stopped_holds_back_nobody_else(self):
        sender = self.halfway(self.noise("large", SIZE))
        self.assertTrue(Peer(self.kernel).alive())
        if QUICK:
            self.assertLess(self.kernel.resident_kib(), RESIDENT_KIB)
        self.receiver.signal(signal.SIGCONT)
        self.assertEqual(sender.communicate()[1], "")
        self.assertEqual(self.digest(self.path("large")), self.digest(self.path("in/large")))

    def test_a_disk_without_room_is_told(self):
        self.receiver.end()
        self.processes.remove(self.receiver)
        limit = "import os, resource, signal, sys\n" \
                "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" \
                "resource.setrlimit(resource.RLIMIT_FSIZE, (%d, %d))\n" \
                "os.execv(sys.argv[1], sys.argv[1:])\n" % (MEBIBYTE, MEBIBYTE)
        receiver = subprocess.Popen(["python3", "-c", limit, os.path.join(BUILD, "examples/copy-receive"), self.path("in")],
                                    env=self.environment)
        try:
            until(lambda: self.tool("ping", "copy").returncode == 0, "the receiver")
            status, said = self.sent(self.noise("large", 4 * MEBIBYTE))
            self.assertEqual(status, 1)
            self.assertIn("File too large", said)
            until(lambda: os.listdir(self.path("in")) == [], "the rest to go")
        finally:
            receiver.terminate()
            receiver.wait()

    def test_a_terminal_shows_how_far_it_is(self):
        self.noise("large", SIZE)
        ours, theirs = pty.openpty()
        sender = subprocess.Popen([os.path.join(BUILD, "examples/copy-send"), self.path("large")], env=self.environment,
                                  stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 65536):
                shown += block
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        self.assertEqual(sender.wait(), 0)
        lines = shown.decode().strip().split("\r")
        self.assertTrue(all(re.fullmatch(r"\[#* *\] [\d.]+/%.1f MiB  [\d.]+ MiB/s  \d+:\d\d left *" % (SIZE / MEBIBYTE), line)
                            for line in lines), lines)
        self.assertIn("[##############################]", lines[-1])
