# SPDX-License-Identifier: MIT
"""Which services of a location are told to others: darqctl list --location, and what it asks of the link there."""
import json
import os
import signal
import struct
import subprocess
import unittest

from locations import BUILD, WAIT, Place, SiteCase
from peer import interface_id

LOCATIONS = interface_id("darq.locations.Locations")
SERVICES, PAGE_MAX, OPEN_EACH = 2, 64, 16
BUSY = -131
LINK = 15003


class ListingCase(SiteCase):
    names = ("hall", "kitchen", "attic")
    manifests = dict(Place.manifests, link=("Port=%d" % LINK, "Locations=*", "Allow=any location:hall location:kitchen"),
                     text=("Types=text.plain text.rich", "Allow=location:hall"), roof=("Allow=location:attic",))

    def setUp(self):
        self.addCleanup(setattr, Place, "manifests", Place.manifests)
        Place.manifests = self.manifests
        super().setUp()

    def start(self, *words, at="hall"):
        return subprocess.Popen([os.path.join(BUILD, "bin", "darqctl"), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=dict(os.environ, DARQ_PKERNEL="unix:" + self.places[at].kernel.path))

    def end(self, process):
        """(status, output, errors) of a program."""
        output, errors = process.communicate(timeout=WAIT)
        return process.returncode, output, errors

    def listed(self, location, at="hall"):
        status, output, errors = self.end(self.start("list", "--location", location, "--json", at=at))
        self.assertEqual((status, errors), (0, ""))
        return {entry["name"]: entry for entry in json.loads(output)["services"]}

    def assert_refused(self, words, why, at="hall"):
        status, output, errors = self.end(self.start(*words, at=at))
        self.assertEqual((status, output), (1, ""))
        self.assertIn(why, errors)


class Listing(ListingCase):
    def test_what_may_be_used_there_is_listed(self):
        self.service("kitchen")
        status, output, errors = self.end(self.start("list", "services", "--location", "kitchen"))
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual([line.split() for line in output.splitlines()],
                         [["service", "state", "types"], ["echo", "running", "text"], ["link", "running"],
                          ["text", "stopped", "text.plain", "text.rich"]])

    def test_each_location_is_told_what_it_may_use(self):
        self.assertEqual(set(self.listed("kitchen")), {"echo", "link", "text"})
        self.assertEqual(set(self.listed("attic", at="kitchen")), {"echo", "link"})
        self.assertEqual(self.listed("kitchen")["text"], {"name": "text", "state": "STOPPED", "types": ["text.plain", "text.rich"]})

    def test_our_own_location_tells_what_we_may_use_here(self):
        self.assertEqual(set(self.listed("hall")), {"echo", "link", "shut"})

    def test_a_location_that_is_not_there_is_told(self):
        for name in ("cellar", "nowhere-at-all"):
            self.assert_refused(("list", "--location", name), name + ": no such location")
        self.assert_refused(("list", "--location", "Kitchen"), "a location is 1 to 63 of a-z")

    def test_a_service_of_a_location_that_is_not_there_is_told(self):
        for words in (("ping", "echo@cellar"), ("call", "echo@cellar", "get")):
            self.assert_refused(words, "the location can't be reached")

    def test_a_link_that_does_not_allow_it_is_told_with_what_its_manifest_needs(self):
        self.assert_refused(("list", "--location", "kitchen"), "Allow=any location:NAME", at="attic")

    def test_a_shell_completes_locations(self):
        _, output, _ = self.end(self.start("completion", "words", "list", "--location"))
        self.assertEqual(output.split(), ["kitchen", "attic"])


class Pages(ListingCase):
    names = ("hall", "kitchen")
    manifests = dict(ListingCase.manifests, **{"many%03d" % number: ("Allow=location:*",) for number in range(2 * PAGE_MAX)})

    def test_more_than_a_page_is_listed_whole(self):
        self.assertEqual(set(self.listed("kitchen")) - {"echo", "link", "text"}, {name for name in self.manifests if "many" in name})

    def test_no_more_than_a_page_is_told_at_once(self):
        for request, count in (("{}", PAGE_MAX), ('{"limit": 4294967295}', PAGE_MAX), ('{"limit": 3, "skip": 1}', 3),
                               ('{"limit": 0}', 0), ('{"skip": 4294967295}', 0)):
            status, output, errors = self.end(self.start("call", "link@kitchen", "services", request))
            self.assertEqual((status, errors), (0, ""))
            self.assertEqual(len(json.loads(output)["services"]), count, request)


class Questions(ListingCase):
    """By raw frames."""

    names = ("hall", "kitchen")

    def ask(self, peer, target):
        if not hasattr(peer, "own"):
            peer.own = peer.port()
        body = struct.pack("<II", 0, PAGE_MAX)
        return peer.call(peer.own, target, struct.pack("<QIiI", LOCATIONS, SERVICES, 0, len(body)) + body)

    def statuses(self, peer, count):
        return [struct.unpack("<i", peer.message().payload[12:16])[0] for _ in range(count)]

    def pause(self, *asks):
        """The kitchen's link finds all of these questions at once."""
        self.places["kitchen"].link.signal(signal.SIGSTOP)
        for peer, count in asks:
            for _ in range(count):
                self.ask(peer, LINK)
            self.assertTrue(peer.alive())

    def test_who_asks_too_much_is_told_and_others_are_answered(self):
        greedy, modest = self.peer("kitchen"), self.peer("kitchen")
        self.pause((greedy, 4 * OPEN_EACH), (modest, OPEN_EACH))
        self.places["kitchen"].link.signal(signal.SIGCONT)
        self.assertEqual(self.statuses(modest, OPEN_EACH), [0] * OPEN_EACH)
        statuses = self.statuses(greedy, 4 * OPEN_EACH)
        self.assertEqual(set(statuses), {0, BUSY})
        self.assertGreaterEqual(statuses.count(0), OPEN_EACH)
        self.ask(greedy, LINK)
        self.assertEqual(self.statuses(greedy, 1), [0])

    def test_who_asks_may_cancel_or_go(self):
        quitter, leaver = self.peer("kitchen"), self.peer("kitchen")
        self.pause((quitter, 0), (leaver, OPEN_EACH))
        call = self.ask(quitter, LINK)
        leaver.close()
        self.places["kitchen"].link.signal(signal.SIGCONT)
        quitter.cancel(LINK, call)
        quitter.receive()
        for _ in range(2 * OPEN_EACH):
            self.ask(quitter, LINK)
            self.assertEqual(self.statuses(quitter, 1), [0])

    def test_open_questions_end_with_the_p_kernel(self):
        place = self.places["kitchen"]
        self.pause((self.peer("kitchen"), OPEN_EACH))
        place.kernel.process.kill()
        place.kernel.stop()
        place.link.signal(signal.SIGCONT)
        place.start_kernel()
        self.await_up()
        self.assertEqual(set(self.listed("kitchen")), {"echo", "link", "text"})

    def test_a_link_that_does_not_know_the_question_is_told(self):
        """Something else serves as the link, and describes itself as the p-kernel does."""
        self.places["hall"].link.end()
        other = self.peer("hall")
        own = other.port()
        other.call(own, 1, struct.pack("<QIi", 0, 0, 0))
        schema = other.message().payload
        self.assertEqual(other.port(LINK), LINK)
        process = self.start("list", "--location", "hall")
        other.reply(other.message().source, schema)
        status, output, errors = self.end(process)
        self.assertEqual((status, output), (1, ""))
        self.assertIn("hall: its link is of a version that doesn't tell its services", errors)


if __name__ == "__main__":
    unittest.main()
