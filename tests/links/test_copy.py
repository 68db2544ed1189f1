# SPDX-License-Identifier: MIT
"""A file that is copied to another location: COPY_MIB=1024 copies a larger one. And what small calls beside it, or beside long
messages, wait for that."""
import contextlib
import filecmp
import os
import re
import subprocess
import time
import unittest

from locations import BUILD, Place, SiteCase
from process import Process, until

MIB = 1 << 20
SIZE = int(os.environ.get("COPY_MIB", 64))
MEMORY_MIB = 64  # more than a link may ever hold back, and far less than the file
CALLS = 100      # in a turn
TURNS = 9
TIMES = 3        # as long as alone, at most
SANITIZED = "SANITIZE=" in os.environ.get("DARQ_MAKE", "")
FLOOR_MS = 5.0 if SANITIZED else 1.0  # what a machine with all its processors at work may add to a call that goes through eight processes


def most_memory_mib(process):
    with open("/proc/%d/status" % process.pid) as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) // 1024


class Copy(SiteCase):
    def setUp(self):
        self.manifests = Place.manifests
        Place.manifests = dict(self.manifests, copy=("Allow=any location:*",))
        super().setUp()

    def tearDown(self):
        Place.manifests = self.manifests
        super().tearDown()

    def run_in_the_hall(self, program, *arguments):
        return subprocess.run([os.path.join(BUILD, program), *arguments], timeout=600, check=False, capture_output=True, text=True,
                              env=dict(os.environ, DARQ_PKERNEL="unix:" + self.places["hall"].kernel.path))

    def receiver(self):
        target = os.path.join(self.directory, "in")
        os.mkdir(target)
        receiver = Process([os.path.join(BUILD, "examples", "copy-receive"), target],
                           dict(os.environ, DARQ_PKERNEL="unix:" + self.places["kitchen"].kernel.path), self.directory)
        self.addCleanup(receiver.kill)
        until(lambda: self.run_in_the_hall("bin/darqctl", "describe", "copy@kitchen").returncode == 0, "the receiver")
        return receiver, target

    def file(self, name, mebibytes):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            for _ in range(mebibytes):
                file.write(os.urandom(MIB))
        return path

    def times_ms(self, client, source, target, service):
        times = []
        for _ in range(CALLS):
            since = time.monotonic()
            client.call(source, target, b"small")
            service.reply(service.message().source)
            client.message()
            times.append((time.monotonic() - since) * 1e3)
        return sorted(times)

    def compare(self, large):
        """Once more when the machine has had something else to do, as it may have."""
        pair = self.pair()
        self.assertTrue(any(self.delays_little(pair, large) for _ in range(3)))

    def delays_little(self, pair, large):
        """Small calls, in turns alone and while something large() crosses."""
        alone, beside = [], []
        for _ in range(TURNS):
            alone += self.times_ms(*pair)
            with large():
                beside += self.times_ms(*pair)
        (one, one99), (two, two99) = ((sorted(each)[len(each) // 2], sorted(each)[len(each) * 99 // 100])
                                      for each in (alone, beside))
        print("small calls: median %.2f ms alone, %.2f beside it; p99 %.2f, %.2f" % (one, two, one99, two99))
        return two < TIMES * one + FLOOR_MS

    def test_a_copy_delays_small_calls_little(self):
        receiver, target = self.receiver()
        source, arriving = os.path.join(self.directory, "endless"), os.path.join(target, "endless")
        with open(source, "wb") as file:
            file.truncate(64 << 30)

        @contextlib.contextmanager
        def copying():
            copy = Process([os.path.join(BUILD, "examples", "copy-send"), "--to", "copy@kitchen", source],
                           dict(os.environ, DARQ_PKERNEL="unix:" + self.places["hall"].kernel.path), self.directory)
            try:
                until(lambda: os.path.exists(arriving) and os.path.getsize(arriving) > MIB, "the copy to begin")
                size = os.path.getsize(arriving)
                yield
                until(lambda: os.path.getsize(arriving) > size, "the copy to go on")
            finally:
                copy.kill()
            until(lambda: not os.path.exists(arriving), "what came to be removed")

        self.compare(copying)
        self.assertEqual(receiver.end(), 0)

    def test_a_file_arrives_as_it_is_and_in_little_memory(self):
        before = {name: most_memory_mib(place.link.process) for name, place in self.places.items()}
        source = self.file("big", SIZE)
        receiver, target = self.receiver()
        done = self.run_in_the_hall("examples/copy-send", "--to", "copy@kitchen", source)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(filecmp.cmp(source, os.path.join(target, "big"), shallow=False))
        for name, place in self.places.items():
            self.assertLess(most_memory_mib(place.link.process) - before[name], MEMORY_MIB)
        self.assertEqual(receiver.end(), 0)


if __name__ == "__main__":
    unittest.main()
