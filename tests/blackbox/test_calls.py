# SPDX-License-Identifier: MIT
"""Calls: slots, replies, failures, death, cancel, deadlines, and one outcome each."""
import struct
import time
import unittest

from case import KernelCase
from peer import *


class Calls(KernelCase):
    def test_request_and_reply(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port, b"question")
        request = callee.message()
        self.assertTrue(request.source & SLOT)
        self.assertEqual((request.destination, request.payload, request.flags, request.call),
                         (port, b"question", REQUEST, caller.id))
        callee.reply(request.source, b"answer")
        reply = caller.message()
        self.assertEqual((reply.source, reply.destination, reply.payload, reply.flags, reply.call),
                         (port, source, b"answer", REPLY, call))
        self.assertTrue(caller.quiet())

    def test_a_legacy_callee(self):
        caller, callee = self.peer(), self.peer(hello=False)
        source, port = caller.port(), callee.port(12000)
        call = caller.call(source, port, b"question")
        request = callee.message()
        self.assertEqual((request.header, request.payload), (8, b"question"))
        callee.send(message(port, request.source, b"answer"))
        reply = caller.message()
        self.assertEqual((reply.source, reply.payload, reply.call, reply.flags), (port, b"answer", call, REPLY))

    def test_many_at_once_answered_backwards(self):
        caller, source, callee, port = self.both()
        calls = [caller.call(source, port, struct.pack(">I", index)) for index in range(100)]
        requests = [callee.message() for _ in calls]
        self.assertEqual(len({request.source for request in requests}), 100)
        for request in reversed(requests):
            callee.reply(request.source, request.payload)
        for call in reversed(calls):
            reply = caller.message()
            self.assertEqual((reply.call, struct.unpack(">I", reply.payload)[0]), (call, calls.index(call)))

    def test_call_number_0_ends_the_connection(self):
        caller, source, _, port = self.both()
        caller.send(message(source, port, b"", call=0, flags=REQUEST))
        self.assertTrue(caller.ended())

    def test_a_call_number_in_use_ends_the_connection(self):
        caller, source, callee, port = self.both()
        caller.send(message(source, port, b"", call=5, flags=REQUEST))
        callee.message()
        caller.send(message(source, port, b"", call=5, flags=REQUEST))
        self.assertTrue(caller.ended())

    def test_a_second_reply_vanishes(self):
        caller, source, callee, port = self.both()
        caller.call(source, port)
        slot = callee.message().source
        callee.reply(slot, b"one")
        callee.reply(slot, b"two")
        self.assertEqual(caller.message().payload, b"one")
        self.assertTrue(caller.quiet())
        self.assertTrue(callee.quiet())
        self.assertTrue(callee.alive())

    def test_only_the_callee_can_answer(self):
        caller, source, callee, port = self.both()
        thief = self.peer()
        own = thief.port()
        caller.call(source, port)
        slot = callee.message().source
        thief.send(message(own, slot, b"stolen", call=8))
        thief.fail(slot, PEER_DIED)
        caller.send(message(source, slot, b"stolen", call=9))
        self.assertTrue(thief.quiet())
        self.assertTrue(caller.quiet())
        callee.reply(slot, b"true")
        self.assertEqual(caller.message().payload, b"true")

    def test_the_callee_fails_the_call(self):
        for code in (NO_REPLY, QUOTA, NOT_ALLOWED, LINK_LOST, STREAM_BROKEN):
            with self.subTest(code=code):
                caller, source, callee = self.peer(), None, self.peer()
                source, port = caller.port(), callee.port(0x7000 + code)
                call = caller.call(source, port)
                callee.fail(callee.message().source, code, "because")
                got = caller.notice()
                self.assertEqual((got.port, got.code, got.detail, got.call), (port, code, "because", call))

    def test_to_nobody(self):
        caller = self.peer()
        source = caller.port()
        call = caller.call(source, 12345, b"x")
        got = caller.notice()
        self.assertEqual((got.port, got.code, got.call), (12345, NO_PORT, call))

    def test_a_call_needs_a_true_source(self):
        caller, _, callee, port = self.both()
        other = callee.port()
        call = caller.call(other, port)
        got = caller.notice()
        self.assertEqual((got.code, got.call), (BAD_SOURCE, call))
        self.assertTrue(callee.quiet())

    def test_a_slot_cannot_be_called(self):
        caller, source, callee, port = self.both()
        caller.call(source, port)
        slot = callee.message().source
        callee.calls = 500
        callee.call(port, slot, b"x")
        callee.quiet()

    def test_ports_in_a_reply(self):
        caller, source, callee, port = self.both()
        given = callee.port()
        caller.call(source, port)
        callee.reply(callee.message().source, b"abc", [given])
        self.assertEqual(caller.message().ports, (given,))
        caller.send(message(source, given, b"use"))
        self.assertEqual(callee.message().payload, b"use")

    def test_a_reply_with_ports_that_the_callee_may_not_pass(self):
        caller, source, callee, port = self.both()
        hidden = self.peer().port()
        call = caller.call(source, port)
        callee.reply(callee.message().source, b"abc", [hidden])
        got = caller.notice()
        self.assertEqual((got.code, got.call), (NO_REPLY, call))

    def test_a_reply_that_is_too_big(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port)
        slot = callee.message().source
        size = (16 << 20) + 1
        callee.send(frame(MESSAGE_IN, struct.pack(">QQII", port, slot, size, 0), extended=True,
                          length=48 + size))
        for _ in range(16):
            callee.send(bytes(1 << 20))
        callee.send(bytes(1))
        got = caller.notice()
        self.assertEqual((got.code, got.call), (REPLY_TOO_BIG, call))
        self.assertTrue(callee.alive())


