# SPDX-License-Identifier: MIT
"""Looking on: what a monitor sees of others' frames, what it costs them, and what it doesn't get by it."""
import os
import struct
import subprocess
import sys
import unittest
from collections import namedtuple

from case import KernelCase
from peer import (CANCELLED, CHUNK, CLOSE, CLOSED, CREDIT, HELLO, MESSAGE, MESSAGE_IN, NO_PORT, OPEN, OPENED, PING, PONG,
                  QUIET, UNDELIVERABLE, WAIT, WELCOME, frame, interface_id)

ORDINAL = 19
NOT_ALLOWED_ERROR = 3
HEADERS = 24 + 24 + 16  # with the call header, a Message's fixed part, and the RPC header
SECRET = b"0123456789abcdef" + b"secret" * 100

Seen = namedtuple("Seen", "time connection outgoing size head lost")


def rpc(ordinal, body):
    return struct.pack("<QIi", interface_id("darq.kernel.Kernel"), ordinal, 0) + struct.pack("<I", len(body)) + body


class Stream:
    """The items of a monitor's stream. They are tables whose members are read here by hand. What the marker says isn't told: it
    was there before, and its pings tell how far the p-kernel has come."""

    def __init__(self, peer, marker, payload=0):
        self.peer, self.marker = peer, marker
        self.port = peer.port()
        self.call = peer.call(self.port, 1, rpc(ORDINAL, struct.pack("<I", payload)))
        self.bytes = b""
        self.offset = 0
        self.marked = None
        self.open()  # so it looks on by now

    def receive(self, timeout=WAIT):
        frame = self.peer.receive(timeout)
        if frame is not None:
            self.take(frame)
        return frame is not None

    def take(self, frame):
        assert frame.type == CHUNK and frame.call == self.call, frame
        source, destination, stream, offset, length, _ = struct.unpack(">QQQQII", frame.body[:40])
        assert (source, destination, stream, offset) == (1, self.port, 0, self.offset)
        self.offset += length
        self.bytes += frame.body[40:40 + length]

    def open(self):
        """A port of its connection, whatever comes meanwhile."""
        self.peer.send(frame(OPEN, bytes(16)))
        while (got := self.peer.receive()).type != OPENED:
            self.take(got)

    def grant(self, more=1 << 20):
        self.peer.credit(1, self.offset + more, call=self.call)

    def item(self):
        size, = struct.unpack_from("<I", self.bytes)
        item, self.bytes = self.bytes[4:4 + size], self.bytes[4 + size:]
        return entry(item[4:])

    def whole(self):
        return len(self.bytes) >= 4 and len(self.bytes) >= 4 + struct.unpack_from("<I", self.bytes)[0]

    def items(self):
        """All that have come whole."""
        while self.whole():
            item = self.item()
            if item.connection != self.marker.id:
                yield item
            elif item.outgoing:
                self.marked = item.head[-8:]

    def all(self):
        """Everything that has passed by now."""
        mark, items = os.urandom(8), []
        self.marker.send(frame(PING, mark))
        self.marker.expect(PONG)
        while self.marked != mark:
            assert self.receive()
            items += self.items()
        return items

    def come(self):
        """What has come when nothing has for a moment."""
        while self.receive(QUIET):
            pass
        return list(self.items())


def entry(body):
    """A table, XCDR2 with EMHEADERs (4-byte alignment at most)."""
    found, at = {}, 0
    while at < len(body):
        at += -at % 4
        header, = struct.unpack_from("<I", body, at)
        code, number = header >> 28 & 7, header & 0xfffffff
        at += 4
        if code < 4:
            size = 1 << code
        else:
            size, = struct.unpack_from("<I", body, at)
            at += 4
            if code == 5:
                at, size = at - 4, size + 4
        found[number] = body[at:at + size]
        at += size
    number = {key: int.from_bytes(value, "little") for key, value in found.items() if key != 5}
    return Seen(number[1], number[2], number[3] == 1, number[4], found[5][4:], number.get(6, 0))


