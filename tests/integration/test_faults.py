# SPDX-License-Identifier: MIT
"""Real processes that are killed and stopped at random points: each call has one outcome, soon, and a true one.

A raw peer sends the storage service calls that store a value under a key of their own, several at once. After the
service has been started again, what is stored is held against what the peer was told.
"""
import os
import random
import signal
import struct
import time

from peer import MESSAGE, NO_PORT, PEER_DIED, UNDELIVERABLE, WITHDRAWN
from process import until
from system import AT_ONCE, SystemCase

STORAGE = 11001
ROUNDS = int(os.environ.get("ROUNDS", "300"))
NOT_EXECUTED = (NO_PORT, WITHDRAWN)
# A sanitizer holds back what was freed.
SLACK_KIB = 64 << 10 if "SANITIZE=" in os.environ.get("DARQ_MAKE", "") else 2 << 10


def interface_id(name):
    value = 0xcbf29ce484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001b3 % (1 << 64)
    return value


def text(value):
    return struct.pack("<I", len(value) + 1) + value.encode() + b"\0"


def payload(ordinal, members):
    return struct.pack("<QIiI", interface_id("storage.Storage"), ordinal, 0, len(members)) + members


def set_payload(key):
    members = text(key)
    members += bytes(-len(members) % 4) + struct.pack("<I", 5) + b"value"
    return payload(1, members)


def exists_payload(key):
    return payload(3, text(key))


class Faults(SystemCase):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print("seed", seed)
        self.random = random.Random(seed)
        self.caller = self.peer()
        self.source = self.caller.port()
        self.told = {}  # key: whether its value was stored, or None where the outcome leaves it open
        self.open = {}  # call: key
        self.keys = 0

    def start_service(self):
        """Faster than start_storage(): the peer itself asks until it is answered."""
        service = self.start("examples/storage-service", "--db", self.path("storage.sqlite"))
        until(self.answered, "the storage service")
        self.processes.remove(service)
        return service

    def answered(self):
        call = self.caller.call(self.source, STORAGE, exists_payload("nothing"))
        frame = self.caller.receive()
        self.assertEqual(frame.call, call)
        return frame.type == MESSAGE

    def send_calls(self, count):
        for _ in range(count):
            self.keys += 1
            key = "key/%d" % self.keys
            self.open[self.caller.call(self.source, STORAGE, set_payload(key))] = key

    def take_outcome(self, wait):
        """The outcome of one open call; False when none comes in time."""
        frame = self.caller.receive(wait)
        if frame is None:
            return False
        self.assertIn(frame.call, self.open, "an outcome of a call that isn't open")
        key = self.open.pop(frame.call)
        if frame.type == MESSAGE:
            self.assertEqual(struct.unpack("<QIi", frame.body[24:40])[1:], (1, 0))
            self.told[key] = True
        else:
            self.assertEqual(frame.type, UNDELIVERABLE)
            code = struct.unpack(">QI", frame.body[:12])[1]
            self.assertIn(code, NOT_EXECUTED + (PEER_DIED,))
            self.told[key] = False if code in NOT_EXECUTED else None
        return True

    def pause(self):
        time.sleep(self.random.random() * 0.004)

    def take_all(self, since):
        while self.open:
            self.assertTrue(self.take_outcome(AT_ONCE), "calls without an outcome: %s" % self.open)
        self.assertLess(time.monotonic() - since, AT_ONCE)

    def kill(self, service):
        service.signal(signal.SIGKILL)
        self.take_all(time.monotonic())
        service.kill()

    def stop_and_kill(self, service):
        service.signal(signal.SIGSTOP)
        self.pause()
        self.send_calls(self.random.randrange(4))
        self.kill(service)

    def stop_and_continue(self, service):
        service.signal(signal.SIGSTOP)
        self.pause()
        self.send_calls(self.random.randrange(4))
        service.signal(signal.SIGCONT)
        self.take_all(time.monotonic())
        service.kill()

    def kill_a_client(self, service):
        client = self.start("examples/storage-client", "list")
        self.pause()
        client.kill()
        self.processes.remove(client)
        self.take_all(time.monotonic())
        service.kill()

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.kernel.process.pid))

    def test_killed_and_stopped_at_random_points(self):
        ways = (self.kill, self.kill, self.stop_and_kill, self.stop_and_continue, self.kill_a_client)
        before = None
        for number in range(ROUNDS):
            service = self.start_service()
            self.send_calls(self.random.randrange(1, 12))
            self.pause()
            self.random.choice(ways)(service)
            if number == ROUNDS // 10:
                before = self.descriptors(), self.kernel.resident_kib()
        self.assertFalse(self.open)
        told = list(self.told.values())
        print("stored %d, open %d, not executed %d" % (told.count(True), told.count(None), told.count(False)))
        until(lambda: self.descriptors() <= before[0], "descriptors to be closed")
        self.assertLess(self.kernel.resident_kib(), before[1] + SLACK_KIB)
        self.hold_against_what_is_stored()

    def hold_against_what_is_stored(self):
        service = self.start_service()
        stored = {line.split(maxsplit=2)[2] for line in self.storage("list").stdout.splitlines()}
        self.assertEqual({key for key, told in self.told.items() if told} - stored, set(), "told, but not stored")
        self.assertEqual({key for key, told in self.told.items() if told is False} & stored, set(), "stored, but denied")
        self.assertTrue(stored)
        service.kill()
