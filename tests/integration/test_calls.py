# SPDX-License-Identifier: MIT
"""The interface that the language's reference begins with: its service and client exchange every kind of value and call."""
from process import until
from system import SystemCase

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
        until(lambda: self.run_program("bin/darqctl", "ping", "storage").returncode == 0, "the service")
        done = self.run_program("tests/calls-client", data=bytes(300000))
        self.assertEqual((done.returncode, done.stdout), (0, SAID), done.stderr)

    def test_nothing_is_left_behind(self):
        self.test_every_kind_of_call()
        until(lambda: all(line.split()[-2:] == ["0", "0"] for line in
                          self.run_program("bin/darqctl", "list", "connections").stdout.splitlines()[1:]), "all to be given back")
