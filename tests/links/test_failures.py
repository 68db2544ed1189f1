# SPDX-License-Identifier: MIT
"""What each side sees when a link, a p-kernel, the NATS server or a service fails, and that all of it heals.

VOLUME=200 makes as many rounds of kills and partitions; SEED repeats them. A partition needs network namespaces, and those root.
"""
import os
import random
import signal
import socket
import struct
import tempfile
import time
import unittest

from locations import BUILD, ECHO, NO_LOCATION, SiteCase
from peer import CANCEL, LINK_LOST, MESSAGE, NO_PORT, PEER_DIED, REPLY, REQUEST, UNDELIVERABLE
from networks import Networks, unavailable
from process import WAIT, Process, until

HEARTBEAT = 5.0
HEALED = 10.0


class FailureCase(SiteCase):
    def heal(self):
        """Calls work again: a fresh client's, at a fresh service."""
        self.await_up()
        client, source, target, service = self.pair()
        client.call(source, target, b"again")
        service.reply(service.message().source, b"fine")
        self.assertEqual(client.message().payload, b"fine")
        client.release(target)
        service.close()
        client.close()

    def open_call(self):
        client, source, target, service = self.pair()
        client.call(source, target, b"open")
        service.message()
        return client, source, target, service

    def kill_link(self, name):
        self.places[name].link.signal(signal.SIGKILL)
        self.places[name].link.wait()


class Links(FailureCase):
    def test_the_end_of_our_own_link_ends_calls_at_once(self):
        client, source, target, service = self.open_call()
        self.kill_link("hall")
        self.assertEqual(client.notice().code, PEER_DIED)
        client.call(source, target)
        self.assertEqual(client.notice().code, NO_PORT)
        self.assertEqual(client.connect("echo@kitchen"), -NO_LOCATION)
        service.expect(CANCEL)
        service.close()
        self.places["hall"].start_link()
        self.heal()

    def test_the_end_of_the_other_link_is_noticed_by_its_silence(self):
        client, _, _, service = self.open_call()
        self.kill_link("kitchen")
        service.expect(CANCEL)
        service.close()
        self.assertEqual(client.notice().code, LINK_LOST)
        self.assertEqual(client.connect("echo@kitchen"), -NO_LOCATION)
        self.places["kitchen"].start_link()
        self.heal()

    def test_a_link_that_begins_anew_is_noticed_at_once(self):
        """And not by its silence, unless the machine lets it begin too late."""
        until(self.begins_anew, "a beginning that is noticed")

    def begins_anew(self):
        client, _, target, service = self.open_call()
        watcher = client.watch(target)
        self.kill_link("kitchen")
        self.places["kitchen"].start_link()
        self.assertEqual(client.notice().code, LINK_LOST)
        self.assertEqual(client.message().destination, watcher)
        service.close()
        self.heal()
        return "the other side began anew" in self.places["hall"].link.text()

    def test_a_link_that_ends_in_order_tells_its_callers_that_they_are_lost(self):
        client, _, _, service = self.open_call()
        self.assertEqual(self.places["hall"].link.end(), 0)
        self.assertEqual(client.notice().code, LINK_LOST)
        service.close()
        self.places["hall"].start_link()
        self.heal()

    def test_a_link_that_stands_still_is_greeted_anew(self):
        client, _, _, service = self.open_call()
        self.places["kitchen"].link.signal(signal.SIGSTOP)
        self.assertEqual(client.notice().code, LINK_LOST)
        self.places["kitchen"].link.signal(signal.SIGCONT)
        service.expect(CANCEL)
        service.close()
        self.heal()


class Engine(FailureCase):
    def test_the_loss_of_nats_ends_calls_and_its_return_heals(self):
        client, _, _, service = self.open_call()
        self.nats.kill()
        self.assertEqual(client.notice().code, LINK_LOST)
        service.expect(CANCEL)
        service.close()
        self.start_nats()
        self.heal()

    def test_links_wait_for_a_server_that_is_not_there_yet(self):
        self.nats.kill()
        self.places["hall"].link.end()
        self.places["hall"].start_link()
        self.await_state("OFFLINE")
        self.start_nats()
        self.heal()

    def test_a_server_that_stands_still_is_a_loss(self):
        client, _, _, service = self.open_call()
        self.nats.signal(signal.SIGSTOP)
        self.assertEqual(client.notice().code, LINK_LOST)
        self.nats.signal(signal.SIGCONT)
        service.expect(CANCEL)
        service.close()
        self.heal()


