# SPDX-License-Identifier: MIT
"""A file that is copied to another location: COPY_MIB=1024 copies a larger one."""
import filecmp
import os
import re
import subprocess
import unittest

from locations import BUILD, Place, SiteCase
from process import Process, until

MIB = 1 << 20
SIZE = int(os.environ.get("COPY_MIB", 64))
MEMORY_MIB = 64  # more than a link may ever hold back, and far less than the file


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

    def test_a_file_arrives_as_it_is_and_in_little_memory(self):
        before = {name: most_memory_mib(place.link.process) for name, place in self.places.items()}
        source, target = os.path.join(self.directory, "big"), os.path.join(self.directory, "in")
        os.mkdir(target)
        with open(source, "wb") as file:
            for _ in range(SIZE):
                file.write(os.urandom(MIB))
        receiver = Process([os.path.join(BUILD, "examples", "copy-receive"), target],
                           dict(os.environ, DARQ_PKERNEL="unix:" + self.places["kitchen"].kernel.path), self.directory)
        self.addCleanup(receiver.kill)
        until(lambda: self.run_in_the_hall("bin/darqctl", "describe", "copy@kitchen").returncode == 0, "the receiver")
        done = self.run_in_the_hall("examples/copy-send", "--to", "copy@kitchen", source)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(filecmp.cmp(source, os.path.join(target, "big"), shallow=False))
        for name, place in self.places.items():
            self.assertLess(most_memory_mib(place.link.process) - before[name], MEMORY_MIB)
        self.assertEqual(receiver.end(), 0)


if __name__ == "__main__":
    unittest.main()
