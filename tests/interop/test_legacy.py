# SPDX-License-Identifier: MIT
"""Existing DarqOS processes among themselves, and with programs of libdarqwire."""
import os
import struct
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

from legacy import LegacyProcess
from peer import interface_id
from process import until
from system import SystemCase

STORAGE = 11001
HEADER = struct.Struct("<QIi")  # interface, ordinal, status


class LegacyCase(SystemCase):
    def legacy(self, version=1):
        process = LegacyProcess(self.kernel.port, version)
        self.peers.append(process)
        return process


class AmongThemselves(LegacyCase):
    def test_request_and_response_in_both_versions(self):
        for version in (0, 1):
            for other in (0, 1):
                service, client = self.legacy(version), self.legacy(other)
                port, back = service.open_port(12000), client.open_port()
                self.assertEqual(port, 12000)
                client.send_message(back, port, b"request")
                request = service.receive_message()
                self.assertEqual((request.source, request.destination, request.payload), (back, port, b"request"))
                service.send_message(port, request.source, b"response")
                response = client.receive_message()
                self.assertEqual((response.source, response.destination, response.payload), (port, back, b"response"))
                self.assertTrue(service.close_port(port))

    def test_many_messages_keep_their_order(self):
        service, client = self.legacy(), self.legacy(0)
        port, back = service.open_port(12000), client.open_port()
        for number in range(500):
            client.send_message(back, port, b"%d" % number + bytes(number))
            self.assertEqual(service.receive_message().payload, b"%d" % number + bytes(number))

    def test_chunks_pass_as_they_are(self):
        service, client = self.legacy(), self.legacy(0)
        port, back = service.open_port(12000), client.open_port()
        data = os.urandom(200000)
        for offset in range(0, len(data), 50000):
            last = offset + 50000 == len(data)
            client.send_chunk(back, port, 0xfeed, offset, data[offset:offset + 50000], last)
            chunk = service.receive_chunk()
            self.assertEqual(chunk, (back, port, 0xfeed, offset, last, data[offset:offset + 50000]))

    def test_a_held_port_stays_with_its_owner(self):
        owner, other = self.legacy(), self.legacy(0)
        self.assertEqual(owner.open_port(12000), 12000)
        self.assertIsNone(other.open_port(12000))
        self.assertFalse(other.close_port(12000))
        self.assertTrue(owner.close_port(12000))
        self.assertEqual(other.open_port(12000), 12000)

    def test_to_nobody_is_silent(self):
        client = self.legacy()
        client.send_message(client.open_port(), 12345, b"anybody there?")
        self.assertTrue(client.silent())

    def test_a_peer_that_dies_is_silent(self):
        service, client = self.legacy(), self.legacy()
        port, back = service.open_port(12000), client.open_port()
        client.send_message(back, port, b"request")
        service.receive_message()
        service.close()
        self.assertTrue(client.silent())
        self.assertIsNotNone(client.open_port())


class AsAService(LegacyCase):
    """A legacy process on the storage service's port, called by the client that was generated."""

    def setUp(self):
        super().setUp()
        self.service = self.legacy()
        self.assertEqual(self.service.open_port(STORAGE), STORAGE)

    def request(self, *arguments):
        """What the client's request looks like to the legacy process."""
        client = self.start("examples/storage-client", *arguments)
        request = self.service.receive_message()
        self.assertEqual(request.destination, STORAGE)
        return client, request

    def test_it_answers_a_call(self):
        for present, status in ((1, 0), (0, 3)):
            client, request = self.request("exists", "key")
            interface, ordinal, zero = HEADER.unpack(request.payload[:16])
            self.assertEqual((interface, ordinal, zero), (interface_id("storage.Storage"), 3, 0))
            self.assertEqual(request.payload[16:], struct.pack("<II4s", 8, 4, b"key\0"))
            body = struct.pack("<IB", 1, present)
            self.service.send_message(STORAGE, request.source, HEADER.pack(interface, ordinal, 0) + body)
            self.assertEqual(client.wait(), status, client.text())
        self.assertTrue(self.service.silent())

    def test_it_answers_with_a_declared_error(self):
        client, request = self.request("get", "key", "out")
        header = HEADER.pack(*HEADER.unpack(request.payload[:16])[:2], 1)
        self.service.send_message(STORAGE, request.source, header + struct.pack("<I5s", 5, b"none\0"))
        self.assertEqual(client.wait(), 3, client.text())

    def test_a_broken_answer_is_told_to_the_caller(self):
        for payload in (b"", b"short", bytes(16), HEADER.pack(interface_id("storage.Storage"), 3, 0),
                        HEADER.pack(interface_id("storage.Storage"), 3, -65) + bytes(8)):
            client, request = self.request("exists", "key")
            self.service.send_message(STORAGE, request.source, payload)
            self.assertEqual(client.wait(), 1, client.text())
            self.assertIn("BAD_REPLY", client.text())

    def test_its_death_is_told_to_the_caller(self):
        client, _ = self.request("exists", "key")
        self.service.close()
        self.assertEqual(client.wait(), 1)
        self.assertIn("PEER_DIED", client.text())


class BesideAService(LegacyCase):
    def test_a_request_without_a_call_is_dropped(self):
        self.start_storage()
        client = self.legacy()
        payload = HEADER.pack(interface_id("storage.Storage"), 3, 0) + struct.pack("<II4s", 8, 4, b"key\0")
        client.send_message(client.open_port(), STORAGE, payload)
        client.send_message(client.open_port(), STORAGE, b"no payload of ours")
        self.assertTrue(client.silent())
        self.assertEqual(self.storage("exists", "key").returncode, 3)

    def test_messages_and_chunks_beside_calls(self):
        self.start_storage()
        self.write("in", os.urandom(1000000))
        one, two = self.legacy(0), self.legacy(1)
        source, destination = one.open_port(), two.open_port(12000)
        for number in range(10):
            one.send_message(source, destination, b"message %d" % number)
            one.send_chunk(source, destination, 1, number, b"chunk %d" % number)
            self.assertEqual(self.storage("set", "key/%d" % number, "in").returncode, 0)
            self.assertEqual(two.receive_message().payload, b"message %d" % number)
            self.assertEqual(two.receive_chunk().payload, b"chunk %d" % number)


class WithTheTool(LegacyCase):
    """darqctl send and receive stand for any program that uses the library's raw layer."""

    def test_it_receives_what_darqctl_sends(self):
        process = self.legacy()
        port = process.open_port(12000)
        done = self.run_program("bin/darqctl", "send", str(port), data=b"from the tool")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(process.receive_message().payload, b"from the tool")

    def test_darqctl_receives_what_it_sends(self):
        tool = self.start("bin/darqctl", "receive", "12000")
        until(lambda: "12000" in tool.text() or not tool.running(), "darqctl to listen")
        process = self.legacy(0)
        process.send_message(process.open_port(), 12000, b"to the tool")
        self.assertEqual(tool.wait(), 0, tool.text())
        self.assertIn("to the tool", tool.text())
