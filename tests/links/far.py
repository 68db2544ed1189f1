# SPDX-License-Identifier: MIT
"""The black-box suite's two sides at two locations.

A case is written for one p-kernel: both its sides know a port by one number. Here the first of its peers is in the hall, the next
in the kitchen, and so on in turns; each knows the other location's ports by its own p-kernel's numbers. So a peer translates: what
a case says and sees is the number that a port has where it lives; what is sent and received is what the peer's p-kernel knows it
by. A numbered port is reached by a name, as anything at another location: its service is called after its number. Any other is
learned when it comes in a message, from who sent that message; a port that nobody was given has no number there, and the case's
own is sent. A request's caller, which is the link, is told as the peer that sent it.
"""
import struct

from locations import CONNECT, KERNEL, LOCATIONS, Member, Place, SiteCase, string
from peer import (CANCEL, CHUNK, CHUNK_IN, CREDIT, GIVE_SOURCE, MESSAGE, MESSAGE_IN, OPEN, OPENED, REPLY, REQUEST, SLOT,
                  UNDELIVERABLE, WAIT, Peer, frame, message)

NUMBERED = (12000, 12001) + tuple(0x7000 + code for code in (2, 4, 65, 66, 69))
OWN_REQUEST = 256  # a number that no case uses


class Site(SiteCase):
    """Started once for many cases."""

    def setUp(self):
        manifests = Place.manifests
        Place.manifests = dict(manifests, **{"p%d" % number: ("Port=%d" % number, "Allow=any location:*") for number in NUMBERED})
        try:
            super().setUp()
        finally:
            Place.manifests = manifests

    def runTest(self):
        """Nothing: it only stands there."""


class Names:
    """What the peers of a case know of ports, and what is on its way between them."""

    def __init__(self):
        self.homes = {}  # number: location
        self.true = {}   # (location, number there): number
        self.there = {}  # (location, number): number there
        self.sent = []   # (payload, ports, source if it is given, who)

    def take(self, payload, count):
        """Who sent it, and what with."""
        for entry in self.sent:
            if entry[0] == payload and len(entry[1]) == count:
                self.sent.remove(entry)
                return entry
        return None

    def learn(self, place, number, true):
        if self.homes.get(true, place) != place and self.true.setdefault((place, number), true) == true:
            self.there[place, true] = number

    def known(self, place, number):
        return self.true.get((place, number), number)