class Monitor(KernelCase):
    def setUp(self):
        super().setUp()
        self.marker = self.peer()
        self.stream = self.watch()

    def watch(self, payload=0, peer=None):
        return Stream(peer or self.peer(), self.marker, payload)

    def kinds(self, items):
        return [(item.connection, item.outgoing, item.head[2]) for item in items]

    def test_what_comes_and_goes_is_seen_in_order(self):
        caller, source, callee, port = self.both()
        caller.call(source, port, SECRET)
        callee.reply(callee.message().source, SECRET)
        caller.message()
        seen = self.stream.all()
        a, b = caller.id, callee.id
        self.assertEqual(self.kinds(seen), [
            (a, False, HELLO), (a, True, WELCOME), (b, False, HELLO), (b, True, WELCOME), (a, False, OPEN), (a, True, OPENED),
            (b, False, OPEN), (b, True, OPENED), (a, False, MESSAGE_IN), (b, True, MESSAGE), (b, False, MESSAGE_IN),
            (a, True, MESSAGE)])
        self.assertEqual(sorted(item.time for item in seen), [item.time for item in seen])
        request, handed, _, reply = seen[8:]
        self.assertEqual(request.head, request.head[:24] + struct.pack(">QQII", source, port, len(SECRET), 0) + SECRET[:16])
        self.assertEqual(request.head[1], 24)
        for item in (request, handed, reply):
            self.assertEqual((item.size, len(item.head)), (24 + 24 + len(SECRET), HEADERS))

    def test_payloads_only_as_far_as_they_are_asked_for(self):
        part, whole = self.watch(10), self.watch(65536)
        caller, source, callee, port = self.both()
        caller.call(source, port, SECRET)
        callee.message()
        for stream, size in ((self.stream, HEADERS), (part, HEADERS + 10), (whole, 48 + len(SECRET))):
            heads = [item.head for item in stream.all() if item.head[2] in (MESSAGE, MESSAGE_IN) and
                     item.connection in (caller.id, callee.id)]
            self.assertEqual([len(head) for head in heads], [size, size])
        self.assertEqual(heads[0][48:], SECRET)

    def test_its_own_connection_is_left_out_and_every_other_monitors(self):
        other = self.watch()
        self.assertEqual({item.connection for item in self.stream.all()}, {other.peer.id})  # before it was one
        for stream in (self.stream, other):
            stream.open()
        self.assertEqual((other.all(), self.stream.all()), ([], []))

    def test_a_cancel_ends_it(self):
        self.stream.peer.cancel(1, self.stream.call)
        notice = self.stream.peer.notice()
        self.assertEqual((notice.code, notice.call), (CANCELLED, self.stream.call))
        self.peer()
        self.stream.peer.quiet()
        self.stream = self.watch(peer=self.stream.peer)
        peer = self.peer()
        self.assertEqual(self.kinds(self.stream.all()), [(peer.id, False, HELLO), (peer.id, True, WELCOME)])

    def test_closing_its_port_ends_it(self):
        peer = self.stream.peer
        peer.send(frame(CLOSE, struct.pack(">IIQ", 0, 0, self.stream.port)))
        notice = peer.notice()
        self.assertEqual((notice.port, notice.code, notice.call), (1, CANCELLED, self.stream.call))
        peer.expect(CLOSED)
        self.peer()
        peer.quiet()

    def test_one_that_goes_takes_nothing_along(self):
        peers = [self.watch().peer for _ in range(20)]
        caller, source, callee, port = self.both()
        for peer in peers:
            caller.call(source, port, bytes(10000))
            callee.message()
            peer.close()
        assert caller.alive() and callee.alive()

    def test_what_it_is_too_slow_for_is_lost_and_counted(self):
        caller, source, callee, port = self.both()
        self.stream.all()
        count = 20000
        for _ in range(count // 100):
            for _ in range(100):
                caller.call(source, port, b"x")
            for _ in range(100):
                callee.fail(callee.message().source, NO_PORT)
            for _ in range(100):
                caller.notice()
        seen, opened = self.stream.come(), 0
        self.assertLessEqual(self.stream.offset, 65536)
        self.stream.grant(1 << 30)
        while not seen or (seen[-1].connection, seen[-1].head[2]) != (caller.id, CLOSED):
            assert caller.alive()  # the first that is told after what was lost
            opened += 1
            seen += self.stream.come()
        self.assertEqual(self.stream.bytes, b"")
        lost = sum(item.lost for item in seen)
        self.assertGreater(lost, 0)
        # Request, handed over, failed, told; and a port that is opened and closed.
        self.assertEqual(len(seen) + lost, 4 * (count + opened))

    def test_seeing_a_port_gives_no_right_on_it(self):
        whole = self.watch(65536)
        giver, given = self.peer(), self.peer()
        there, secret = given.port(12000), giver.port()
        giver.call(giver.port(), there, SECRET, ports=(secret,))
        given.message()
        self.assertIn(struct.pack(">Q", secret), b"".join(item.head for item in whole.all()))
        whole.peer.call(whole.port, secret, SECRET)
        self.assertEqual(whole.peer.notice().code, NO_PORT)

    def test_streams_and_everything_else_are_seen_too(self):
        caller, source, callee, port = self.both()
        self.stream.all()
        call = caller.call(source, port, SECRET)
        slot = callee.message().source
        callee.credit(slot, 100000)
        caller.expect(CREDIT)
        assert caller.alive()
        caller.send(frame(PING, bytes(8)))
        caller.expect(PONG)
        caller.cancel(port, call)
        caller.notice()
        kinds = [kind for _, _, kind in self.kinds(self.stream.all())]
        for kind in (CREDIT, PING, PONG, UNDELIVERABLE):
            self.assertIn(kind, kinds)

    def test_credit_and_cancel_for_what_is_no_monitor(self):
        peer = self.peer()
        peer.credit(1, 1 << 40, call=77)
        peer.cancel(1, 77)
        assert peer.alive()


@unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
class Strangers(KernelCase):
    options = ("--allow-uid", "12345")

    def test_others_may_not_look_on(self):
        code = "import os, sys; sys.path.insert(0, %r)\n" \
               "from collections import namedtuple\nfrom peer import Peer\nfrom test_monitor import ORDINAL, rpc\n" \
               "import encodings.idna\nos.setgid(12345); os.setuid(12345)\n" \
               "peer = Peer(namedtuple('Kernel', 'port')(%d))\n" \
               "peer.call(peer.port(), 1, rpc(ORDINAL, bytes(4)))\n" \
               "print(int.from_bytes(peer.message().payload[12:16], 'little'))\n"
        here = os.path.dirname(os.path.abspath(__file__))
        done = subprocess.run([sys.executable, "-c", code % (here, self.kernel.port)], capture_output=True, timeout=60)
        self.assertEqual(done.stdout, b"%d\n" % NOT_ALLOWED_ERROR, done.stderr)
