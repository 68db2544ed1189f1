# SPDX-License-Identifier: MIT
"""The p-kernel as a program: addresses, who is let in, how it ends, what it logs, and what systemd asks of it."""
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from case import KernelCase
from peer import BAD_SOURCE, OPEN, REBOOT, SHUTDOWN, Kernel, Peer, frame, message

HERE = os.path.dirname(os.path.abspath(__file__))
UNIT = os.path.join(HERE, "..", "..", "pkernel", "systemd", "pkernel.service")
STRANGER = 12345  # a uid that is nobody's
# Says Hello as another uid; its argument is a path or a port. Ends with 0 when it is let in, else with 3. What only root
# may read, modules and the socket's parent directories, is passed before it becomes somebody else.
AS_STRANGER = """
import encodings.idna, os, sys
sys.path.insert(0, %r)
from peer import SHUTDOWN, Peer, frame
class At: pass
at = At(); at.path = at.port = os.path.basename(sys.argv[1])
os.chdir(os.path.dirname(sys.argv[1]) or "/")
os.setgid(%d); os.setuid(%d)
try:
    peer = Peer(at, unix=not at.path.isdigit())
    peer.send(frame(SHUTDOWN))
    sys.exit(0 if peer.alive() else 4)
except (EOFError, OSError):
    sys.exit(3)
""" % (HERE, STRANGER, STRANGER)

as_root = unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")


