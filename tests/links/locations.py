# SPDX-License-Identifier: MIT
"""Several locations for one test: a p-kernel and a link for each, and a NATS server, all real processes.

Services are raw peers that hold the port of a service whose manifest says Activate=never; clients are raw peers too. The two
p-kernels, the links and the server must end with status 0, without a report of any kind, and what is left of exports, imports
and calls is told by the links themselves.
"""
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import unittest

from peer import Kernel, Peer, interface_id
from process import WAIT, Process, until

BUILD = os.path.abspath(os.environ.get("DARQ_BUILD", "build"))
NATS = shutil.which("nats-server") or "/usr/sbin/nats-server"
REPORTS = ("AddressSanitizer", "runtime error", "LeakSanitizer", "Assertion")
LOCATIONS = ("hall", "kitchen")
CONNECT, WATCH, RELEASE, IDENTIFY, RESOLVE = 1, 3, 4, 6, 15
NOT_FOUND, NOT_ALLOWED, BAD_OBJECT, NO_LOCATION = 1, 3, 8, 9
ECHO, SHUT, NEAR = 15000, 15001, 15002  # the ports of the declared services


KERNEL = interface_id("darq.kernel.Kernel")


def string(text):
    data = text.encode() + b"\0"
    return struct.pack("<I", len(data)) + data


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Member(Peer):
    """A peer that can ask port 1."""

    def ask(self, method, body, ports=(), wait=True):
        """(status, ports, body) of the answer."""
        payload = struct.pack("<QIi", KERNEL, method, 0) + struct.pack("<I", len(body)) + body
        if not hasattr(self, "own"):
            self.own = self.port()
        call = self.call(self.own, 1, payload, ports)
        return self.answer(call) if wait else call

    def answer(self, call):
        got = self.message()
        assert got.call == call, got
        return struct.unpack("<i", got.payload[12:16])[0], got.ports, got.payload[16:]

    def connect(self, name):
        """The port of a service, or minus the error."""
        status, ports, _ = self.ask(CONNECT, string(name))
        return ports[0] if status == 0 else -status

    def resolve(self, name):
        status, ports, _ = self.ask(RESOLVE, string(name))
        return ports[0] if status == 0 else -status

    def release(self, port, count=1):
        return self.ask(RELEASE, struct.pack("<QQ", port, count))[0]

    def watch(self, port):
        """Asks to be told at a port of its own when that ends."""
        watcher = self.port()
        assert self.ask(WATCH, struct.pack("<QI", port, 0), (watcher,))[0] == 0
        return watcher

    def principal(self, connection):
        status, _, body = self.ask(IDENTIFY, struct.pack("<Q", connection))
        return body[8:-1].decode() if status == 0 else None


def sanitized():
    """The environment of a process whose memory is measured: what a sanitizer holds back of freed memory isn't its own."""
    return dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4")


