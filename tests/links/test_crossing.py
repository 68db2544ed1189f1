# SPDX-License-Identifier: MIT
"""What crosses a link: names, calls, ports, one-way messages, death, cancel, deadlines, streams."""
import struct
import unittest

from peer import (CANCEL, CANCELLED, CHUNK, CREDIT, EXPIRED, GIVE_SOURCE, NO_PORT, NO_REPLY, PEER_DIED, REPLY, REQUEST,
                  STREAM_BROKEN, TOO_BIG, WITHDRAWN, chunk, message)
from process import until
from locations import ECHO, NO_LOCATION, NOT_ALLOWED, NOT_FOUND, SHUT, SiteCase

KIB = 1024


class Names(SiteCase):
    def test_a_service_of_another_location_is_found_by_its_name(self):
        self.service("kitchen")
        self.assertGreater(self.peer("hall").connect("echo@kitchen"), 0)

    def test_an_object_of_another_location_is_resolved(self):
        client, source = self.peer("hall"), None
        service = self.service("kitchen")
        target = client.resolve("text:kitchen:readme")
        source = client.port()
        client.call(source, target, b"open")
        self.assertEqual(service.message().payload, b"open")

    def test_what_is_not_there_is_said_by_the_other_location(self):
        client = self.peer("hall")
        self.assertEqual(client.connect("nothing@kitchen"), -NOT_FOUND)
        self.assertEqual(client.resolve("picture:kitchen:a"), -NOT_FOUND)

    def test_a_location_that_is_not_linked_is_no_location(self):
        self.assertEqual(self.peer("hall").connect("echo@attic"), -NO_LOCATION)

    def test_only_what_a_manifest_opens_is_reached(self):
        self.service("kitchen", SHUT)
        client = self.peer("hall")
        self.assertEqual(client.connect("shut@kitchen"), -NOT_ALLOWED)
        self.assertEqual(client.connect("near@kitchen"), -NOT_ALLOWED)
        self.assertEqual(client.connect("link@kitchen"), -NOT_ALLOWED)

    def test_who_calls_from_there_is_the_location(self):
        client, source, target, service = self.pair()
        client.call(source, target, b"who")
        self.assertEqual(service.principal(service.message().call), "location:hall")


