# SPDX-License-Identifier: MIT
"""The greeter and its client."""
from system import SystemCase


class Hello(SystemCase):
    def test_a_call_is_answered(self):
        self.start_hello()
        done = self.hello("Ada")
        self.assertEqual((done.returncode, done.stdout.split(" (")[0]), (0, "Hello, Ada!"))

    def test_the_service_keeps_count_over_its_callers(self):
        self.start_hello()
        first, second = self.hello("a"), self.hello("b")
        number = [int(done.stdout.split("greeting ")[1].rstrip(")\n")) for done in (first, second)]
        self.assertEqual(number[1], number[0] + 1)

    def test_utf_8_goes_through(self):
        self.start_hello()
        self.assertIn("Hello, Žofie Ωμέγα 🙂!", self.hello("Žofie Ωμέγα 🙂").stdout)

    def test_a_declared_error_brings_its_text(self):
        self.start_hello()
        done = self.hello("")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is nobody to greet", done.stderr)

    def test_a_bound_is_kept_before_anything_is_sent(self):
        self.start_hello()
        self.assertEqual(self.hello("x" * 64).returncode, 0)
        self.assertEqual(self.hello("x" * 65).returncode, 1)

    def test_without_a_p_kernel_there_is_a_reason(self):
        self.environment["DARQ_PKERNEL"] = "unix:" + self.path("nothing")
        done = self.hello()
        self.assertEqual(done.returncode, 1)
        self.assertIn("the p-kernel can't be reached", done.stderr)

    def test_over_the_unix_socket(self):
        self.environment["DARQ_PKERNEL"] = "unix:" + self.kernel.path
        self.start_hello()
        self.assertEqual(self.hello("Ada").returncode, 0)

    def test_two_cannot_serve_one_name(self):
        self.start_hello()
        second = self.start("examples/hello-service")
        self.assertNotEqual(second.wait(), 0)
        self.assertEqual(self.hello().returncode, 0)