class Place:
    """One location: a p-kernel, its manifests, its link."""

    manifests = {
        "link": ("Locations=*",),
        "echo": ("Port=%d" % ECHO, "Types=text", "Allow=any location:*"),
        "shut": ("Port=%d" % SHUT,),
        "near": ("Port=%d" % NEAR, "Allow=location:nowhere"),
    }

    def __init__(self, site, name):
        self.site, self.name = site, name
        self.services = os.path.join(site.directory, name)
        os.mkdir(self.services)
        for service, lines in self.manifests.items():
            path = os.path.join(self.services, service + ".service")
            with open(path, "w") as file:
                file.write("\n".join(("[Service]", "Name=" + service, "Activate=never") + lines) + "\n")
            os.chmod(path, 0o644)
        self.link = None
        self.kernel = None
        self.start_kernel()

    def start_kernel(self):
        listen = ("--listen", "unix:" + os.path.join(self.services, "socket"))
        self.kernel = Kernel(os.path.join(BUILD, "bin", "pkernel"), *listen, "--services", self.services, "--location", self.name)

    def start_link(self, *options):
        others = [name for name in self.site.names if name != self.name]
        options = options or self.site.link_options(self.name)
        self.link = Process(
            [*self.site.within(self.name), os.path.join(BUILD, "bin", "darq-link"), "--location", self.name, "--pkernel",
             "unix:" + os.path.join(self.services, "socket"), *options, *others], sanitized(), self.site.directory)

    def told(self):
        """What the link tells; {} while it tells nothing."""
        done = subprocess.run([os.path.join(BUILD, "bin", "darqctl"), "call", "link", "list", "{}"], capture_output=True,
                              timeout=WAIT, env=dict(os.environ, DARQ_PKERNEL="unix:" + self.kernel.path), check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def states(self):
        """What it tells of the others, by name."""
        return {entry["name"]: entry for entry in self.told().get("locations", ())}


class SiteCase(unittest.TestCase):
    """Each test gets its locations, linked."""

    names = LOCATIONS
    networks = None

    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="darq-links-")
        self.directory = self.holder.name
        self.port = free_port()
        self.peers = []
        self.nats = None
        self.start_nats()
        self.places = {name: Place(self, name) for name in self.names}
        for place in self.places.values():
            place.start_link()
        self.await_up()

    def start_nats(self):
        self.nats = Process([*self.within("nats"), NATS, *self.nats_options()], dict(os.environ), self.directory)
        until(lambda: "Server is ready" in self.nats.text() or not self.nats.running(), "the NATS server")
        self.assertTrue(self.nats.running(), self.nats.text())

    def nats_options(self):
        return ("-a", "0.0.0.0" if self.networks else "127.0.0.1", "-p", str(self.port))

    def link_options(self, name):
        return ("--server", "nats://%s:%d" % (self.networks.server(name) if self.networks else "127.0.0.1", self.port))

    def within(self, name):
        return self.networks.within(name) if self.networks else ()

    def await_state(self, state, seconds=WAIT):
        until(lambda: all(entry["state"] == state for place in self.places.values() for entry in
                          (place.states().values() or [{"state": None}])), "the links to be " + state, seconds)

    def await_up(self, seconds=WAIT):
        self.await_state("UP", seconds)

    def peer(self, name):
        peer = Member(self.places[name].kernel)
        self.peers.append(peer)
        return peer

    def service(self, name, port=ECHO):
        peer = self.peer(name)
        self.assertEqual(peer.port(port), port)
        return peer

    def pair(self):
        """A client in the hall with a port and a right on the service in the kitchen."""
        service, client = self.service("kitchen"), self.peer("hall")
        target = client.connect("echo@kitchen")
        self.assertGreater(target, 0)
        return client, client.port(), target, service

    def counts(self, name):
        """Exports, imports, questions and answers of a location's only link."""
        entry = next(iter(self.places[name].states().values()))
        return tuple(entry[each] for each in ("exports", "imports", "questions", "answers"))

    def await_nothing_left(self):
        """No proxy, no open call; what was exported once is remembered, but held no more."""
        until(lambda: all(self.counts(name)[1:] == (0, 0, 0) for name in self.places), "all to be given back")

    def tearDown(self):
        """Ends all of it first, so that nothing is left behind whatever is found."""
        for peer in self.peers:
            peer.close()
        links = [(place.link, place.link.running(), place.link.end()) for place in self.places.values()]
        kernels = [place.kernel.stop() for place in self.places.values()]
        self.nats.end()
        texts = [link.text() for link, _, _ in links]
        self.holder.cleanup()
        for (_, was_running, result), text in zip(links, texts):
            self.assertEqual(result if was_running else 0, 0, text)
            self.assert_clean(text)
        for status, text in kernels:
            self.assertEqual(status, 0, text)
            self.assert_clean(text)

    def assert_clean(self, text):
        for report in REPORTS:
            self.assertNotIn(report, text)
