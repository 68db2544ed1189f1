# SPDX-License-Identifier: MIT
"""Headers, types, versions, ports and Messages without calls, for both kinds of peer."""
import struct
import time
import unittest

from case import KernelCase
from peer import *


class Header(KernelCase):
    options = ("--limit", "first_frame_ms=3600000", "--limit", "slow_ms=3600000")  # who is cut isn't for its silence

    def test_version_0_and_1_are_accepted(self):
        for version in (0, 1):
            peer = self.peer(hello=False)
            peer.send(frame(OPEN, struct.pack(">IIQ", 7, 0, 0), version=version))
            got = peer.expect(OPENED)
            self.assertEqual((got.version, got.length, got.size), (1, 8, 24))

    def test_any_other_version_ends_the_connection(self):
        for version in (2, 3, 71, 255):
            peer = self.peer(hello=False)
            peer.send(frame(OPEN, struct.pack(">IIQ", 7, 0, 0), version=version))
            self.assertTrue(peer.ended(), version)

    def test_header_lengths(self):
        for length in range(256):
            peer = self.peer(hello=length > 8 and length % 8 == 0)
            body = struct.pack(">IIQ", 7, 0, 0)
            size = max(length, 8)
            data = struct.pack(">BBBBI", 1, length, OPEN, 0, size + len(body)) + bytes(size - 8) + body
            peer.send(data)
            if length % 8 == 0 and 8 <= length <= 64:
                peer.expect(OPENED)
            else:
                self.assertTrue(peer.ended(), length)
            peer.close()

    def test_sixteen_counts_as_eight(self):
        caller, source, callee, port = self.both()
        body = struct.pack(">QQII", source, port, 2, 0) + b"hi"
        caller.send(struct.pack(">BBBBI", 1, 16, MESSAGE_IN, 0, 16 + len(body)) + b"\xff" * 8 + body)
        got = callee.message()
        self.assertEqual((got.payload, got.call, got.flags), (b"hi", 0, 0))

    def test_more_than_24_counts_as_24(self):
        caller, source, callee, port = self.both()
        body = struct.pack(">QQII", source, port, 2, 0) + b"hi"
        header = struct.pack(">BBBBIQIHH", 1, 40, MESSAGE_IN, 0, 40 + len(body), 5, 0, REQUEST, 0)
        caller.send(header + b"\xff" * 16 + body)
        got = callee.message()
        self.assertEqual((got.payload, got.flags, got.header), (b"hi", REQUEST, 24))
        self.assertTrue(got.source & SLOT)

    def test_fourth_byte_is_ignored(self):
        peer = self.peer()
        data = bytearray(frame(OPEN, struct.pack(">IIQ", 7, 0, 0)))
        data[3] = 0xff
        peer.send(bytes(data))
        peer.expect(OPENED)

    def test_unknown_types_and_wrong_directions_are_skipped(self):
        peer = self.peer()
        for kind in (0, OPENED, CLOSED, MESSAGE, CHUNK, WELCOME, 13, 14, 15, PONG, 21, 99, 255):
            peer.send(frame(kind, bytes(48)))
        self.assertTrue(peer.alive())

    def test_length_below_the_types_need_ends_the_connection(self):
        for kind, need in ((OPEN, 16), (CLOSE, 16), (MESSAGE_IN, 24), (CHUNK_IN, 40), (HELLO, 8),
                           (UNDELIVERABLE, 16), (CREDIT, 32), (CANCEL, 16), (PING, 8)):
            peer = self.peer()
            peer.send(frame(kind, bytes(need - 1)))
            self.assertTrue(peer.ended(), kind)

    def test_length_0_to_7_ends_the_connection(self):
        for length in range(8):
            peer = self.peer(hello=False)
            peer.send(frame(OPEN, struct.pack(">IIQ", 7, 0, 0), length=length))
            self.assertTrue(peer.ended(), length)

    def test_more_than_the_type_needs_is_ignored(self):
        peer = self.peer()
        peer.send(frame(OPEN, struct.pack(">IIQ", 7, 0, 0) + bytes(100)))
        peer.expect(OPENED)
        self.assertTrue(peer.alive())

    def test_payload_longer_than_the_frame_ends_the_connection(self):
        caller, source, _, port = self.both()
        caller.send(frame(MESSAGE_IN, struct.pack(">QQII", source, port, 100, 0) + bytes(99)))
        self.assertTrue(caller.ended())

    def test_ports_beyond_the_frame_end_the_connection(self):
        caller, source, _, port = self.both()
        caller.send(frame(MESSAGE_IN, struct.pack(">QQII", source, port, 0, 0) + bytes(8), ports=2))
        self.assertTrue(caller.ended())

    def test_more_than_64_ports_end_the_connection(self):
        caller, source, callee, port = self.both()
        caller.send(message(source, port, b"", [source] * 64))
        self.assertEqual(len(callee.message().ports), 64)
        caller.send(message(source, port, b"", [source] * 65))
        self.assertTrue(caller.ended())

    def test_two_frames_in_one_write_and_one_frame_in_many(self):
        peer = self.peer()
        one = frame(OPEN, struct.pack(">IIQ", 7, 0, 0))
        peer.send(one + one)
        peer.expect(OPENED)
        peer.expect(OPENED)
        for byte in one:
            peer.send(bytes([byte]))
            time.sleep(0.001)
        peer.expect(OPENED)

    def test_http_fails_on_its_first_byte(self):
        peer = self.peer(hello=False)
        peer.send(b"G")
        self.assertTrue(peer.ended())

    def test_first_frame_beyond_64_kib_ends_the_connection(self):
        peer = self.peer(hello=False)
        peer.send(struct.pack(">BBBBI", 1, 8, MESSAGE_IN, 0, 65537))
        self.assertTrue(peer.ended())


