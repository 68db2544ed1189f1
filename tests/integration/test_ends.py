# SPDX-License-Identifier: MIT
"""How things end: who is told, and with which status: of the end, not of a timeout."""
import signal

from process import WAIT, until
from system import SystemCase


class Ends(SystemCase):
    def test_a_killed_service_is_told_to_its_waiting_caller(self):
        service = self.start_storage()
        caller = self.waiting_call(service)
        service.kill()
        self.assertEqual(caller.wait(), 1)
        self.assertIn("PEER_DIED", caller.text())

    def test_a_call_to_nobody_fails(self):
        done = self.storage("exists", "key")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NO_PORT", done.stderr)

    def test_a_call_to_a_service_that_has_gone_fails(self):
        ports = self.counters()["ports"]
        self.start_storage().kill()
        until(lambda: self.counters()["ports"] == ports, "its port to go")
        done = self.storage("exists", "key")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NO_PORT", done.stderr)

    def test_a_stopped_service_that_goes_on_answers(self):
        service = self.start_storage()
        caller = self.waiting_call(service)
        service.signal(signal.SIGCONT)
        self.assertEqual(caller.wait(), 3, caller.text())

    def test_a_killed_caller_does_no_harm(self):
        service = self.start_storage()
        self.waiting_call(service).kill()
        service.signal(signal.SIGCONT)
        self.assertEqual(self.storage("list").returncode, 0)

    def test_sigterm_ends_a_service_with_status_0(self):
        for service in (self.start_storage(), self.start_hello()):
            service.signal(signal.SIGTERM)
            self.assertEqual(service.wait(), 0, service.text())

    def test_sigterm_ends_the_p_kernel_with_status_0_and_tells_its_clients(self):
        service = self.start_storage()
        caller = self.waiting_call(service)
        self.kernel.process.terminate()
        self.assertEqual(self.kernel.process.wait(WAIT), 0)
        self.assertEqual(caller.wait(), 1)
        self.assertIn("LINK_LOST", caller.text())
        service.signal(signal.SIGCONT)
        self.assertNotEqual(service.wait(), 0, "a service whose p-kernel has gone says so")

    def test_a_killed_p_kernel_is_told_to_its_clients(self):
        service = self.start_hello()
        self.kernel.process.kill()
        until(lambda: not service.running(), "the service to end")
        self.assertNotEqual(service.wait(), 0)
        self.kernel.stop()
        self.kernel = self.new_kernel()