class FarPeer(Member):
    def __init__(self, site, place, hello, names):
        self.place, self.names, self.hello = place, names, hello
        self.connected, self.stash, self.asker = {}, [], None
        super().__init__(site.places[place].kernel, hello)

    # Numbers

    def local(self, number):
        """As this peer's p-kernel knows a port; asks for a right where that is needed."""
        home = self.names.homes.get(number)
        if number & SLOT or home in (None, self.place):
            return number
        if number in NUMBERED:
            if self.hello and number not in self.connected:
                self.connected[number] = self.ask_for("p%d@%s" % (number, home)) or number
                self.names.true[self.place, self.connected[number]] = number
            return self.connected.get(number, number)
        return self.names.there.get((self.place, number), number)

    def ask_for(self, name):
        """connect(), whatever else comes meanwhile: that waits."""
        if self.asker is None:
            Peer.send(self, frame(OPEN, struct.pack(">IIQ", OWN_REQUEST, 0, 0)))
            opened = self.await_own(lambda got: got.type == OPENED and got.body[:4] == struct.pack(">I", OWN_REQUEST))
            self.asker = struct.unpack(">Q", opened.body[8:16])[0]
        body = string(name)
        payload = struct.pack("<QIi", KERNEL, CONNECT, 0) + struct.pack("<I", len(body)) + body
        call = self.calls + 1  # is over before the case uses it
        Peer.send(self, message(self.asker, 1, payload, call=call, flags=REQUEST))
        got = self.await_own(lambda got: got.type in (MESSAGE, UNDELIVERABLE) and got.call == call)
        return struct.unpack(">Q", got.body[-8:])[0] if got.port_count else None

    def await_own(self, wanted):
        while True:
            got = Peer.receive(self, WAIT)
            assert got is not None
            if wanted(got):
                return got
            self.stash.append(got)

    def open(self, port=0):
        result, number = super().open(port)
        if result == 0:
            self.names.homes[number] = self.place
        return result, number

    # What a case sends

    def send(self, data):
        out = b""
        while len(data) >= 8:
            size = struct.unpack(">I", data[4:8])[0]
            if size < 8 or size > len(data):
                break
            out += self.outward(data[:size])
            data = data[size:]
        super().send(out + data)

    def outward(self, data):
        length, kind = data[1], data[2]
        at = {MESSAGE_IN: length + 8, CHUNK_IN: length + 8, CREDIT: length + 8, CANCEL: length}.get(kind)
        if at is None or at + 8 > len(data):
            return data
        data = bytearray(data)
        if kind == MESSAGE_IN:
            self.message_outward(data, length)
        data[at:at + 8] = struct.pack(">Q", self.local(struct.unpack(">Q", data[at:at + 8])[0]))
        return bytes(data)

    def message_outward(self, data, length):
        flags, count = struct.unpack(">HH", data[20:24]) if length >= 24 else (0, 0)
        source, _, size = struct.unpack(">QQI", data[length:length + 20])
        at = length + 24 + size
        payload = bytes(data[length + 24:at])
        at += -at % 8
        ports = struct.unpack(">%dQ" % count, data[at:at + 8 * count]) if at + 8 * count <= len(data) else ()
        given = source if flags & GIVE_SOURCE or not self.hello else None
        self.names.sent.append((payload, ports, given, getattr(self, "id", 0)))
        for index, port in enumerate(ports):
            data[at + 8 * index:at + 8 * index + 8] = struct.pack(">Q", self.local(port))

    # What it sees

    def receive(self, timeout=WAIT):
        got = self.stash.pop(0) if self.stash else super().receive(timeout)
        if got is None or got.type not in (MESSAGE, CHUNK, CREDIT, UNDELIVERABLE):
            return got
        body = bytearray(got.body)
        if got.type == MESSAGE:
            got = self.message_inward(got, body)
        body[:8] = struct.pack(">Q", self.names.known(self.place, struct.unpack(">Q", body[:8])[0]))
        return got._replace(body=bytes(body))

    def message_inward(self, got, body):
        source, _, size = struct.unpack(">QQI", body[:20])
        at = 24 + size
        payload = bytes(body[24:at])
        at += -(got.length + at) % 8
        ports = struct.unpack(">%dQ" % got.port_count, body[at:at + 8 * got.port_count])
        sent = self.names.take(payload, got.port_count)
        if sent is None:
            return got
        for number, true in zip(ports, sent[1]):
            self.names.learn(self.place, number, true)
        if got.flags & GIVE_SOURCE and sent[2] is not None:
            self.names.learn(self.place, source, sent[2])
        for index, port in enumerate(ports):
            body[at + 8 * index:at + 8 * index + 8] = struct.pack(">Q", self.names.known(self.place, port))
        return got._replace(call=sent[3]) if got.flags & REQUEST and not got.flags & REPLY else got


class FarCase:
    """Before a case of the black-box suite: its peers are in the hall and in the kitchen by turns. Nothing may be left after it."""

    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.site.setUp()

    @classmethod
    def tearDownClass(cls):
        cls.site.tearDown()

    def setUp(self):
        self.kernel = self.site.places["hall"].kernel
        self.peers, self.names = [], Names()

    def peer(self, hello=True):
        peer = FarPeer(self.site, LOCATIONS[len(self.peers) % 2], hello, self.names)
        self.peers.append(peer)
        return peer

    def tearDown(self):
        for peer in self.peers:
            peer.close()
        self.site.await_nothing_left()
        self.assertEqual([entry["losses"] for place in self.site.places.values() for entry in place.states().values()], [0, 0])
