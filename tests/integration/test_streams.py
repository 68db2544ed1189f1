# SPDX-License-Identifier: MIT
"""Streams between processes, through the p-kernel."""
import os
import random
import signal
import time

from process import ticks, until
from system import SystemCase

ROUNDS = int(os.environ.get("VOLUME", 300))
ENDLESS = "100000000000"
KINDS = ("list", "load", "upload", "download")
NO_TIMEOUT = 20.0  # seconds, for what isn't to end by a call's timeout, which are 30


class Streams(SystemCase):
    def client(self, *arguments):
        return self.run_program("tests/streams-client", *arguments)

    def setUp(self):
        super().setUp()
        self.service = self.start("tests/streams-service")
        until(lambda: self.client("list", "0").returncode == 0 or not self.service.running(), "the service")

    def assert_prints(self, text, *arguments):
        done = self.client(*arguments)
        self.assertEqual((done.returncode, done.stdout), (0, text + "\n"), done.stderr)

    def test_items_come_in_order_whatever_their_number(self):
        for count in (0, 1, 100, 20000):
            self.assert_prints("%d items" % count, "list", str(count))

    def test_bytes_go_up(self):
        for size in (0, 1, 65536, 65537, 5000000):
            self.assert_prints("upload arrived", "upload", str(size))

    def test_bytes_come_down(self):
        for size in (0, 1, 65536, 65537, 5000000):
            self.assert_prints("%d bytes" % size, "download", str(size))

    def test_items_go_up(self):
        self.assert_prints("%d bytes in items" % sum(index % 1000 for index in range(3000)), "load", "3000")

    def test_a_declared_error_ends_it(self):
        done = self.client("list", "none")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is nothing", done.stderr)

    def test_what_the_service_does_not_do(self):
        done = self.client("filter")
        self.assertIn("DARQ_E_UNIMPLEMENTED", done.stderr)

    def test_a_reader_that_leaves_harms_nobody(self):
        for _ in range(5):
            self.assertEqual(self.client("leave").returncode, 0)
        self.assert_prints("100 items", "list", "100")

    def test_a_writer_that_dies_is_told(self):
        reader = self.start("tests/streams-client", "download", ENDLESS)
        until(lambda: ticks(reader) > 10, "the reader to be in the midst of it")
        self.service.signal(signal.SIGKILL)
        self.assertNotEqual(reader.wait(), 0)
        self.assertIn("DARQ_E_PEER_DIED", reader.text())
        self.processes.remove(self.service)
        self.service.wait()

    def restart(self):
        self.service = self.start("tests/streams-service")
        until(lambda: self.client("list", "0").returncode == 0 or not self.service.running(), "the service")

    def one_side_ends(self, draw):
        """A stream in one direction, one side of which stops for a moment, or doesn't, and is killed."""
        client = self.start("tests/streams-client", draw.choice(KINDS), ENDLESS)
        until(lambda: self.counters()["open_calls"] > 0, "the stream to open")
        time.sleep(draw.uniform(0, 0.02))
        victim, other = (client, self.service) if draw.random() < 0.7 else (self.service, client)
        if draw.random() < 0.5:
            victim.signal(signal.SIGSTOP)
            time.sleep(draw.uniform(0, 0.02))
        victim.kill()
        victim.wait()
        if other is client:
            self.assertEqual(client.wait(), 1)
            self.assertIn("DARQ_E_PEER_DIED", client.text())
            self.processes.remove(victim)
        self.processes.remove(client)
        until(lambda: self.counters()["open_calls"] == 0, "the call to end", NO_TIMEOUT)
        if other is client:
            self.restart()

    def test_whichever_side_ends_nothing_is_left(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        draw = random.Random(seed)
        print("seed %d, %d rounds" % (seed, ROUNDS))
        until(lambda: self.counters()["connections"] == 2, "the service and who asks to be alone")
        before = self.standing()
        for _ in range(ROUNDS):
            self.one_side_ends(draw)
        until(lambda: self.standing() == before, "all to be as it was: %s" % before)

    def standing(self):
        counters = self.counters()
        return {name: counters[name] for name in ("connections", "ports", "open_calls", "routes", "violations")}