class Calls(SiteCase):
    def test_a_call_and_its_reply_cross(self):
        client, source, target, service = self.pair()
        call = client.call(source, target, b"question")
        request = service.message()
        self.assertEqual((request.payload, request.flags), (b"question", REQUEST))
        service.reply(request.source, b"answer")
        reply = client.message()
        self.assertEqual((reply.payload, reply.flags, reply.call, reply.source, reply.destination),
                         (b"answer", REPLY, call, target, source))

    def test_both_locations_call_each_other(self):
        client, source, target, service = self.pair()
        back = self.service("hall")
        port = service.port()
        other = service.connect("echo@hall")
        for _ in range(3):
            client.call(source, target, b"there")
            service.reply(service.message().source, b"1")
            service.call(port, other, b"back")
            back.reply(back.message().source, b"2")
            self.assertEqual(client.message().payload + service.message().payload, b"12")

    def test_payloads_of_every_size_cross_whole(self):
        client, source, target, service = self.pair()
        for size in (0, 1, 7, 65495, 65496, 65497, 1 << 20, 3 << 20, 16000000):
            data = (bytes(range(251)) * (size // 251 + 1))[:size]
            client.call(source, target, data)
            request = service.message()
            self.assertTrue(request.payload == data, size)
            service.reply(request.source, data)
            self.assertTrue(client.message().payload == data, size)

    def test_calls_of_one_client_arrive_in_their_order(self):
        client, source, target, service = self.pair()
        for number in range(200):
            client.call(source, target, struct.pack(">I", number))
        slots = []
        for number in range(200):
            got = service.message()
            self.assertEqual(got.payload, struct.pack(">I", number))
            slots.append(got.source)
        for slot in slots:
            service.reply(slot)
        self.assertEqual([client.message().call for _ in slots], sorted(range(client.calls - 199, client.calls + 1)))

    def test_a_callee_fails_a_call_with_a_code_and_a_text(self):
        client, source, target, service = self.pair()
        call = client.call(source, target)
        service.fail(service.message().source, NO_REPLY, "not now")
        notice = client.notice()
        self.assertEqual((notice.code, notice.detail, notice.call, notice.port), (NO_REPLY, "not now", call, target))

    def test_a_callee_that_dies_is_told(self):
        client, source, target, service = self.pair()
        client.call(source, target)
        service.message()
        service.close()
        self.assertEqual(client.notice().code, PEER_DIED)

    def test_a_call_to_a_service_that_is_not_there_was_not_handed_over(self):
        client, source, target, service = self.pair()
        service.close_port(ECHO)
        client.call(source, target)
        self.assertEqual(client.notice().code, NO_PORT)

    def test_a_cancel_crosses_and_the_caller_has_its_outcome_at_once(self):
        client, source, target, service = self.pair()
        call = client.call(source, target)
        slot = service.message().source
        client.cancel(target, call)
        self.assertEqual(client.notice().code, CANCELLED)
        self.assertEqual(struct.unpack(">Q", service.expect(CANCEL).body[:8])[0], slot)
        service.reply(slot, b"too late")
        self.assertTrue(client.quiet())
        self.assertEqual(client.release(target), 0)
        self.await_nothing_left()

    def test_the_end_of_a_caller_cancels_its_calls(self):
        client, source, target, service = self.pair()
        client.call(source, target)
        service.message()
        client.close()
        service.expect(CANCEL)
        self.await_nothing_left()

    def test_what_is_left_of_a_deadline_crosses(self):
        client, source, target, service = self.pair()
        client.call(source, target, timeout=600000)
        self.assertIn(service.message().timeout, range(1, 600001))

    def test_a_call_that_waits_there_too_long_expires(self):
        client, source, target, service = self.pair()
        filler = self.peer("kitchen")
        port = filler.port()
        for _ in range(300):  # more than the service's socket takes; what the port doesn't is refused
            filler.send(message(port, ECHO, bytes(1 << 16)))
        client.call(source, target, b"", timeout=300)
        self.assertEqual(client.notice().code, EXPIRED)

    def test_a_message_that_is_too_long_is_refused_here(self):
        client, source, target, _ = self.pair()
        client.call(source, target, bytes(17 << 20))
        self.assertEqual(client.notice().code, TOO_BIG)


class Ports(SiteCase):
    def test_a_port_in_a_request_is_called_back(self):
        client, source, target, service = self.pair()
        gift = client.port()
        client.call(source, target, b"take", (gift,))
        proxy = service.message().ports[0]
        own = service.port()
        service.call(own, proxy, b"back")
        got = client.message()
        self.assertEqual((got.destination, got.payload), (gift, b"back"))
        client.reply(got.source, b"fine")
        self.assertEqual(service.message().payload, b"fine")

    def test_a_port_that_comes_home_is_the_port_itself(self):
        client, source, target, service = self.pair()
        gift = client.port()
        client.call(source, target, b"", (gift, gift))
        request = service.message()
        self.assertEqual(request.ports[0], request.ports[1])
        self.assertNotEqual(request.ports[0], gift)
        service.reply(request.source, b"", request.ports)
        self.assertEqual(client.message().ports, (gift, gift))

    def test_the_same_port_is_the_same_proxy(self):
        client, source, target, service = self.pair()
        gift = client.port()
        seen = set()
        for _ in range(3):
            client.call(source, target, b"", (gift,))
            request = service.message()
            seen.add(request.ports[0])
            service.reply(request.source)
            client.message()
        self.assertEqual(len(seen), 1)

    def test_a_port_in_a_reply_is_called(self):
        client, source, target, service = self.pair()
        inner = service.port()
        client.call(source, target)
        service.reply(service.message().source, b"", (inner,))
        proxy = client.message().ports[0]
        client.call(source, proxy, b"in")
        self.assertEqual(service.message().destination, inner)

    def test_ports_as_many_as_a_message_holds(self):
        client, source, target, service = self.pair()
        gifts = tuple(client.port() for _ in range(64))
        for _ in range(3):
            client.call(source, target, b"x", gifts)
            request = service.message()
            self.assertEqual(len(set(request.ports)), 64)
            service.reply(request.source, b"", request.ports)
            self.assertEqual(client.message().ports, gifts)

    def test_a_third_location_is_not_needed_for_a_port_to_pass_through(self):
        client, source, target, service = self.pair()
        third = self.peer("hall")
        meeting = third.port(12000)
        gift = service.port()
        client.call(source, target)
        service.reply(service.message().source, b"", (gift,))
        proxy = client.message().ports[0]
        client.send(message(source, meeting, b"", (proxy,)))
        passed = third.message().ports[0]
        client.close()
        third.call(third.port(), passed, b"from a third")
        self.assertEqual(service.message().payload, b"from a third")

    def test_the_p_kernels_own_port_does_not_cross(self):
        client, source, target, service = self.pair()
        client.call(source, target, b"", (1,))
        proxy = service.message().ports[0]
        service.call(service.port(), proxy, b"")
        self.assertEqual(service.notice().code, NO_PORT)

    def test_the_end_of_a_port_is_told_there(self):
        client, source, target, service = self.pair()
        gift = client.port()
        client.call(source, target, b"", (gift,))
        request = service.message()
        watcher = service.watch(request.ports[0])
        client.close_port(gift)
        got = service.message()
        self.assertEqual((got.source, got.destination), (1, watcher))
        service.call(service.port(), request.ports[0])
        self.assertEqual(service.notice().code, NO_PORT)

    def test_a_service_s_end_is_told_there(self):
        client, source, target, service = self.pair()
        watcher = client.watch(target)
        service.close()
        got = client.message()
        self.assertEqual((got.source, got.destination), (1, watcher))

    def test_rights_that_are_given_back_there_are_given_back_here(self):
        client, source, target, service = self.pair()
        gift = client.port()
        for _ in range(5):
            client.call(source, target, b"", (gift, gift))
            request = service.message()
            service.reply(request.source)
            client.message()
        self.assertEqual(service.release(request.ports[0], 10), 0)
        self.assertEqual(client.release(target), 0)
        self.await_nothing_left()
        client.call(source, client.connect("echo@kitchen"), b"", (gift,))
        self.assertNotEqual(service.message().ports[0], request.ports[0])

    def test_ports_of_a_reply_that_nobody_gets_are_given_back(self):
        client, source, target, service = self.pair()
        inner = service.port()
        call = client.call(source, target)
        slot = service.message().source
        client.cancel(target, call)
        client.notice()
        service.reply(slot, b"", (inner,))
        self.assertEqual(client.release(target), 0)
        self.await_nothing_left()


class OneWay(SiteCase):
    def test_a_one_way_message_crosses_in_order_with_calls(self):
        client, source, target, service = self.pair()
        for number in range(50):
            client.send(message(source, target, b"%d" % number))
            client.call(source, target, b"%d" % number)
        for number in range(50):
            self.assertEqual(service.message().payload, b"%d" % number)
            self.assertEqual(service.message().payload, b"%d" % number)

    def test_a_source_that_is_given_is_answered_to(self):
        client, source, target, service = self.pair()
        client.send(message(source, target, b"hello", flags=GIVE_SOURCE))
        got = service.message()
        self.assertEqual(got.flags, GIVE_SOURCE)
        service.send(message(service.port(), got.source, b"you too"))
        back = client.message()
        self.assertEqual((back.destination, back.payload), (source, b"you too"))

    def test_ports_in_a_one_way_message_cross(self):
        client, source, target, service = self.pair()
        gift = client.port()
        client.send(message(source, target, b"", (gift,)))
        proxy = service.message().ports[0]
        service.send(message(service.port(), proxy, b"here"))
        self.assertEqual(client.message().destination, gift)


class Streams(SiteCase):
    def call(self):
        client, source, target, service = self.pair()
        call = client.call(source, target)
        return client, source, target, call, service, service.message().source

    def test_the_caller_s_bytes_cross_with_their_end(self):
        client, source, target, call, service, slot = self.call()
        client.send(chunk(source, target, 0, b"abc", call=call))
        client.send(chunk(source, target, 3, b"def", fin=True, call=call))
        one, two = service.chunk(), service.chunk()
        self.assertEqual((one.source, one.offset, one.payload, one.flags), (slot, 0, b"abc", 0))
        self.assertEqual((two.offset, two.payload, two.flags), (3, b"def", 1))
        service.reply(slot, b"got it")
        self.assertEqual(client.message().payload, b"got it")

    def test_the_callee_s_bytes_come_before_the_reply(self):
        client, source, target, call, service, slot = self.call()
        service.send(chunk(0, slot, 0, b"x" * 60000))
        service.send(chunk(0, slot, 60000, b"y", fin=True))
        service.reply(slot, b"end")
        self.assertEqual(client.chunk().payload, b"x" * 60000)
        last = client.chunk()
        self.assertEqual((last.payload, last.flags, last.source, last.call), (b"y", 1, target, call))
        self.assertEqual(client.message().payload, b"end")

    def test_credit_crosses_both_ways(self):
        client, source, target, call, service, slot = self.call()
        service.credit(slot, 200 * KIB)
        got = client.expect(CREDIT)
        self.assertEqual(struct.unpack(">QQQQ", got.body[:32])[3], 200 * KIB)
        client.credit(target, 300 * KIB, call=call)
        self.assertEqual(struct.unpack(">QQQQ", service.expect(CREDIT).body[:32])[3], 300 * KIB)
        for index in range(4):
            client.send(chunk(source, target, index * 50 * KIB, bytes(50 * KIB), call=call))
        self.assertEqual([service.chunk().offset for _ in range(4)], [index * 50 * KIB for index in range(4)])

    def test_bytes_beyond_credit_break_the_call(self):
        client, source, target, call, service, slot = self.call()
        client.send(chunk(source, target, 0, bytes(65536), call=call))
        client.send(chunk(source, target, 65536, b"x", call=call))
        self.assertEqual(client.notice().code, STREAM_BROKEN)
        got = service.receive()
        while got.type == CHUNK:
            got = service.receive()
        self.assertEqual(got.type, CANCEL)
        self.assertEqual(client.release(target), 0)
        self.await_nothing_left()


class Telling(SiteCase):
    def test_the_links_count_what_crosses(self):
        client, source, target, service = self.pair()
        for _ in range(10):
            client.call(source, target, bytes(1000))
            service.reply(service.message().source)
            client.message()
        entry = self.places["hall"].states()["kitchen"]
        self.assertEqual((entry["calls"], entry["losses"], entry["imports"]), (10, 0, 1))
        self.assertGreater(entry["sent_bytes"], 10000)
        until(lambda: self.places["hall"].states()["kitchen"]["round_trip_ns"] > 0, "a beat there and back")


if __name__ == "__main__":
    unittest.main()
