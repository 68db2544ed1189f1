# SPDX-License-Identifier: MIT
"""What ended the first DarqOS kernel, each beside a service at work: the offender gets its answer, the service goes on."""
import struct

from peer import (BAD_SOURCE, CLOSE, MESSAGE, NO_PORT, OPEN, OPENED, chunk, frame, message)
from system import NO_TIMEOUTS, SystemCase


class Misuse(SystemCase):
    @staticmethod
    def new_kernel(*options):
        """One that cuts nobody for a silence: who held it up would do so for good."""
        return SystemCase.new_kernel(*NO_TIMEOUTS, *options)

    def setUp(self):
        super().setUp()
        self.service = self.start_hello()

    def tearDown(self):
        done = self.hello("Ada")
        super().tearDown()
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_frame_of_length_0(self):
        for hello in (True, False):
            peer = self.peer(hello)
            peer.send(struct.pack(">BBBBI", 1, 8, MESSAGE, 0, 0) * 100)
            self.assertTrue(peer.ended())

    def test_a_message_to_a_port_that_does_not_exist(self):
        peer = self.peer()
        source = peer.port()
        for destination in (12345, 1 << 40, (1 << 63) | 5, 0, (1 << 64) - 1):
            peer.send(message(source, destination, b"anybody there?", call=7))
            if not destination >> 63:
                notice = peer.notice()
                self.assertEqual((notice.port, notice.code, notice.call), (destination, NO_PORT, 7))
        self.assertTrue(peer.quiet())
        legacy = self.peer(hello=False)
        legacy.send(message(legacy.port(), 12345, b"anybody there?"))
        self.assertTrue(legacy.quiet())
        self.assertTrue(legacy.alive())

    def test_closing_a_port_of_somebody_else(self):
        owner, thief = self.peer(), self.peer()
        port = owner.port(12000)
        self.assertNotEqual(thief.close_port(port), 0)
        self.assertNotEqual(thief.close_port(1), 0)
        source = thief.port()
        thief.send(message(source, port, b"still there?"))
        self.assertEqual(owner.message().payload, b"still there?")

    def test_opening_a_port_that_is_held(self):
        owner, thief = self.peer(), self.peer(hello=False)
        port = owner.port(12000)
        self.assertEqual(thief.open(port)[0], 1)
        self.assertNotEqual(thief.open(1)[0], 0)
        thief.send(message(thief.port(), port, b"for the owner"))
        self.assertEqual(owner.message().payload, b"for the owner")

    def test_a_forged_source(self):
        victim, forger, receiver = self.peer(), self.peer(), self.peer()
        forged, port = victim.port(), receiver.port(12000)
        forger.port()
        forger.send(message(forged, port, b"from the victim", call=3))
        self.assertEqual(forger.notice().code, BAD_SOURCE)
        forger.send(message(0, port, b"from nobody", call=4))
        forger.send(chunk(forged, port, 0, b"from the victim"))
        self.assertTrue(receiver.quiet())

    def test_two_frames_in_one_write(self):
        peer = self.peer(hello=False)
        peer.send(frame(OPEN, struct.pack(">IIQ", 1, 0, 0)) + frame(OPEN, struct.pack(">IIQ", 2, 0, 0)))
        requests = [struct.unpack(">I", peer.expect(OPENED).body[:4])[0] for _ in range(2)]
        self.assertEqual(requests, [1, 2])

    def test_a_frame_in_many_writes(self):
        peer = self.peer(hello=False)
        for byte in frame(OPEN, struct.pack(">IIQ", 1, 0, 0)):
            peer.send(bytes([byte]))
        self.assertTrue(peer.expect(OPENED))

    def test_a_receiver_that_stops_reading(self):
        receiver = self.peer(hello=False)
        port = receiver.port(12000)
        sender = self.peer(hello=False)
        source = sender.port()
        for _ in range(60):
            sender.send(message(source, port, bytes(1000000)))
        for _ in range(20):
            self.assertEqual(self.hello("Ada").returncode, 0)
        self.assertLess(self.kernel.resident_kib(), 300 << 10)

    def test_an_end_in_the_midst_of_a_frame(self):
        whole = message(5, 12000, bytes(1000))
        for size in (1, 7, 8, 20, 500):
            peer = self.peer(hello=False)
            peer.send(whole[:size])
            peer.close()
        self.assertTrue(self.peer().alive())

    def test_a_reset_connection(self):
        for _ in range(20):
            peer = self.peer()
            peer.port()
            peer.send(frame(CLOSE, struct.pack(">IIQ", 1, 0, 99)))
            peer.reset()
        self.assertTrue(self.peer().alive())