class Death(KernelCase):
    def test_of_the_callee_with_the_request_handed_over(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port)
        callee.message()
        callee.reset()
        got = caller.notice()
        self.assertEqual((got.port, got.code, got.call), (port, PEER_DIED, call))

    def test_what_the_callee_had_sent_arrives_first(self):
        caller, source, callee, port = self.both()
        one, two = caller.call(source, port), caller.call(source, port)
        slot = callee.message().source
        callee.message()
        callee.reply(slot, b"last words")
        callee.close()
        self.assertEqual(caller.message().payload, b"last words")
        got = caller.notice()
        self.assertEqual((got.code, got.call), (PEER_DIED, two))
        self.assertTrue(caller.quiet())
        self.assertNotEqual(one, two)

    def test_of_the_caller_cancels(self):
        caller, source, callee, port = self.both()
        caller.call(source, port)
        slot = callee.message().source
        caller.close()
        got = callee.expect(CANCEL)
        self.assertEqual(struct.unpack(">Q", got.body[:8])[0], slot)
        callee.reply(slot, b"too late")
        self.assertTrue(callee.quiet())
        self.assertTrue(callee.alive())

    def test_closing_the_callees_port_leaves_handed_over_calls_open(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port)
        slot = callee.message().source
        callee.close_port(port)
        self.assertTrue(caller.quiet())
        callee.reply(slot, b"still")
        reply = caller.message()
        self.assertEqual((reply.payload, reply.call, reply.source), (b"still", call, port))

    def test_closing_the_callers_port_cancels(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port)
        slot = callee.message().source
        self.requests = caller.requests
        caller.send(frame(CLOSE, struct.pack(">IIQ", 77, 0, source)))
        kinds = {}
        for _ in range(2):
            got = caller.receive()
            kinds[got.type] = got
        self.assertIn(CLOSED, kinds)
        got = kinds[UNDELIVERABLE]
        self.assertEqual((struct.unpack(">QI", got.body[:12])[1], got.call), (CANCELLED, call))
        got = callee.expect(CANCEL)
        self.assertEqual(struct.unpack(">Q", got.body[:8])[0], slot)