def program(*options, **how):
    """A p-kernel that is to end by itself."""
    return subprocess.run([os.environ["PKERNEL"], *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, **how)


def number(text):
    """"64 KiB", "5,000": as a number."""
    digits, _, unit = text.replace(",", "").partition(" ")
    return int(digits) << {"": 0, "KiB": 10, "MiB": 20, "GiB": 30}[unit]


def own_address():
    """An address of this machine that isn't loopback; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def await_listening(path, process):
    """Until somebody can connect, or the process has ended: the socket is there before it listens."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(path) == 0:
                return
        time.sleep(0.01)


class Addresses(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="darq-")
        self.addCleanup(shutil.rmtree, self.directory)

    def test_the_default_is_nowhere_without_a_runtime_directory(self):
        """For root it is another one: so it is tried as somebody else, who may not be able to reach the program's folder."""
        binary = os.open(os.environ["PKERNEL"], os.O_RDONLY)
        self.addCleanup(os.close, binary)
        somebody = {"user": STRANGER, "cwd": "/"} if os.geteuid() == 0 else {}
        environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
        for runtime in ({}, {"XDG_RUNTIME_DIR": ""}):
            done = subprocess.run(["/proc/self/fd/%d" % binary], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=60, pass_fds=[binary], env=environment | runtime, **somebody)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("XDG_RUNTIME_DIR is not set: use --listen\n", done.stderr)

    def test_a_file_that_is_no_socket_is_left_alone(self):
        path = os.path.join(self.directory, "precious")
        with open(path, "w") as file:
            file.write("precious")
        done = program("--listen", "unix:" + path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot listen on unix:" + path, done.stderr)
        with open(path) as file:
            self.assertEqual(file.read(), "precious")

    def test_a_socket_whose_path_is_no_text_is_removed_at_the_end(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(os.fsencode(directory), b"caf\xe9")
            kernel = Kernel(os.environ["PKERNEL"], "--listen", b"unix:" + path)
            kernel.said(r"listening on unix:.*/(caf\?)\n")
            self.assertTrue(os.path.exists(path))
            self.assertEqual(kernel.stop()[0], 0)
            self.assertFalse(os.path.exists(path))

    def test_a_socket_that_nobody_listens_on_is_replaced(self):
        first = Kernel(os.environ["PKERNEL"])
        path = os.path.join(self.directory, "pkernel")
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(path)
        first.stop()
        second = Kernel(os.environ["PKERNEL"], "--listen", "unix:" + path)
        second.said("listening on unix:(%s)\n" % path)
        self.assertEqual(second.stop()[0], 0)
        self.assertFalse(os.path.exists(path))

    def test_an_address_in_use_ends_it(self):
        first = Kernel(os.environ["PKERNEL"])
        for address in ("tcp:127.0.0.1:%d" % first.port, "unix:" + first.path):
            done = program("--listen", address)
            self.assertEqual(done.returncode, 1)
            self.assertIn("cannot listen on " + address, done.stderr)
        self.assertTrue(Peer(first, unix=True).alive())
        first.stop()

    def test_bad_command_lines(self):
        for options in (["--listen"], ["--bad"], ["word"], ["--limit", "message=1"], ["--limit", "none=1"],
                        ["--limit", "queued"], ["--allow-uid", "-1"], ["--allow-uid", "4294967295"],
                        ["--location", "Upper"], ["--location", "x" * 64]):
            self.assertEqual(program(*options).returncode, 64, options)

    def test_what_is_no_address_is_told_with_what_is_one(self):
        for address in ("http:localhost:80", "tcp:127.0.0.1", "tcp:127.0.0.1:65536", "tcp:example.org:80", "unix:"):
            done = program("--listen", address)
            self.assertEqual((done.returncode, done.stderr), (
                64, "pkernel: --listen: '%s' is not tcp:ADDRESS:PORT, tcp:localhost:PORT or unix:PATH\n" % address))
        self.assertEqual(program("--listen", "unix:" + "x" * 200).returncode, 1)

    def test_a_limit_that_is_out_of_its_range_is_told_with_the_range(self):
        for value in ("calls=0", "calls=2M", "calls=", "calls=1Q", "calls"):
            self.assertIn("'%s' is not calls=VALUE from 1 to 1048576" % value, program("--limit", value).stderr)
        self.assertIn("'call=1' is not NAME=VALUE of a limit (see --limits)", program("--limit", "call=1").stderr)


def stranger(address):
    """How another user fares: 3 when refused."""
    return subprocess.run([sys.executable, "-c", AS_STRANGER, str(address)], timeout=60).returncode


class Limits(unittest.TestCase):
    def setUp(self):
        lines = program("--limits").stdout.splitlines()
        self.compiled = {name: int(value) for name, value in (line.split()[:2] for line in lines)}

    def text(self, name):
        with open(os.path.join(HERE, "..", "..", "pkernel", name)) as file:
            return file.read()

    def test_the_readme_tells_all_of_them(self):
        told = {}
        for names, values in re.findall(r"^\| ([a-z_, ]+) \| ([0-9][^|]*?) \|", self.text("README.md"), re.M):
            told.update(zip(names.split(", "), map(number, values.split(", ")), strict=True))
        self.assertEqual({name: told.get(name) for name in self.compiled}, self.compiled)

    def test_the_manual_tells_all_of_them(self):
        told = {name: number(value) for name, value in
                re.findall(r"^([a-z_]+)\|([0-9][^|]*)\|", self.text("pkernel.8"), re.M)}
        self.assertEqual({name: told.get(name) for name in self.compiled}, self.compiled)

    def test_an_option_changes_one(self):
        lines = program("--limit", "queued=2M", "--limit", "calls=7", "--limits").stdout
        self.assertRegex(lines, r"(?m)^queued +2097152 ")
        self.assertRegex(lines, r"(?m)^calls +7 ")


class WhoIsLetIn(KernelCase):
    @as_root
    def test_another_user_is_refused(self):
        os.chmod(self.kernel.directory.name, 0o755)
        for address in (self.kernel.port, self.kernel.path):
            self.assertEqual(stranger(address), 3)
        self.assertEqual(self.kernel.text().count("refused a connection: not allowed is uid %d" % STRANGER), 2)

    def test_who_has_gone_before_being_accepted_is_refused(self):
        """Such a client reads as root in the system's tables."""
        self.kernel.process.send_signal(signal.SIGSTOP)
        peer = socket.create_connection(("127.0.0.1", self.kernel.port))
        peer.sendall(frame(OPEN, struct.pack(">IIQ", 1, 0, 12000)) + frame(SHUTDOWN))
        peer.close()
        self.kernel.process.send_signal(signal.SIGCONT)
        self.assertTrue(self.peer().alive())
        self.assertIn("refused a connection: its owner cannot be told", self.kernel.text())
        self.assertNotIn("asked to shut down", self.kernel.text())

    def test_ipv6(self):
        if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
            self.skipTest("no IPv6")
        self.kernel.stop()
        self.kernel = Kernel(os.environ["PKERNEL"], "--listen", "tcp:[::1]:0")
        port = int(self.kernel.said(r"listening on tcp:\[::1\]:(\d+)"))
        with socket.create_connection(("::1", port)) as peer:
            peer.sendall(frame(OPEN, struct.pack(">IIQ", 1, 0, 12000)))
            self.assertEqual(len(peer.recv(100)), 24)

    def test_only_loopback_is_let_in(self):
        address = own_address()
        if address is None:
            self.skipTest("this machine has no address but loopback")
        self.kernel.stop()
        self.kernel = Kernel(os.environ["PKERNEL"], "--listen", "tcp:0.0.0.0:0")
        port = int(self.kernel.said(r"listening on tcp:0\.0\.0\.0:(\d+)"))
        with socket.create_connection((address, port)) as peer:
            self.assertEqual(peer.recv(1), b"")
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.sendall(frame(OPEN, struct.pack(">IIQ", 1, 0, 12000)))
            self.assertEqual(len(peer.recv(100)), 24)


class WhoIsNamed(KernelCase):
    options = ("--allow-uid", str(STRANGER))

    @as_root
    def test_is_let_in_but_cannot_end_it(self):
        os.chmod(self.kernel.directory.name, 0o755)
        for address in (self.kernel.port, self.kernel.path):
            self.assertEqual(stranger(address), 0)
        self.assertEqual(self.kernel.text().count("(uid:%d): asked the p-kernel to end" % STRANGER), 2)
        self.assertTrue(self.peer().alive())


class Ends(unittest.TestCase):
    def end_by(self, kind):
        kernel = Kernel(os.environ["PKERNEL"])
        peer = Peer(kernel, hello=False)
        peer.send(frame(kind))
        self.assertTrue(peer.ended())
        return kernel.process.wait(60), kernel.stop()[1]

    def test_reboot_and_shutdown_by_legacy_peers(self):
        status, text = self.end_by(REBOOT)
        self.assertEqual(status, 75)
        self.assertIn("asked to reboot", text)
        status, text = self.end_by(SHUTDOWN)
        self.assertEqual(status, 0)
        self.assertIn("asked to shut down", text)


class Log(KernelCase):
    def test_no_payload_and_few_lines_for_one_kind_of_misbehaviour(self):
        caller, source, callee, port = self.both()
        for number in range(2000):
            caller.send(message(source + 1, port, b"confidential", call=number))
            self.assertEqual(caller.notice().code, BAD_SOURCE)
        caller.call(source, port, b"confidential")
        callee.message()
        text = self.kernel.text()
        self.assertEqual(text.count("the source is not a port of the sender"), 1)
        self.assertNotIn("confidential", text)

    def test_peers_cannot_flood_it(self):
        started = time.monotonic()
        for _ in range(1000):
            self.peer(hello=False).close()
        lines = self.kernel.text().count("\n")
        seconds = time.monotonic() - started
        self.assertLess(lines, 20 + 51 * (seconds + 2))

    def test_lines_have_a_priority_under_systemd(self):
        with tempfile.TemporaryFile() as log:
            status = os.fstat(log.fileno())
            environment = dict(os.environ, JOURNAL_STREAM="%d:%d" % (status.st_dev, status.st_ino))
            subprocess.run([os.environ["PKERNEL"], "--listen", "unix:/nonexistent/directory/socket"], stderr=log,
                           stdin=subprocess.DEVNULL, env=environment, timeout=60)
            log.seek(0)
            lines = log.read().splitlines()
            self.assertTrue(lines[-1].startswith(b"<3>cannot listen on unix:/nonexistent/directory/socket"), lines)
            self.assertTrue(all(re.match(rb"<[0-7]>", line) for line in lines), lines)


class Streams(unittest.TestCase):
    def test_it_runs_without_standard_streams(self):
        """Its log would go to whatever has got the number: a peer, or its own starter."""
        with tempfile.TemporaryDirectory(prefix="darq-") as directory:
            at = type("At", (), {"path": os.path.join(directory, "pkernel")})
            for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
                process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" --listen "unix:$1" ' + closed, os.environ["PKERNEL"],
                                            at.path])
                await_listening(at.path, process)
                peers = [Peer(at, unix=True) for _ in range(5)]
                self.assertTrue(all(peer.alive() for peer in peers), closed)
                for peer in peers:
                    peer.close()
                process.send_signal(signal.SIGHUP)  # which the starter is told
                self.assertTrue(Peer(at, unix=True).alive(), closed)
                children = open("/proc/%d/task/%d/children" % (process.pid, process.pid)).read().split()
                process.terminate()
                self.assertEqual((process.wait(60), len(children)), (0, 1), closed)


class FullFile(unittest.TestCase):
    def test_a_log_that_may_not_grow_ends_nothing(self):
        with tempfile.TemporaryDirectory(prefix="darq-") as directory, tempfile.TemporaryFile() as log:
            at = type("At", (), {"path": os.path.join(directory, "pkernel")})
            process = subprocess.Popen(
                [os.environ["PKERNEL"], "--listen", "unix:" + at.path], stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)))
            await_listening(at.path, process)
            for _ in range(3):
                self.assertTrue(Peer(at, unix=True).alive())
            process.terminate()
            self.assertEqual(process.wait(60), 0)


