# SPDX-License-Identifier: MIT
"""Streams of calls, and raw chunks between ports."""
import struct
import unittest

from case import KernelCase
from peer import *


class Raw(KernelCase):
    def test_chunks_between_ports_are_one_way_messages(self):
        for hello in (True, False):
            one, two = self.peer(hello), self.peer(hello)
            source, target = one.port(), two.port(12000)
            one.send(chunk(source, target, 1 << 40, b"data", fin=True, stream=77))
            got = two.chunk()
            self.assertEqual((got.source, got.destination, got.stream, got.offset, got.payload, got.flags),
                             (source, target, 77, 1 << 40, b"data", 1))
            two.close_port(target)

    def test_to_nobody(self):
        one = self.peer()
        source = one.port()
        one.send(chunk(source, 12345, 0, b"data", call=9))
        got = one.notice()
        self.assertEqual((got.port, got.code, got.call), (12345, NO_PORT, 9))

    def test_a_forged_source(self):
        one, two = self.peer(), self.peer()
        target = two.port(12000)
        one.send(chunk(target, target, 0, b"data", call=9))
        self.assertEqual(one.notice().code, BAD_SOURCE)
        self.assertTrue(two.quiet())


class Streams(KernelCase):
    def started(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port, b"stream")
        return caller, source, callee, port, call, callee.message().source

    def test_download_and_outcome_in_order(self):
        caller, source, callee, port, call, slot = self.started()
        callee.send(chunk(port, slot, 0, b"one") + chunk(port, slot, 3, b"two", fin=True))
        callee.reply(slot, b"end")
        got = caller.chunk()
        self.assertEqual((got.source, got.destination, got.offset, got.payload, got.call, got.flags),
                         (port, source, 0, b"one", call, 0))
        got = caller.chunk()
        self.assertEqual((got.offset, got.payload, got.flags), (3, b"two", 1))
        self.assertEqual(caller.message().payload, b"end")

    def test_upload(self):
        caller, source, callee, port, call, slot = self.started()
        caller.send(chunk(source, port, 0, b"abc", call=call) + chunk(source, port, 3, b"", fin=True, call=call))
        got = callee.chunk()
        self.assertEqual((got.source, got.destination, got.offset, got.payload), (slot, port, 0, b"abc"))
        got = callee.chunk()
        self.assertEqual((got.offset, got.payload, got.flags), (3, b"", 1))

    def broken(self, *chunks):
        caller, source, callee, port, call, slot = self.started()
        for each in chunks:
            callee.send(chunk(port, slot, *each))
        while True:
            got = caller.receive()
            self.assertIsNotNone(got)
            if got.type == UNDELIVERABLE:
                break
        self.assertEqual((struct.unpack(">I", got.body[8:12])[0], got.call), (STREAM_BROKEN, call))
        got = callee.expect(CANCEL)
        self.assertEqual(struct.unpack(">Q", got.body[:8])[0], slot)
        self.assertTrue(callee.alive())

    def test_a_gap(self):
        self.broken((1, b"x"))

    def test_an_overlap(self):
        self.broken((0, b"abc"), (2, b"x"))

    def test_after_fin(self):
        self.broken((0, b"abc", True), (3, b"x"))

    def test_beyond_credit(self):
        self.broken((0, bytes(65536)), (65536, b"x"))

    def test_a_chunk_of_more_than_64_kib(self):
        self.broken((0, bytes(65537)))

    def test_credit_lets_more_through(self):
        caller, source, callee, port, call, slot = self.started()
        callee.send(chunk(port, slot, 0, bytes(65536)))
        self.assertEqual(len(caller.chunk().payload), 65536)
        caller.credit(port, 131072, source, call)
        got = callee.expect(CREDIT)
        _, destination, _, limit = struct.unpack(">QQQQ", got.body[:32])
        self.assertEqual(limit, 131072)
        callee.send(chunk(port, slot, 65536, bytes(65536)))
        self.assertEqual(caller.chunk().offset, 65536)

    def test_credit_is_held_to_1_mib_ahead_and_never_shrinks(self):
        caller, source, callee, port, call, slot = self.started()
        caller.credit(port, 1 << 40, source, call)
        limit = struct.unpack(">QQQQ", callee.expect(CREDIT).body[:32])[3]
        self.assertLessEqual(limit, 1 << 20)
        self.assertGreater(limit, 65536)
        caller.credit(port, 10, source, call)
        sent = 0
        while sent < 4 << 20:
            while sent < limit and sent < 4 << 20:
                step = min(65536, limit - sent)
                callee.send(chunk(port, slot, sent, bytes(step)))
                sent += step
                got = caller.chunk()
                self.assertEqual(got.offset, sent - step)
            if sent < 4 << 20:
                more = struct.unpack(">QQQQ", callee.expect(CREDIT).body[:32])[3]
                while more <= sent:
                    more = struct.unpack(">QQQQ", callee.expect(CREDIT).body[:32])[3]
                self.assertGreater(more, limit)
                limit = more
                self.assertLessEqual(limit - sent, 1 << 20)

    def test_a_reply_ends_the_upload(self):
        caller, source, callee, port, call, slot = self.started()
        caller.send(chunk(source, port, 0, b"abc", call=call))
        callee.chunk()
        callee.reply(slot, b"enough")
        self.assertEqual(caller.message().payload, b"enough")
        caller.send(chunk(source, port, 3, b"more", call=call))
        self.assertTrue(callee.quiet())
        self.assertTrue(caller.quiet())
        self.assertTrue(caller.alive())

    def test_death_of_the_writer(self):
        caller, source, callee, port, call, slot = self.started()
        callee.send(chunk(port, slot, 0, b"part"))
        callee.close()
        self.assertEqual(caller.chunk().payload, b"part")
        got = caller.notice()
        self.assertEqual((got.code, got.call), (PEER_DIED, call))


if __name__ == "__main__":
    unittest.main()
