# SPDX-License-Identifier: MIT
"""The interface that the language's reference begins with: its service and client exchange every kind of value and call."""
import os
import subprocess

from process import WAIT
from system import BUILD, SystemCase

SAID = """revision 3, text
a\x20
b\x20
revision 300000
sixteen bytes...changed: etc/motd
got text
"""


class Calls(SystemCase):
    def test_every_kind_of_call(self):
        """Defaults, two replies at once, items down, bytes up, a port in a reply, a port of the client's, a late answer."""
        self.start("tests/calls-service")
        done = None
        for _ in range(100):
            done = subprocess.run([os.path.join(BUILD, "tests", "calls-client")], input=bytes(300000), capture_output=True,
                                  timeout=WAIT, env=self.environment)
            if b"no connection to the service" not in done.stderr:
                break
        self.assertEqual((done.returncode, done.stdout.decode()), (0, SAID), done.stderr)
        self.assert_clean(done.stderr.decode())

    def test_nothing_is_left_behind(self):
        self.test_every_kind_of_call()
        for line in self.run_program("bin/darqctl", "list", "connections").stdout.splitlines()[1:]:
            self.assertEqual(line.split()[-2:], ["0", "0"], line)