class Server:
    """A NATS server by hand: one connection after the other. A link waits for an answer for a second, then it comes again."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(WAIT)
        self.port = self.listener.getsockname()[1]

    def serve(self, act):
        """act() with the next connection that has said what it wants to hear."""
        while True:
            with self.listener.accept()[0] as connection:
                connection.settimeout(WAIT)
                try:
                    self.greet(connection)
                    act(connection)
                    return
                except ConnectionError:
                    pass

    def greet(self, connection):
        connection.sendall(b'INFO {"server_id":"x","version":"2.9.10","proto":1,"headers":true,"max_payload":1048576}\r\n')
        self.hear(connection, b"PING\r\n")
        connection.sendall(b"PONG\r\n")
        self.hear(connection, b"SUB darq.v1.hall.>")

    @staticmethod
    def hear(connection, what):
        heard = b""
        while what not in heard:
            more = connection.recv(4096)
            if not more:
                raise ConnectionResetError(heard)
            heard += more

    def ping(self, connection):
        connection.sendall(b"PING\r\n")
        self.hear(connection, b"PONG\r\n")


class Interruption(unittest.TestCase):
    def test_a_server_that_ends_in_the_midst_of_a_message_is_heard_again_afterwards(self):
        server = Server()
        self.addCleanup(server.listener.close)
        with tempfile.TemporaryDirectory(prefix="darq-links-") as directory:
            link = Process([os.path.join(BUILD, "bin", "darq-link"), "--location", "hall", "--pkernel", "unix:/nonexistent",
                            "--server", "nats://127.0.0.1:%d" % server.port, "kitchen"], dict(os.environ), directory)
            self.addCleanup(link.kill)
            server.serve(lambda first: first.sendall(b"MSG darq.v1.hall.kitchen 1 1000\r\n" + bytes(10)))
            server.serve(server.ping)
            self.assertEqual(link.end(), 0, link.text())


class Kernels(FailureCase):
    def test_the_end_of_the_other_p_kernel_is_a_loss_at_once(self):
        client, _, _, _ = self.open_call()
        place = self.places["kitchen"]
        place.kernel.process.kill()
        place.kernel.stop()
        self.assertEqual(client.notice().code, LINK_LOST)
        place.start_kernel()
        self.heal()


class Strangers(FailureCase):
    def publish(self, subject, data):
        with socket.create_connection(("127.0.0.1", self.port)) as nats:
            nats.settimeout(60)
            nats.recv(65536)
            nats.sendall(b"CONNECT {\"verbose\":false}\r\nPUB %s %d\r\n%s\r\nPING\r\n" % (subject.encode(), len(data), data))
            while b"PONG" not in nats.recv(65536):
                pass

    def test_what_is_no_envelope_is_counted_and_harmless(self):
        client, source, target, service = self.pair()
        chance = random.Random(7)
        sizes = (0, 1, 39, 40, 64, 1000) + tuple(chance.randrange(70000) for _ in range(200))
        for size in sizes:
            self.publish("darq.v1.hall.kitchen", bytes((0,)) + chance.randbytes(size - 1) if size else b"")
        until(lambda: self.places["hall"].states()["kitchen"]["refused"] == len(sizes), "all to be refused")
        self.assertEqual(self.places["hall"].states()["kitchen"]["losses"], 0)
        client.call(source, target, b"still")
        self.assertEqual(service.message().payload, b"still")

    def test_an_envelope_of_an_old_epoch_is_counted_and_harmless(self):
        client, source, target, service = self.pair()
        for kind in (2, 3):
            body = b"x" * (24 if kind == 3 else 100)
            self.publish("darq.v1.hall.kitchen", bytes((1, kind)) + bytes(6) + b"abcdefgh" * 4 + body)
        until(lambda: self.places["hall"].states()["kitchen"]["stale"] == 2, "both to be late")
        self.assertEqual(self.places["hall"].states()["kitchen"]["losses"], 0)
        client.call(source, target, b"still")
        self.assertEqual(service.message().payload, b"still")

    def test_a_location_that_is_not_linked_is_counted_and_not_heard(self):
        client, source, target, service = self.pair()
        self.publish("darq.v1.hall.attic", bytes((1, 1)) + bytes(6) + b"abcdefgh" + bytes(8) + bytes(7) + b"\1" + bytes(8))
        client.call(source, target, b"still")
        self.assertEqual(service.message().payload, b"still")
        told = self.places["hall"].told()
        self.assertEqual(([entry["name"] for entry in told["locations"]], told["strangers"]), (["kitchen"], 1))
        self.assertEqual(told["locations"][0]["losses"], 0)


NO_NETWORKS = unavailable()


class NetworkCase(FailureCase):
    """Each location's link, and the server, in a network namespace of its own, where these can be made."""

    def setUp(self):
        if not NO_NETWORKS:
            self.networks = Networks(self.names)
            self.addCleanup(self.networks.remove)
        super().setUp()


