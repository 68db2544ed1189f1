# SPDX-License-Identifier: MIT
"""What the programs are built with, as their files tell, and what the router has given up once it routes."""
import os
import platform
import re
import signal
import subprocess
import unittest

from process import until
from system import BUILD, COUNTED, SANITIZED, SystemCase

PROGRAMS = ("bin/pkernel", "bin/darqctl", "bin/darqidl", "examples/storage-service")
SHARED = "lib/libdarqwire.so"


def told(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], capture_output=True, text=True, check=True).stdout


class Binaries(unittest.TestCase):
    def files(self):
        for name in PROGRAMS + (SHARED,):
            with self.subTest(name):
                yield name, os.path.join(BUILD, name)

    def test_every_program_is_loaded_at_a_random_address(self):
        for name, path in self.files():
            self.assertRegex(told("-h", path), r"Type:\s+DYN")
            if name != SHARED:
                self.assertRegex(told("-d", path), r"FLAGS_1.*\bPIE\b")

    def test_no_table_of_the_linker_can_be_written(self):
        for _, path in self.files():
            self.assertIn("GNU_RELRO", told("-l", path))
            self.assertRegex(told("-d", path), r"BIND_NOW|FLAGS.*\bNOW\b")

    def test_nothing_is_both_writable_and_executable(self):
        for _, path in self.files():
            headers = told("-l", path)
            self.assertRegex(headers, r"GNU_STACK\s.*\sRW\s")
            self.assertNotRegex(headers, r"(?m)^\s+\w+\s.*\sRWE\s")

    @unittest.skipIf(COUNTED, "make coverage doesn't ask for it")
    def test_the_stack_is_guarded(self):
        for _, path in self.files():
            self.assertIn("__stack_chk_fail", told("-s", "--dyn-syms", path))

    @unittest.skipIf(SANITIZED or COUNTED, "a sanitizer checks these calls itself, and make coverage doesn't ask for it")
    def test_copies_are_checked(self):
        for name, path in self.files():
            if name != SHARED:
                self.assertRegex(told("-s", "--dyn-syms", path), r"__\w+_chk@")

    @unittest.skipUnless(platform.machine() == "x86_64", "control-flow protection is x86's")
    def test_jumps_land_where_they_may(self):
        for name, path in self.files():
            notes = told("-n", path)
            if "x86 feature: IBT" not in notes:  # the C library's own start files must have it too
                self.assertIn("endbr64", subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True,
                                                        text=True, check=True).stdout, name)


class Router(SystemCase):
    def status(self, pid):
        with open("/proc/%d/status" % pid) as file:
            return dict(re.findall(r"(?m)^(\w+):\s*(.*)$", file.read()))

    def children(self, pid):
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            return [int(word) for word in file.read().split()]

    @unittest.skipIf(SANITIZED or COUNTED, "a sanitizer's run-time, or gcov's, needs what the filter forbids")
    def test_the_router_is_filtered_and_the_starter_is_not(self):
        self.peer()
        router = self.kernel.process.pid
        self.assertEqual((self.status(router)["Seccomp"], self.status(router)["NoNewPrivs"]), ("2", "1"))
        starter, = self.children(router)
        self.assertEqual((self.status(starter)["Seccomp"], self.status(starter)["NoNewPrivs"]), ("0", "0"))

    def test_its_socket_goes_with_it_however_it_went(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            kernel = self.new_kernel()
            self.assertTrue(os.path.exists(kernel.path))
            kernel.process.send_signal(number)
            kernel.process.wait(60)
            until(lambda path=kernel.path: not os.path.exists(path), "the socket to go")
            kernel.stop()


if __name__ == "__main__":
    unittest.main()
