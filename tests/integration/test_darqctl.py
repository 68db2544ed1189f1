# SPDX-License-Identifier: MIT
"""darqctl: what it says, and its exit status."""
import struct
import threading

from system import SystemCase


class Darqctl(SystemCase):
    def tool(self, *arguments, data=b""):
        return self.run_program("bin/darqctl", *arguments, data=data)

    def test_status_counts_what_is_there(self):
        self.start_hello()
        rows = dict(line.rsplit(maxsplit=1) for line in self.tool("status").stdout.splitlines() if "up for" not in line)
        self.assertEqual(rows["connections"], "2")
        self.assertEqual(rows["violations"], "0")

    def test_list_names_the_services(self):
        self.start_storage()
        lines = [line.split() for line in self.tool("list", "ports").stdout.splitlines()]
        self.assertIn(["11001", "storage"], [[line[0], line[-1]] for line in lines])

    def test_list_of_more_ports_than_a_page(self):
        peer = self.peer()
        for number in range(20000, 20600):
            peer.port(number)
        listed = {line.split()[0] for line in self.tool("list", "ports").stdout.splitlines()}
        self.assertTrue({str(number) for number in range(20000, 20600)} <= listed)

    def test_list_connections_tells_full_peers_from_legacy_ones(self):
        self.peer()
        self.peer(hello=False).port()
        kinds = [line.split()[2] for line in self.tool("list", "connections").stdout.splitlines()[1:]]
        self.assertEqual(sorted(kinds), ["full", "full", "legacy"])

    def test_ping_asks_the_p_kernel_or_a_service(self):
        self.start_storage()
        for target in ([], ["storage"], ["11001"]):
            done = self.tool("ping", *target)
            self.assertEqual((done.returncode, done.stdout.count("answered in")), (0, 1), done.stderr)
        self.assertEqual(self.tool("ping", "nobody").returncode, 1)

    def test_send_to_nobody_says_so(self):
        done = self.tool("send", "12345", data=b"anybody there?")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NO_PORT", done.stderr)

    def test_call_prints_the_answer(self):
        peer = self.peer()
        port = peer.port(12000)

        def answer():
            request = peer.message()
            peer.reply(request.source, request.payload[::-1])

        thread = threading.Thread(target=answer)
        thread.start()
        done = self.tool("request", str(port), data=b"backwards")
        thread.join()
        self.assertEqual((done.returncode, done.stdout), (0, "sdrawkcab"))

    def test_call_of_a_service_with_a_payload_made_by_hand(self):
        self.start_storage()
        done = self.tool("request", "storage", data=struct.pack("<QIi", 0, 0, 0))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_receive_gives_up_in_time(self):
        done = self.tool("receive", "-t", "50", "12000")
        self.assertEqual(done.returncode, 1)
        self.assertIn("listening on port 12000", done.stderr)

    def test_a_port_in_use_is_not_received_from(self):
        self.peer().port(12000)
        self.assertIn("IN_USE", self.tool("receive", "12000").stderr)

    def test_misuse_has_a_status_of_its_own(self):
        for words in ([], ["nonsense"], ["ping", "-c"], ["send"], ["list", "nonsense"], ["status", "now"],
                      ["receive", "x"], ["request", "-t", "soon", "12000"], ["call", "storage"], ["list", "all"]):
            self.assertEqual(self.tool(*words).returncode, 2, words)
