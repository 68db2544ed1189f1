# SPDX-License-Identifier: MIT
"""Captures for Wireshark without the right to capture: a relay that keeps what passes, and pcap files of it."""
import socket
import struct
import threading

MAGIC_NS = 0xA1B23C4D
ETHERNET, USER0 = 1, 147
SEGMENT = 1400


class Relay:
    """Stands between peers and the p-kernel, and keeps (connection, whether to the p-kernel, bytes) as they pass."""

    def __init__(self, port):
        self.target = port
        self.passed = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        self.threads = []
        self.start(self.accept)

    def start(self, run, *arguments):
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        connections = 0
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            kernel = socket.create_connection(("127.0.0.1", self.target))
            with self.lock:
                self.sockets += [peer, kernel]
            self.start(self.copy, connections, True, peer, kernel)
            self.start(self.copy, connections, False, kernel, peer)
            connections += 1

    def copy(self, connection, to_kernel, source, target):
        try:
            while data := source.recv(65536):
                with self.lock:
                    self.passed.append((connection, to_kernel, data))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            sockets = list(self.sockets)
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join(60)
        for each in sockets:
            each.close()


def pcap(link, records):
    """A capture of records, a microsecond apart; one may be (bytes, length that it had)."""
    out = [struct.pack("<IHHiIII", MAGIC_NS, 2, 4, 0, 0, 262144, link)]
    for index, record in enumerate(records):
        data, size = record if isinstance(record, tuple) else (record, len(record))
        out.append(struct.pack("<IIII", 1, index * 1000, len(data), size) + data)
    return b"".join(out)


def packet(source, target, sequence, data):
    """An Ethernet frame with a TCP segment."""
    tcp = struct.pack(">HHIIBBHHH", source, target, sequence, 0, 0x50, 0x18, 65535, 0, 0) + data
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
    return bytes(12) + b"\x08\x00" + ip + tcp


def segments(passed, kernel_port=11000, size=SEGMENT):
    """What passed a relay as segments of TCP connections to a p-kernel's port, in order."""
    sequences = {}
    for connection, to_kernel, data in passed:
        ends = (40000 + connection, kernel_port)
        for at in range(0, len(data), size):
            piece = data[at:at + size]
            sequence = sequences.get((connection, to_kernel), 1)
            sequences[connection, to_kernel] = sequence + len(piece)
            yield packet(*(ends if to_kernel else ends[::-1]), sequence, piece)


def record(data, connection=1, to_kernel=True):
    """A frame as a monitor's capture has it."""
    return b"DARQ" + struct.pack(">BBHQ", 1, int(not to_kernel), 16, connection) + data