class Cancel(KernelCase):
    def test_of_a_call_that_was_handed_over(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port)
        slot = callee.message().source
        caller.cancel(port, call)
        got = caller.notice()
        self.assertEqual((got.code, got.call), (CANCELLED, call))
        got = callee.expect(CANCEL)
        self.assertEqual(struct.unpack(">QQ", got.body[:16]), (slot, 0))
        callee.reply(slot, b"late")
        self.assertTrue(caller.quiet())

    def test_of_a_call_that_has_ended_or_never_was(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port)
        callee.reply(callee.message().source)
        caller.message()
        caller.cancel(port, call)
        caller.cancel(port, 4711)
        caller.cancel(12345, 1)
        self.assertTrue(caller.quiet())
        self.assertTrue(callee.quiet())

    def test_of_a_call_that_still_waits(self):
        caller, source, callee, port = self.both()
        big = bytes(900000)
        for _ in range(8):      # more than the socket takes: the callee reads nothing
            caller.send(message(source, port, big))
        call = caller.call(source, port, b"never seen")
        caller.cancel(port, call)
        codes = []
        while not codes or codes[-1].call != call:
            codes.append(caller.notice())
        self.assertEqual(codes[-1].code in (WITHDRAWN, QUEUE_FULL), True)


class Deadlines(KernelCase):
    def test_what_is_left_is_handed_over(self):
        caller, source, callee, port = self.both()
        started = time.monotonic()
        caller.call(source, port, b"x", timeout=600000)
        got = callee.message()
        spent = (time.monotonic() - started) * 1000
        self.assertTrue(600000 - spent - 10 < got.timeout <= 600000, (got.timeout, spent))

    def test_none_given(self):
        caller, source, callee, port = self.both()
        caller.call(source, port, b"x")
        self.assertEqual(callee.message().timeout, 0)

    def test_expired_while_it_waits(self):
        caller, source, callee, port = self.both()
        for _ in range(8):
            caller.send(message(source, port, bytes(900000)))
        started = time.monotonic()
        call = caller.call(source, port, b"never seen", timeout=200)
        got = caller.notice()
        while got.call != call:
            got = caller.notice()
        if got.code != QUEUE_FULL:
            self.assertEqual(got.code, EXPIRED)
            self.assertGreater(time.monotonic() - started, 0.15)

    def test_after_handing_over_the_p_kernel_does_not_watch(self):
        caller, source, callee, port = self.both()
        call = caller.call(source, port, b"x", timeout=100)
        slot = callee.message().source
        self.assertTrue(caller.quiet(0.4))
        callee.reply(slot, b"late but fine")
        self.assertEqual(caller.message().call, call)


class Misuse(KernelCase):
    def test_pings(self):
        peer = self.peer()
        peer.send(frame(PING, struct.pack(">Q", 0xfeedface)))
        self.assertEqual(peer.expect(PONG).body[:8], struct.pack(">Q", 0xfeedface))

    def test_undeliverable_about_nothing_is_dropped(self):
        peer = self.peer()
        peer.fail(SLOT | 12345, NO_REPLY, "x")
        peer.fail(12345, NO_REPLY, "x")
        peer.fail(0, NO_REPLY, "")
        peer.credit(SLOT | 5, 1 << 40)
        self.assertTrue(peer.quiet())
        self.assertTrue(peer.alive())

    def test_a_reader_that_stops_holds_nobody_up(self):
        caller, source, callee, port = self.both()
        one, two = self.peer(), self.peer()
        back, target = one.port(), two.port(12001)
        for _ in range(40):
            caller.send(message(source, port, bytes(500000), call=1))
        for index in range(50):
            call = one.call(back, target, b"ping")
            two.reply(two.message().source, b"pong")
            self.assertEqual(one.message().call, call)
        self.assertIn(caller.notice().code, (QUEUE_FULL, QUOTA))
        self.assertLess(self.kernel.resident_kib(), 200 << 10)

    def test_random_bytes(self):
        import random
        seed = random.randrange(1 << 32)
        generator = random.Random(seed)
        print("seed", seed)
        for _ in range(200):
            peer = self.peer(hello=generator.random() < 0.5)
            data = bytes(generator.randrange(256) for _ in range(generator.randrange(1, 200)))
            if generator.random() < 0.7:
                data = bytes([1, generator.choice((8, 24))]) + data
            if data[2:3] in (bytes([REBOOT]), bytes([SHUTDOWN])):
                data = data[:2]
            try:
                peer.send(data)
            except OSError:
                pass
            peer.close()
        self.assertTrue(self.peer().alive())


if __name__ == "__main__":
    unittest.main()