@unittest.skipIf(NO_NETWORKS, "no network namespaces: %s" % NO_NETWORKS)
class Partition(NetworkCase):
    def test_a_location_that_is_cut_off_is_lost_to_both_sides_and_comes_back(self):
        for name in self.names:
            client, _, target, service = self.open_call()
            watcher = client.watch(target)
            self.networks.cut(name)
            self.assertEqual(client.notice().code, LINK_LOST)
            self.assertEqual(client.message().destination, watcher)
            service.expect(CANCEL)
            self.assertEqual(client.connect("echo@kitchen"), -NO_LOCATION)
            service.close()
            self.networks.mend(name)
            self.heal()
            client.close()
            self.await_nothing_left()

    def test_what_was_under_way_at_a_partition_has_one_outcome_each_and_is_never_seen_afterwards(self):
        client, source, target, service = self.pair()
        self.networks.cut("hall")
        calls = [client.call(source, target, bytes(2000)) for _ in range(100)]
        codes = [client.notice() for _ in calls]
        self.assertEqual(sorted((got.call, got.code) for got in codes), [(call, LINK_LOST) for call in calls])
        self.networks.mend("hall")
        self.await_up()
        self.assertTrue(service.quiet(1))
        self.assertTrue(client.quiet())
        client.close()
        service.close()
        self.await_nothing_left()


class Rounds(NetworkCase):
    struck = None

    def answer(self, service):
        """What reaches it after all, where a link wasn't lost."""
        try:
            got = service.receive(0.01)
            if got is not None and got.type == MESSAGE and got.flags == REQUEST:
                service.reply(struct.unpack(">Q", got.body[:8])[0], b"after all")
        except (EOFError, OSError, ValueError):  # it is gone, or closed
            pass

    def outcomes(self, client, calls, service):
        """One outcome for each call, and no more."""
        left = set(calls)
        deadline = time.monotonic() + WAIT
        while left:
            self.answer(service)
            got = client.receive(0.05)
            if got is None:
                self.assertLess(time.monotonic(), deadline, "calls without an outcome: %r" % left)
                continue
            self.assertTrue(got.type == UNDELIVERABLE or (got.type == MESSAGE and got.flags == REPLY), got)
            self.assertIn(got.call, left)
            left.remove(got.call)

    def strike(self, chance):
        """Whatever it is, it is mended again when this returns, but for a service."""
        place = self.places[chance.choice(self.names)]
        victim = chance.choice(("link", "link", "nats", "kernel", "service") + (("partition",) * 2 if self.networks else ()))
        self.struck = victim, place.name
        if victim == "link":
            self.kill_link(place.name)
            place.start_link()
        elif victim == "nats":
            self.nats.kill()
            self.start_nats()
        elif victim == "kernel":
            place = self.places["kitchen"]
            place.kernel.process.kill()
            place.kernel.stop()
            place.start_kernel()
        elif victim == "partition":
            self.networks.cut(place.name)
            self.peer(place.name).quiet(chance.uniform(0, 1.5 * HEARTBEAT))
            self.networks.mend(place.name)
        return victim

    def one_round(self, chance):
        client, source, target, service = self.pair()
        gift = client.port()
        large = chance.randrange(10)  # two go in parts; all of them wait at the proxy's port at most
        calls = [client.call(source, target, bytes(200000 if index % 10 == large else chance.randrange(3000)), (gift,))
                 for index in range(20)]
        for _ in range(chance.randrange(12)):
            service.reply(service.message().source, b"done")
        if self.strike(chance) == "service":
            service.close()
        since = time.monotonic()
        self.outcomes(client, calls, service)
        client.close()
        service.close()
        self.await_up()
        self.healed.append(time.monotonic() - since)
        self.await_nothing_left()
        for peer in self.peers:
            peer.close()
        self.peers.clear()

    def test_after_each_of_many_kills_every_call_has_one_outcome_and_nothing_is_left(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print("SEED=%d" % seed)
        chance, self.healed = random.Random(seed), []
        for number in range(int(os.environ.get("VOLUME", 12))):
            try:
                self.one_round(chance)
            except (AssertionError, EOFError):
                print("in round %d, after %s" % (number, self.struck))
                print("".join("%s: %s\n%s" % (name, place.states(), place.link.text()[-2000:])
                              for name, place in self.places.items()))
                raise
        self.heal()
        print("healed within %s s" % ", ".join("%.1f" % each for each in sorted(self.healed)))
        # Any may meet a machine that stands still, but not most.
        self.assertLess(sorted(self.healed)[len(self.healed) // 2], HEALED)


if __name__ == "__main__":
    unittest.main()
