#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs link-bench: two locations over one NATS server on this machine. tests/bench/link/run.py BUILD"""
import os
import subprocess
import sys

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TESTS, each) for each in ("links", "blackbox", "integration")]
os.environ["DARQ_BUILD"] = BUILD

from locations import Place, SiteCase  # noqa: E402
from process import Process, until  # noqa: E402


class Bench(SiteCase):
    def runTest(self):
        bench = os.path.join(BUILD, "bench", "link-bench")
        url = "nats://127.0.0.1:%d" % self.port
        kitchen = dict(os.environ, DARQ_PKERNEL="unix:" + self.places["kitchen"].kernel.path)
        hall = dict(os.environ, DARQ_PKERNEL="unix:" + self.places["hall"].kernel.path)
        service = Process([os.path.join(BUILD, "examples", "hello-service")], kitchen, self.directory)
        responder = Process([bench, url], kitchen, self.directory)
        ctl = os.path.join(BUILD, "bin", "darqctl")
        until(lambda: subprocess.run([ctl, "describe", "hello@kitchen"], env=hall, capture_output=True, check=False).returncode == 0,
              "the service")
        done = subprocess.run([bench, url, "hello@kitchen"], env=hall, timeout=300, check=False)
        responder.kill()
        service.end()
        self.assertEqual(done.returncode, 0)


def main():
    Place.manifests = dict(Place.manifests, hello=("Allow=any location:*",))
    case = Bench()
    result = case.run()
    for _, text in result.failures + result.errors:
        print(text)
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