class Systemd(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="darq-")
        self.addCleanup(shutil.rmtree, self.directory)

    def states(self, name, path):
        """What it tells from its start to its end, listening to the name."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(60)
            manager.bind(name)
            environment = dict(os.environ, NOTIFY_SOCKET=name.replace("\0", "@"))
            process = subprocess.Popen([os.environ["PKERNEL"], "--listen", "unix:" + path], env=environment,
                                       stderr=subprocess.DEVNULL)
            try:
                states = [manager.recv(100)]
                Peer(type("At", (), {"path": path}), unix=True).close()
                process.terminate()
                return states + [manager.recv(100)]
            finally:
                process.terminate()
                process.wait(60)

    def test_it_is_told_when_we_are_ready_and_stopping(self):
        for name in (os.path.join(self.directory, "notify"), "\0darq-test-%d" % os.getpid()):
            self.assertEqual(self.states(name, os.path.join(self.directory, "pkernel")), [b"READY=1", b"STOPPING=1"])

    def test_its_sockets_are_used(self):
        path = os.path.join(self.directory, "pkernel")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            script = "exec 3<&%d; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\"" % listener.fileno()
            process = subprocess.Popen(["/bin/sh", "-c", script, os.environ["PKERNEL"]], stderr=subprocess.DEVNULL,
                                       pass_fds=[listener.fileno()])
            try:
                self.assertTrue(Peer(type("At", (), {"path": path}), unix=True).alive())
            finally:
                process.terminate()
                self.assertEqual(process.wait(60), 0)
        self.assertTrue(os.path.exists(path), "it is systemd's to remove")

    def test_what_could_not_be_listened_on_is_refused(self):
        script = "exec 3<&%d; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\""
        with open("/dev/null") as file, socket.socket() as silent, socket.socketpair()[0] as connected, \
                socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            for each in (file, silent, connected, datagrams):
                done = subprocess.run(["/bin/sh", "-c", script % each.fileno(), os.environ["PKERNEL"]], capture_output=True,
                                      pass_fds=[each.fileno()], timeout=60, text=True)
                self.assertEqual(done.returncode, 1)
                self.assertIn("a descriptor from systemd is no stream socket that listens", done.stderr)

    def test_so_many_sockets_of_its_are_used_or_none(self):
        script = "export LISTEN_PID=$$ LISTEN_FDS=%s; exec \"$0\""
        for count in ("65", "-1", "2x", "''", "99999999999999999999"):
            done = subprocess.run(["/bin/sh", "-c", script % count, os.environ["PKERNEL"]], capture_output=True, timeout=60,
                                  text=True)
            self.assertEqual(done.returncode, 1, count)
            self.assertIn("cannot start: LISTEN_FDS: expected a number up to 64", done.stderr)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_the_unit_is_exposed_at_most_2_0(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)


if __name__ == "__main__":
    unittest.main()
