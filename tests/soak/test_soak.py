# SPDX-License-Identifier: MIT
"""A whole system under faults for as long as SOAK_SECONDS says: nothing grows, and every call is accounted for.

Side by side, each in its own thread: calls to the storage service, which the p-kernel starts, which ends when it is idle, and
which is killed; files that are copied, of which some senders and receivers are killed; guests of a room who come, talk, go
and die; strangers who say nothing, nonsense, or half a frame. All that is random comes from $SEED.
"""
import collections
import contextlib
import json
import os
import random
import signal
import struct
import subprocess
import threading
import time

from declared import DeclaredCase
from peer import MESSAGE, UNDELIVERABLE, Peer
from process import until
from system import BUILD, SANITIZED
from test_faults import STORAGE, exists_payload, set_payload

SECONDS = float(os.environ.get("SOAK_SECONDS", 60))
GROWTH_KIB = 64 << 10 if SANITIZED else 1 << 10  # a sanitizer holds back what was freed
WARM = 0.3  # of the time, until memory that is kept for the next call has been made
MEBIBYTE = 1 << 20


class Soak(DeclaredCase):
    manifests = {"storage": ("Port=11001", "Restart=1000/1s",
                             "Exec=%s/examples/storage-service --db %%S/storage.sqlite --idle 300" % BUILD)}

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print("seed", self.seed)
        self.until = time.monotonic() + SECONDS
        self.outcomes = collections.Counter()  # by code; 0: a reply
        self.counts = collections.Counter()
        self.failures = []

    def over(self):
        return time.monotonic() >= self.until or self.failures

    def run_program_for(self, command, data=b"", patience=60):
        """Its exit status, or None if it was killed in the midst of its work."""
        process = subprocess.Popen([os.path.join(BUILD, command[0]), *command[1:]], env=self.environment,
                                   cwd=self.directory.name, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            process.communicate(data, timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None
        return process.returncode

    # What goes on

    def take_outcomes(self, peer, calls):
        """Each call has one."""
        while calls:
            frame = peer.receive()
            self.assertIsNotNone(frame, "%d calls without an outcome" % len(calls))
            self.assertIn(frame.type, (MESSAGE, UNDELIVERABLE))
            self.assertIn(frame.call, calls, "an outcome of a call that isn't open")
            calls.remove(frame.call)
            self.outcomes[0 if frame.type == MESSAGE else struct.unpack(">I", frame.body[8:12])[0]] += 1

    def caller(self, rand):
        peer = Peer(self.kernel, unix=rand.random() < 0.5)
        source = peer.port()
        while not self.over():
            calls = set()
            for _ in range(rand.randrange(1, 60)):
                payload = exists_payload("x") if rand.random() < 0.5 else set_payload("key/%d" % rand.randrange(50), 100)
                calls.add(peer.call(source, STORAGE, payload, timeout=rand.choice((0, 0, 5, 50, 5000))))
                if rand.random() < 0.05:
                    peer.cancel(STORAGE, rand.choice(sorted(calls)))
                self.counts["calls"] += 1
            if rand.random() < 0.02:
                break  # gone without waiting
            self.take_outcomes(peer, calls)
            if rand.random() < 0.1:
                time.sleep(rand.random() * 0.6)
        peer.close()

    def callers(self, rand):
        while not self.over():
            self.caller(rand)

    def kill(self, rand):
        while not self.over():
            time.sleep(rand.random() * 0.5)
            pid = self.entry("storage").get("pid", 0)
            if pid:
                with contextlib.suppress(ProcessLookupError):  # it was quicker
                    os.kill(pid, rand.choice((signal.SIGKILL, signal.SIGTERM)))
                    self.counts["kills"] += 1

    def copy(self, rand):
        source, target = self.path("source"), self.path("target")
        os.mkdir(target)
        self.write("source", os.urandom(8 * MEBIBYTE))
        receiver = None
        while not self.over():
            if receiver is None or receiver.poll() is not None:
                receiver = subprocess.Popen([os.path.join(BUILD, "examples/copy-receive"), target], env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for name in os.listdir(target):
                with contextlib.suppress(FileNotFoundError):  # a receiver that ends removes what isn't whole
                    os.remove(os.path.join(target, name))
            if rand.random() < 0.2:
                threading.Timer(rand.random() * 0.05, receiver.kill).start()
            patience = rand.random() * 0.05 if rand.random() < 0.3 else 60
            self.counts["copies"] += self.run_program_for(("examples/copy-send", source), patience=patience) == 0
        receiver.kill()
        receiver.wait()

    def talk(self, rand):
        service = subprocess.Popen([os.path.join(BUILD, "examples/chat-service")], env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self.over():
            lines = b"hello\n" * rand.randrange(1, 50)
            patience = rand.random() * 0.02 if rand.random() < 0.3 else 60
            self.counts["guests"] += self.run_program_for(("examples/chat-client", "g%d" % rand.randrange(9)), lines, patience) == 0
        service.kill()
        service.wait()

    def strangers(self, rand):
        while not self.over():
            peer = Peer(self.kernel, hello=rand.random() < 0.5, unix=rand.random() < 0.5)
            with contextlib.suppress(OSError):  # closed for what it said
                if rand.random() < 0.7:
                    peer.send(rand.randbytes(rand.randrange(1, 4000)))
                if rand.random() < 0.5:
                    peer.send(struct.pack(">BBHI", rand.randrange(20), 8, 0, rand.randrange(8, 60000)))
                time.sleep(rand.random() * 0.02)
            peer.close()
            self.counts["strangers"] += 1

    # What has to hold

    def guarded(self, work, rand):
        try:
            work(rand)
        except BaseException as error:  # a thread's failure is the test's
            self.failures.append(error)

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.kernel.process.pid))

    def standing(self):
        """What nobody's leaving may leave behind."""
        status = json.loads(self.run_program("bin/darqctl", "status", "--json").stdout)
        return {name: status[name] for name in ("connections", "ports", "open_calls", "routes")}

    def quiet(self):
        return self.entry("storage")["state"] == "STOPPED" and self.standing() == self.before

    def test_nothing_grows_and_every_call_has_its_outcome(self):
        self.before, descriptors = self.standing(), self.descriptors()
        works = (self.callers, self.callers, self.kill, self.copy, self.talk, self.strangers)
        threads = [threading.Thread(target=self.guarded, args=(work, random.Random(self.seed + number)))
                   for number, work in enumerate(works)]
        for thread in threads:
            thread.start()
        warm, samples = None, []
        while not self.over():
            time.sleep(min(1.0, SECONDS / 20))
            samples.append(self.kernel.resident_kib())
            if warm is None and self.until - time.monotonic() < SECONDS * (1 - WARM):
                warm = max(samples)
        for thread in threads:
            thread.join()
        if self.failures:
            raise self.failures[0]
        until(self.quiet, "all to be as it was: %s, not %s" % (self.before, self.standing()))
        print("%s; outcomes by code: %s; p-kernel %d KiB warm, at most %d KiB"
              % (dict(self.counts), dict(sorted(self.outcomes.items())), warm, max(samples)))
        until(lambda: self.descriptors() == descriptors, "descriptors to be closed")
        self.assertLess(max(samples) - warm, GROWTH_KIB)
        for what in ("calls", "kills", "copies", "guests", "strangers"):
            self.assertGreater(self.counts[what], 0, what)
        self.assertGreater(self.outcomes[0], 0)