class Hello(KernelCase):
    def test_welcome_tells_the_limits(self):
        one, two = self.peer(), self.peer(unix=True)
        self.assertEqual((one.revision, one.features, one.max_message, one.window), (1, 0, 16 << 20, 65536))
        self.assertEqual(one.boot, two.boot)
        self.assertNotEqual(one.boot, 0)
        self.assertNotEqual(one.id, two.id)

    def test_hello_is_answered_while_frames_follow_at_once(self):
        peer = self.peer(hello=False)
        peer.send(frame(HELLO, struct.pack(">II", 1, 0)) + frame(PING, struct.pack(">Q", 42)))
        peer.expect(WELCOME)
        self.assertEqual(peer.expect(PONG).body[:8], struct.pack(">Q", 42))

    def test_call_header_from_a_legacy_peer_ends_it(self):
        peer = self.peer(hello=False)
        peer.send(frame(OPEN, struct.pack(">IIQ", 7, 0, 0), extended=True))
        self.assertTrue(peer.ended())

    def test_a_legacy_peer_is_sent_nothing_that_it_does_not_know(self):
        peer = self.peer(hello=False)
        peer.send(frame(PING, struct.pack(">Q", 1)))
        self.assertTrue(peer.quiet())   # not for a legacy peer
        self.assertTrue(peer.alive())


class Ports(KernelCase):
    def test_chosen_numbers_are_random_and_in_range(self):
        peer = self.peer()
        numbers = [peer.port() for _ in range(200)]
        self.assertEqual(len(set(numbers)), 200)
        self.assertTrue(all(1 << 32 <= number < 1 << 63 for number in numbers))
        self.assertGreater(max(numbers), 1 << 60)

    def test_a_number_may_be_asked_for(self):
        peer = self.peer(hello=False)
        for number in (2, 11001, (1 << 32) - 1):
            self.assertEqual(peer.open(number), (0, number))

    def test_numbers_that_nobody_may_ask_for(self):
        peer = self.peer()
        for number in (1, 1 << 32, 1 << 62, SLOT, (1 << 64) - 1):
            self.assertEqual(peer.open(number)[0], 4, number)

    def test_in_use(self):
        one, two = self.peer(), self.peer(hello=False)
        one.port(11001)
        self.assertEqual(one.open(11001)[0], 1)
        self.assertEqual(two.open(11001)[0], 1)

    def test_close_and_open_again(self):
        one, two = self.peer(), self.peer()
        one.port(11001)
        self.assertEqual(two.close_port(11001), 1)
        self.assertEqual(one.close_port(11001), 0)
        self.assertEqual(one.close_port(11001), 1)
        self.assertEqual(two.open(11001), (0, 11001))

    def test_they_end_with_their_connection(self):
        one, two = self.peer(), self.peer()
        one.port(11001)
        one.close()
        deadline = time.monotonic() + WAIT
        while two.open(11001)[0] != 0:
            self.assertLess(time.monotonic(), deadline)


