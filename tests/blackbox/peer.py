# SPDX-License-Identifier: MIT
"""A peer of the p-kernel that speaks raw frames: plain Python, written from the specification alone.

It shares no code with the library, so that the two can be held against each other. A Kernel is a p-kernel
process of its own on a free port; a Peer is one connection to it.
"""
import os
import re
import select
import socket
import struct
import subprocess
import tempfile
import time
from collections import namedtuple

OPEN, OPENED, CLOSE, CLOSED, MESSAGE_IN, CHUNK_IN, MESSAGE, CHUNK = range(1, 9)
REBOOT, SHUTDOWN, HELLO, WELCOME = range(9, 13)
UNDELIVERABLE, CREDIT, CANCEL, PING, PONG = range(16, 21)
REQUEST, REPLY, GIVE_SOURCE = 1, 2, 4
NO_PORT, NOT_ALLOWED, QUEUE_FULL, QUOTA, TOO_BIG, ACTIVATION_FAILED, EXPIRED, NO_LOCATION, BAD_SOURCE, WITHDRAWN = \
    range(1, 11)
PEER_DIED, NO_REPLY, LINK_LOST, REPLY_TOO_BIG, CANCELLED, STREAM_BROKEN = range(64, 70)
SLOT = 1 << 63
WAIT = 60.0     # for what must come, on a machine that is busy with something else
QUIET = 0.15    # for what must not come

Frame = namedtuple("Frame", "version type length size call timeout flags port_count body")
Message = namedtuple("Message", "source destination payload ports call timeout flags header")
Notice = namedtuple("Notice", "port code detail call")
Chunk = namedtuple("Chunk", "source destination stream offset payload flags call")


def frame(kind, body=b"", call=0, timeout=0, flags=0, ports=0, version=1, extended=None, length=None):
    """Bytes of one frame; the call header is there when it says something, or when extended is true."""
    if extended is None:
        extended = bool(call or timeout or flags or ports)
    header = 24 if extended else 8
    size = header + len(body) if length is None else length
    out = struct.pack(">BBBBI", version, header, kind, 0, size)
    if extended:
        out += struct.pack(">QIHH", call, timeout, flags, ports)
    return out + body


def message(source, destination, payload=b"", ports=(), **header):
    """A Message to the p-kernel with its ports behind the padding."""
    body = struct.pack(">QQII", source, destination, len(payload), 0) + payload
    if ports:
        body += bytes(-len(body) % 8) + struct.pack(">%dQ" % len(ports), *ports)
    return frame(MESSAGE_IN, body, ports=len(ports), **header)


def chunk(source, destination, offset, payload=b"", fin=False, stream=0, **header):
    body = struct.pack(">QQQQII", source, destination, stream, offset, len(payload), int(fin)) + payload
    return frame(CHUNK_IN, body, **header)


def interface_id(name):
    """What an interface without @id is called in payloads: FNV-1a of its full name, 64 bits."""
    value = 0xcbf29ce484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001b3 % (1 << 64)
    return value


