# SPDX-License-Identifier: MIT
"""A site as darq-site makes it, with TLS: who may connect, publish and listen, and who may not."""
import os
import re
import socket
import ssl
import subprocess
import tempfile
import unittest

from locations import BUILD, NATS, SiteCase
from process import Process, until

SITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "pkernel", "link", "darq-site")


class Client:
    """NATS by hand."""

    def __init__(self, port, authority, user=None, password=None):
        context = ssl.create_default_context(cafile=authority)
        plain = socket.create_connection(("127.0.0.1", port))
        plain.settimeout(60)
        self.buffer = b""
        while b"\r\n" not in self.buffer:
            more = plain.recv(4096)
            if not more:
                raise EOFError
            self.buffer += more
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        login = '"user":"%s","pass":"%s",' % (user, password) if user else ""
        self.buffer = b""
        self.said = self.say('CONNECT {%s"verbose":false,"protocol":1}' % login)

    def say(self, text):
        """What the server says to it, up to the answer of a ping, or its closing."""
        self.buffer = b""
        try:
            self.socket.sendall(text.encode() + b"\r\nPING\r\n")
            while b"PONG\r\n" not in self.buffer:
                more = self.socket.recv(65536)
                if not more:
                    break
                self.buffer += more
        except (ConnectionError, ssl.SSLError):
            pass
        return self.buffer.decode()

    def close(self):
        self.socket.close()