class OneWay(KernelCase):
    def test_between_all_kinds_of_peers(self):
        for hello_from in (True, False):
            for hello_to in (True, False):
                one, two = self.peer(hello_from), self.peer(hello_to)
                source, target = one.port(), two.port(12000)
                one.send(message(source, target, b"payload"))
                got = two.message()
                self.assertEqual((got.source, got.destination, got.payload), (source, target, b"payload"))
                self.assertEqual(got.header == 8 or hello_to, True)
                two.close_port(target)

    def test_the_tag_is_not_seen_by_the_receiver(self):
        caller, source, callee, port = self.both()
        caller.send(message(source, port, b"x", call=77))
        got = callee.message()
        self.assertEqual((got.call, got.flags), (0, 0))

    def test_unknown_flags_are_not_passed_on(self):
        caller, source, callee, port = self.both()
        caller.send(message(source, port, b"x", flags=0xfff8 | GIVE_SOURCE))
        self.assertEqual(callee.message().flags & 0xfff8, 0)
        caller.send(message(source, port, b"x", flags=REPLY))
        self.assertEqual(callee.message().flags & REPLY, 0)

    def test_to_nobody(self):
        peer = self.peer()
        source = peer.port()
        peer.send(message(source, 12345, b"x", call=99))
        got = peer.notice()
        self.assertEqual((got.port, got.code, got.call), (12345, NO_PORT, 99))

    def test_to_nobody_from_a_legacy_peer(self):
        peer = self.peer(hello=False)
        source = peer.port()
        peer.send(message(source, 12345, b"x"))
        self.assertTrue(peer.quiet())
        self.assertTrue(peer.alive())

    def test_a_forged_source(self):
        one, two, legacy = self.peer(), self.peer(), self.peer(hello=False)
        target = two.port(12000)
        other = two.port()
        for source in (other, target, 424242, 1):
            one.send(message(source, target, b"x", call=5))
            got = one.notice()
            self.assertEqual((got.code, got.port, got.call), (BAD_SOURCE, target, 5))
            legacy.send(message(source, target, b"x"))
        self.assertTrue(two.quiet())
        self.assertTrue(legacy.alive())

    def test_a_random_port_without_a_right_looks_like_no_port(self):
        one, two = self.peer(), self.peer()
        source, hidden = one.port(), two.port()
        one.send(message(source, hidden, b"x", call=5))
        nowhere = hidden ^ 0x1234
        one.send(message(source, nowhere, b"x", call=6))
        first, second = one.notice(), one.notice()
        self.assertEqual((first.code, second.code), (NO_PORT, NO_PORT))
        self.assertEqual(first.detail.replace(str(hidden), ""), second.detail.replace(str(nowhere), ""))
        self.assertTrue(two.quiet())

    def test_legacy_and_give_source_give_a_right_on_the_source(self):
        for hello, flags in ((False, 0), (True, GIVE_SOURCE)):
            one, two = self.peer(hello), self.peer()
            source, target = one.port(), two.port(12000)
            one.send(message(source, target, b"x", flags=flags))
            got = two.message()
            two.send(message(target, got.source, b"back", call=1))
            self.assertEqual(one.message().payload, b"back")
            two.close_port(target)

    def test_without_give_source_there_is_no_right(self):
        caller, source, callee, port = self.both()
        caller.send(message(source, port, b"x"))
        callee.message()
        callee.send(message(port, source, b"back", call=1))
        self.assertEqual(callee.notice().code, NO_PORT)

    def test_order_between_two_connections(self):
        caller, source, callee, port = self.both()
        for index in range(200):
            caller.send(message(source, port, struct.pack(">I", index)))
        self.assertEqual([struct.unpack(">I", callee.message().payload)[0] for _ in range(200)], list(range(200)))

    def test_sizes(self):
        caller, source, callee, port = self.both()
        for size in (0, 1, 7, 8, 4095, 65536, 262144, 1 << 20, (16 << 20) - 48):
            payload = bytes((index * 7 + size) & 255 for index in range(256)) * (size // 256 + 1)
            caller.send(message(source, port, payload[:size]))
            self.assertEqual(callee.message().payload, payload[:size])

    def test_too_big(self):
        caller, source, callee, port = self.both()
        body = struct.pack(">QQII", source, port, (16 << 20) + 1, 0)
        caller.send(frame(MESSAGE_IN, body, call=3, length=24 + 24 + (16 << 20) + 1))
        for _ in range(16):
            caller.send(bytes(1 << 20))
        caller.send(bytes(1))
        got = caller.notice()
        self.assertEqual((got.code, got.call, got.port), (TOO_BIG, 3, port))
        self.assertTrue(caller.alive())
        self.assertTrue(callee.quiet())


class Rights(KernelCase):
    def test_ports_in_a_message_give_rights(self):
        caller, source, callee, port = self.both()
        extra = caller.port()
        for payload in (b"", b"1", b"1234567", b"12345678"):
            caller.send(message(source, port, payload, [extra, source, extra]))
            got = callee.message()
            self.assertEqual((got.payload, got.ports), (payload, (extra, source, extra)))
        callee.send(message(port, extra, b"use"))
        self.assertEqual(caller.message().payload, b"use")

    def test_a_holder_may_pass_it_on(self):
        caller, source, callee, port = self.both()
        third = self.peer()
        target = third.port(12001)
        extra = caller.port()
        caller.send(message(source, port, b"", [extra]))
        callee.message()
        callee.send(message(port, target, b"", [extra]))
        self.assertEqual(third.message().ports, (extra,))
        third.send(message(target, extra, b"use"))
        self.assertEqual(caller.message().payload, b"use")

    def test_a_port_that_the_sender_may_not_pass(self):
        caller, source, callee, port = self.both()
        hidden = self.peer().port()
        caller.send(message(source, port, b"x", [source, hidden], call=9))
        got = caller.notice()
        self.assertEqual((got.code, got.call), (NOT_ALLOWED, 9))
        self.assertTrue(callee.quiet())
        callee.send(message(port, source, b"x", call=1))
        self.assertEqual(callee.notice().code, NO_PORT)

    def test_slots_cannot_be_passed(self):
        caller, source, callee, port = self.both()
        third = self.peer()
        target = third.port(12001)
        caller.call(source, port)
        slot = callee.message().source
        callee.send(message(port, target, b"", [slot], call=4))
        self.assertEqual(callee.notice().code, NOT_ALLOWED)


if __name__ == "__main__":
    unittest.main()
