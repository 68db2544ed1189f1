# SPDX-License-Identifier: MIT
"""A system whose services are declared by manifests, and started by the p-kernel."""
import json
import os

from process import until
from system import BUILD, SystemCase

STORAGE = ("Port=11001", "Exec=%s/examples/storage-service --db %%S/storage.sqlite" % BUILD)


class DeclaredCase(SystemCase):
    """manifests: the lines of each, by the service's name."""

    manifests = {}

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("services"))
        for name, lines in self.manifests.items():
            self.declare(name, *lines)
        self.kernel.stop()
        self.kernel = self.new_kernel("--services", self.path("services"), "--state", self.path("state"))
        self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % self.kernel.port

    def declare(self, name, *lines):
        path = os.path.join("services", name + ".service")
        self.write(path, "\n".join(("[Service]", "Name=" + name) + lines + ("",)).encode())
        os.chmod(self.path(path), 0o644)

    def call(self, target, method, **request):
        """What the service answers."""
        done = self.run_program("bin/darqctl", "call", target, method, json.dumps(request))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refused(self, target, method, **request):
        """What it says when it answers with an error."""
        done = self.run_program("bin/darqctl", "call", target, method, json.dumps(request))
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def ask(self, method, **request):
        return self.call("1", method, **request)

    def entry(self, name):
        """What the p-kernel tells of a service."""
        return next(entry for entry in self.ask("list_services")["services"] if entry["name"] == name)

    def await_state(self, name, state):
        until(lambda: self.entry(name)["state"] == state, "%s to be %s" % (name, state))
