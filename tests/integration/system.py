# SPDX-License-Identifier: MIT
"""A whole system for one test: a p-kernel on a free port, services, clients, all real processes.

Everything stands in a temporary directory. Each process is ended by its own id; a service that is still there at the
end of a test is asked to end, and must do so with status 0, as must the p-kernel.
"""
import json
import os
import signal
import subprocess
import tempfile
import unittest

from peer import Kernel, Peer
from process import WAIT, Process, until

BUILD = os.path.abspath(os.environ.get("DARQ_BUILD", "build"))
SANITIZED = "SANITIZE=" in os.environ.get("DARQ_MAKE", "")
COUNTED = "--coverage" in os.environ.get("DARQ_MAKE", "")      # make coverage: not optimised, not hardened
NO_TIMEOUTS = [word for name in ("first_frame_ms", "slow_ms") for word in ("--limit", name + "=3600000")]  # of the p-kernel's
REPORTS = ("AddressSanitizer", "runtime error", "LeakSanitizer", "Assertion")


class SystemCase(unittest.TestCase):
    """Each test gets a fresh p-kernel and an empty directory."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="darq-")
        self.kernel = self.new_kernel()
        self.environment = dict(os.environ, DARQ_PKERNEL="tcp:127.0.0.1:%d" % self.kernel.port)
        self.processes = []
        self.peers = []

    @staticmethod
    def new_kernel(*options):
        return Kernel(os.path.join(BUILD, "bin", "pkernel"), *options)

    def tearDown(self):
        for peer in self.peers:
            peer.close()
        endings = [(process, process.running(), process.end()) for process in self.processes]
        status, text = self.kernel.stop()
        for process, was_running, result in endings:
            if was_running:
                self.assertEqual(result, 0, "%s\n%s" % (process.command, process.text()))
            self.assert_clean(process.text())
        self.directory.cleanup()
        self.assertEqual(status, 0, text)
        self.assert_clean(text)

    def assert_clean(self, text):
        for report in REPORTS:
            self.assertNotIn(report, text)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def start(self, program, *arguments):
        """Starts a program of the build, in the test's directory."""
        process = Process([os.path.join(BUILD, program), *arguments], self.environment, self.directory.name)
        self.processes.append(process)
        return process

    def run_program(self, program, *arguments, data=b""):
        """Runs a program to its end; has returncode, stdout, stderr."""
        done = subprocess.run([os.path.join(BUILD, program), *arguments], input=data, capture_output=True, timeout=WAIT,
                              env=self.environment, cwd=self.directory.name)
        done.stdout, done.stderr = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        self.assert_clean(done.stderr)
        return done

    def peer(self, hello=True):
        peer = Peer(self.kernel, hello)
        self.peers.append(peer)
        return peer

    def counters(self):
        return json.loads(self.run_program("bin/darqctl", "status", "--json").stdout)

    # the examples

    def hello(self, *arguments):
        return self.run_program("examples/hello-client", *arguments)

    def storage(self, *arguments):
        return self.run_program("examples/storage-client", *arguments)

    def start_hello(self):
        service = self.start("examples/hello-service")
        until(lambda: self.hello("check").returncode == 0 or not service.running(), "the greeter")
        self.assertTrue(service.running(), service.text())
        return service

    def start_storage(self):
        service = self.start("examples/storage-service", "--db", self.path("storage.sqlite"))
        until(lambda: self.storage("list").returncode == 0 or not service.running(), "the storage service")
        self.assertTrue(service.running(), service.text())
        return service

    def waiting_call(self, service):
        """A client whose call was handed to a stopped service."""
        service.signal(signal.SIGSTOP)
        caller = self.start("examples/storage-client", "exists", "key")
        until(lambda: self.counters()["open_calls"] == 1, "the call to be handed over")
        return caller