class Kernel:
    """A p-kernel process on a free TCP port and a Unix socket in a directory of its own."""

    def __init__(self, binary, *options):
        self.directory = tempfile.TemporaryDirectory(prefix="darq-")
        self.path = os.path.join(self.directory.name, "pkernel")
        self.log = open(os.path.join(self.directory.name, "log"), "w+")
        environment = dict(os.environ)
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=1:abort_on_error=1"
        self.process = subprocess.Popen(
            [binary, "--listen", "tcp:127.0.0.1:0", "--listen", "unix:" + self.path, *options],
            stderr=self.log, stdin=subprocess.DEVNULL, env=environment)
        self.port = int(self.said(r"listening on tcp:127\.0\.0\.1:(\d+)"))
        self.said(r"listening on unix:(.+)")

    def said(self, pattern):
        """The part of its log that the pattern asks for, once it is there."""
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            found = re.search(pattern, self.text())
            if found:
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError("the p-kernel hasn't said %s: %s" % (pattern, self.text()))

    def text(self):
        with open(self.log.name) as file:
            return file.read()

    def stop(self):
        """Ends it and returns its exit status; a sanitizer's report or a charge left over makes that non-zero."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        status, text = self.process.returncode, self.text()
        self.directory.cleanup()
        return status, text

    def resident_kib(self):
        with open("/proc/%d/status" % self.process.pid) as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


class Peer:
    """One connection. With hello it is a full peer, without it a legacy one."""

    def __init__(self, kernel, hello=True, unix=False):
        if unix:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(kernel.path)
        else:
            self.socket = socket.create_connection(("127.0.0.1", kernel.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""
        self.calls = 0
        self.requests = 0
        if hello:
            self.send(frame(HELLO, struct.pack(">II", 1, 0)))
            welcome = self.expect(WELCOME)
            fields = struct.unpack(">IIQQQII", welcome.body[:40])
            self.revision, self.features, self.boot, self.id, self.max_message, self.window, _ = fields

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def receive(self, timeout=WAIT):
        """The next frame; None when nothing comes in time; EOFError when the p-kernel closes."""
        deadline = time.monotonic() + timeout
        while True:
            if len(self.input) >= 8:
                version, length, kind, _, size = struct.unpack(">BBBBI", self.input[:8])
                if len(self.input) >= size:
                    data, self.input = self.input[:size], self.input[size:]
                    call = (0, 0, 0, 0)
                    if length >= 24:
                        call = struct.unpack(">QIHH", data[8:24])
                    return Frame(version, kind, length, size, *call, data[length:])
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            try:
                more = self.socket.recv(1 << 20)
            except ConnectionResetError:
                more = b""
            if not more:
                raise EOFError
            self.input += more

    def expect(self, kind, timeout=WAIT):
        got = self.receive(timeout)
        if got is None or got.type != kind:
            raise AssertionError("expected a frame of type %d, got %r" % (kind, got))
        return got

    def quiet(self, timeout=QUIET):
        """True when nothing comes."""
        got = self.receive(timeout)
        if got is not None:
            raise AssertionError("expected silence, got %r" % (got,))
        return True

    def ended(self, timeout=WAIT):
        """True when the p-kernel ends the connection, whatever it sends before."""
        deadline = time.monotonic() + timeout
        try:
            while time.monotonic() < deadline:
                if self.receive(deadline - time.monotonic()) is None:
                    return False
        except EOFError:
            return True
        return False

    def alive(self):
        """True when the connection still answers."""
        self.send(frame(OPEN, struct.pack(">IIQ", 0xabcdef, 0, 0)))
        while True:
            got = self.receive()
            if got is None:
                return False
            if got.type == OPENED and got.body[:4] == struct.pack(">I", 0xabcdef):
                port = struct.unpack(">IB3xQ", got.body[:16])[2]
                self.send(frame(CLOSE, struct.pack(">IIQ", 0xabcdee, 0, port)))
                return self.expect(CLOSED) is not None

    def open(self, port=0):
        """(result, port) of OpenPort."""
        self.requests += 1
        self.send(frame(OPEN, struct.pack(">IIQ", self.requests, 0, port)))
        request, result, number = struct.unpack(">IB3xQ", self.expect(OPENED).body[:16])
        assert request == self.requests
        return result, number

    def port(self, number=0):
        result, port = self.open(number)
        assert result == 0, result
        return port

    def close_port(self, port):
        self.requests += 1
        self.send(frame(CLOSE, struct.pack(">IIQ", self.requests, 0, port)))
        request, result, number = struct.unpack(">IB3xQ", self.expect(CLOSED).body[:16])
        assert request == self.requests and number == port
        return result

    def message(self, timeout=WAIT):
        got = self.expect(MESSAGE, timeout)
        source, destination, length, _ = struct.unpack(">QQII", got.body[:24])
        payload = got.body[24:24 + length]
        at = 24 + length
        at += -(got.length + at) % 8 if got.port_count else 0
        ports = struct.unpack(">%dQ" % got.port_count, got.body[at:at + 8 * got.port_count])
        return Message(source, destination, payload, ports, got.call, got.timeout, got.flags, got.length)

    def chunk(self, timeout=WAIT):
        got = self.expect(CHUNK, timeout)
        source, destination, stream, offset, length, flags = struct.unpack(">QQQQII", got.body[:40])
        return Chunk(source, destination, stream, offset, got.body[40:40 + length], flags, got.call)

    def notice(self, timeout=WAIT):
        got = self.expect(UNDELIVERABLE, timeout)
        port, code, length = struct.unpack(">QII", got.body[:16])
        return Notice(port, code, got.body[16:16 + length].decode(), got.call)

    def call(self, source, destination, payload=b"", ports=(), **header):
        """Sends a request; its call number."""
        self.calls += 1
        flags = header.pop("flags", 0) | REQUEST
        self.send(message(source, destination, payload, ports, call=self.calls, flags=flags, **header))
        return self.calls

    def reply(self, slot, payload=b"", ports=(), source=0):
        self.send(message(source, slot, payload, ports, extended=True))

    def fail(self, slot, code, detail=""):
        text = detail.encode()
        self.send(frame(UNDELIVERABLE, struct.pack(">QII", slot, code, len(text)) + text))

    def cancel(self, port, call=0):
        self.send(frame(CANCEL, struct.pack(">QQ", port, 0), call=call))

    def credit(self, destination, limit, source=0, call=0):
        self.send(frame(CREDIT, struct.pack(">QQQQ", source, destination, 0, limit), call=call))