class SecureCase(SiteCase):
    def start_nats(self):
        self.site = os.path.join(self.directory, "site")
        self.run_site("new", self.site, "127.0.0.1")
        self.run_site("add", self.site, *self.names, "attic")
        self.nats = Process([NATS, "-c", "nats.conf"], dict(os.environ), os.path.join(self.site, "127.0.0.1"))
        while "Server is ready" not in self.nats.text():
            self.assertTrue(self.nats.running(), self.nats.text())

    def run_site(self, *arguments):
        environment = dict(os.environ, PORT=str(self.port))
        done = subprocess.run(["sh", SITE, *arguments], capture_output=True, text=True, timeout=60, env=environment,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def file(self, name, what):
        return os.path.join(self.site, "locations", name, what)

    def password(self, name):
        with open(self.file(name, "password")) as file:
            return file.read().strip()

    def link_options(self, name):
        return ("--server", "tls://127.0.0.1:%d" % self.port, "--user", name, "--password-file", self.file(name, "password"),
                "--ca", self.file(name, "ca.pem"))

    def client(self, *login):
        """The server gives a client two seconds: one that has been too slow comes again."""
        clients = []

        def heard():
            try:
                clients.append(Client(self.port, os.path.join(self.site, "ca.pem"), *login))
            except (OSError, EOFError):
                return False
            self.addCleanup(clients[-1].close)
            return clients[-1].said and "Timeout" not in clients[-1].said
        until(heard, "the server to hear it out")
        return clients[-1]


class Permissions(SecureCase):
    def test_a_call_crosses_a_secured_site(self):
        client, source, target, service = self.pair()
        client.call(source, target, b"secret")
        service.reply(service.message().source, b"fine")
        self.assertEqual(client.message().payload, b"fine")

    def assert_counted(self, what, times):
        """The server keeps a record of each."""
        until(lambda: self.nats.text().count(what) >= times, "the server to tell")
        self.assertEqual(self.nats.text().count(what), times)

    def test_who_has_no_user_or_a_wrong_password_is_refused(self):
        self.assertIn("Authorization Violation", self.client().said)
        self.assertIn("Authorization Violation", self.client("hall", "wrong").said)
        self.assertIn("Authorization Violation", self.client("cellar", self.password("hall")).said)
        self.assertNotIn("-ERR", self.client("attic", self.password("attic")).said)
        self.assert_counted("authentication error", 3)
        self.assertEqual([entry["losses"] for place in self.places.values() for entry in place.states().values()], [0, 0])

    def test_a_location_cannot_pose_as_another(self):
        client, source, target, service = self.pair()
        attic = self.client("attic", self.password("attic"))
        refused = self.places["hall"].states()["kitchen"]["refused"]
        self.assertIn("Permissions Violation for Publish", attic.say("PUB darq.v1.hall.kitchen 1\r\nx"))
        self.assertNotIn("-ERR", attic.say("PUB darq.v1.hall.attic 1\r\nx"))
        client.call(source, target, b"still")
        self.assertEqual(service.message().payload, b"still")
        self.assertEqual(self.places["hall"].states()["kitchen"]["refused"], refused)
        self.assert_counted("Publish Violation", 1)

    def test_a_location_cannot_listen_to_what_is_for_another(self):
        attic = self.client("attic", self.password("attic"))
        for subject in ("darq.v1.hall.>", "darq.v1.*.kitchen", "darq.>", ">", "$SYS.>"):
            self.assertIn("Permissions Violation for Subscription", attic.say("SUB %s 1" % subject), subject)
        self.assertNotIn("-ERR", attic.say("SUB darq.v1.attic.> 2"))
        client, source, target, service = self.pair()
        client.call(source, target, b"secret")
        self.assertEqual(service.message().payload, b"secret")
        self.assertNotIn("secret", attic.say("PUB darq.v1.hall.attic 0\r\n"))
        self.assert_counted("Subscription Violation", 5)

    def test_a_link_that_knows_another_authority_does_not_speak_to_the_server(self):
        other = os.path.join(self.directory, "other")
        self.run_site("new", other, "127.0.0.1")
        place = self.places["hall"]
        place.link.end()
        place.start_link("--server", "tls://127.0.0.1:%d" % self.port, "--user", "hall", "--password-file",
                         self.file("hall", "password"), "--ca", os.path.join(other, "ca.pem"))
        with self.assertRaises(AssertionError):
            self.await_up(3)
        self.assertIn(self.places["hall"].states().get("kitchen", {}).get("state", "OFFLINE"), ("OFFLINE",))


class Secrets(unittest.TestCase):
    def run_link(self, *arguments):
        return subprocess.run([os.path.join(BUILD, "bin", "darq-link"), *arguments], capture_output=True, text=True, timeout=60,
                              check=False)

    def test_a_password_that_others_can_read_is_refused(self):
        path = os.path.join(os.environ.get("TMPDIR", "/tmp"), "darq-link-password-%d" % os.getpid())
        with open(path, "w") as file:
            file.write("secret\n")
        self.addCleanup(os.remove, path)
        os.chmod(path, 0o640)
        done = self.run_link("--location", "a", "--server", "x", "--user", "a", "--password-file", path, "b")
        self.assertEqual(done.returncode, 64)
        self.assertIn("can be read by others", done.stderr)

    def test_a_file_without_a_password_is_refused(self):
        with tempfile.NamedTemporaryFile("w") as file:  # mode 0600
            for text in ("", "\nsecret\n"):
                file.write(text)
                file.flush()
                done = self.run_link("--password-file", file.name, "--password-file", file.name)
                self.assertEqual(done.returncode, 64)
                self.assertIn("has no first line", done.stderr)

    def test_what_the_server_does_not_take_is_told(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("secret\r\n")
            file.flush()
            usual = ("--location", "a", "--server", "tls://127.0.0.1:1", "b")
            for options in (("--ca", "/nowhere"), ("--cert", "/nowhere", "--key", "/nowhere"), ("--server", "nonsense://x:y:z")):
                done = self.run_link("--user", "a", "--password-file", file.name, *options, *usual)
                self.assertEqual(done.returncode, 1, options)
                self.assertIn("darq-link: ", done.stderr)

    def test_a_command_line_that_cannot_be_used_says_why(self):
        for arguments, why in ((("--location", "A"), "is not 1 to 63 of a-z"), (("--location", "a"), "expected --server"),
                               (("--server", "x", "b"), "expected --location"),
                               (("--location", "a", "--server", "x"), "expected a location to link with"),
                               (("--location", "a", "a"), "is this one"), (("b", "b"), "stands there twice"),
                               (("--location", "a", "--server", "x", "--user", "u", "b"), "together"),
                               (("--location", "a", "--server", "x", "--cert", "u", "b"), "together"),
                               (("--location", "a" * 64), "is not 1 to 63 of a-z"), (("--location", ""), "is not 1 to 63 of a-z"),
                               (("B",), "is not 1 to 63 of a-z"), (("--server", "x") * 17, "is one too many"),
                               (tuple("l%d" % each for each in range(65)), "is one too many"),
                               (("--nothing",), "unrecognized option"), (("--key",), "requires an argument"),
                               (("--password-file", "/nowhere"), "No such file"), (("--password-file", os.devnull), "by others")):
            done = self.run_link(*arguments)
            self.assertEqual(done.returncode, 64, arguments)
            self.assertIn(why, done.stderr)
        self.assertTrue(re.match("usage: darq-link", self.run_link("--help").stdout))


if __name__ == "__main__":
    unittest.main()
