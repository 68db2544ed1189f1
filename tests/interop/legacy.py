# SPDX-License-Identifier: MIT
"""An existing DarqOS process, in plain Python: it knows 8-byte headers, frame types 1 to 8, and nothing else.

This is how processes of protocol versions 0 and 1 speak: no Hello, no call header, requests and answers as messages
between ports. Whatever else reaches such a process is an error, so receive() holds every single frame against what it
knows. It shares no code with the library or with the other tests.
"""
import collections
import select
import socket
import struct
import time

OPEN_PORT, OPENED_PORT, CLOSE_PORT, CLOSED_PORT, MESSAGE_OUT, CHUNK_OUT, MESSAGE_IN, CHUNK_IN = range(1, 9)
FROM_KERNEL = {OPENED_PORT: 16, CLOSED_PORT: 16, MESSAGE_IN: 24, CHUNK_IN: 40}  # type: smallest body
WAIT = 60.0  # seconds, on a machine that is busy with something else

Message = collections.namedtuple("Message", "source destination payload")
Chunk = collections.namedtuple("Chunk", "source destination stream offset last payload")


class LegacyProcess:
    def __init__(self, port, version=1):
        self.version = version
        self.input = b""
        self.request = 0
        self.socket = socket.create_connection(("127.0.0.1", port))

    def close(self):
        self.socket.close()

    def send(self, kind, body):
        self.socket.sendall(struct.pack(">BBBBI", self.version, 8, kind, 0, 8 + len(body)) + body)

    def read(self, size, deadline):
        while len(self.input) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise TimeoutError
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("the p-kernel has ended the connection")
            self.input += data

    def receive(self, wait=WAIT):
        """The next frame's type and body. TimeoutError when none comes."""
        deadline = time.monotonic() + wait
        self.read(8, deadline)
        version, header, kind, zero, length = struct.unpack(">BBBBI", self.input[:8])
        assert (version, header, zero) == (1, 8, 0), "a header that this process does not know: %r" % self.input[:8]
        assert kind in FROM_KERNEL, "a frame type that this process does not know: %d" % kind
        assert length >= 8 + FROM_KERNEL[kind], "type %d with length %d" % (kind, length)
        self.read(length, deadline)
        body, self.input = self.input[8:length], self.input[length:]
        return kind, body

    def expect(self, wanted, wait=WAIT):
        kind, body = self.receive(wait)
        assert kind == wanted, "type %d, not %d" % (kind, wanted)
        return body

    def silent(self, wait=0.2):
        try:
            self.receive(wait)
        except TimeoutError:
            return True
        return False

    def open_port(self, number=0):
        self.request += 1
        self.send(OPEN_PORT, struct.pack(">IIQ", self.request, 0, number))
        request, result, port = struct.unpack(">IB3xQ", self.expect(OPENED_PORT))
        assert request == self.request
        return port if result == 0 else None

    def close_port(self, number):
        self.request += 1
        self.send(CLOSE_PORT, struct.pack(">IIQ", self.request, 0, number))
        request, result, port = struct.unpack(">IB3xQ", self.expect(CLOSED_PORT))
        assert (request, port) == (self.request, number)
        return result == 0

    def send_message(self, source, destination, payload):
        self.send(MESSAGE_OUT, struct.pack(">QQII", source, destination, len(payload), 0) + payload)

    def receive_message(self, wait=WAIT):
        body = self.expect(MESSAGE_IN, wait)
        source, destination, length, zero = struct.unpack(">QQII", body[:24])
        assert zero == 0 and len(body) == 24 + length
        return Message(source, destination, body[24:])

    def send_chunk(self, source, destination, stream, offset, payload, last=False):
        head = struct.pack(">QQQQII", source, destination, stream, offset, len(payload), int(last))
        self.send(CHUNK_OUT, head + payload)

    def receive_chunk(self, wait=WAIT):
        body = self.expect(CHUNK_IN, wait)
        source, destination, stream, offset, length, flags = struct.unpack(">QQQQII", body[:40])
        assert len(body) == 40 + length
        return Chunk(source, destination, stream, offset, bool(flags & 1), body[40:])
