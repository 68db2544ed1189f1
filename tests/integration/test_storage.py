# SPDX-License-Identifier: MIT
"""The storage service from end to end: files in, files out, over restarts."""
import os

from system import SystemCase

NOT_DONE, DECLARED = 1, 3
MAX_VALUE = 8 << 20


class Storage(SystemCase):
    def setUp(self):
        super().setUp()
        self.service = self.start_storage()

    def put(self, key, data, verb="set"):
        self.write("in", data)
        return self.storage(verb, key, "in").returncode

    def fetch(self, key):
        done = self.storage("get", key, "out")
        return self.read("out") if done.returncode == 0 else done.returncode

    def restart(self, kill=False):
        if kill:
            self.service.kill()
        else:
            self.assertEqual(self.service.end(), 0)
        self.service = self.start_storage()

    def test_what_was_stored_comes_back(self):
        values = {"text": "Žofie\n".encode() * 1000, "noise": os.urandom(5000000), "empty": b"", "zeros": bytes(70000),
                  "largest": os.urandom(MAX_VALUE)}
        for key, value in values.items():
            self.assertEqual(self.put(key, value), 0, key)
        for key, value in values.items():
            self.assertEqual(self.fetch(key), value, key)

    def test_too_big_a_value_is_refused(self):
        self.assertEqual(self.put("key", bytes(MAX_VALUE + 1)), NOT_DONE)
        self.assertEqual(self.fetch("key"), DECLARED)

    def test_set_keeps_what_is_there(self):
        self.put("key", b"first")
        self.assertEqual(self.put("key", b"second"), DECLARED)
        self.assertEqual(self.fetch("key"), b"first")

    def test_update_replaces_what_is_there(self):
        self.assertEqual(self.put("key", b"zeroth", "update"), DECLARED)
        self.assertEqual(self.fetch("key"), DECLARED)
        self.put("key", b"first")
        self.assertEqual(self.put("key", b"second", "update"), 0)
        self.assertEqual(self.fetch("key"), b"second")

    def test_delete(self):
        self.put("key", b"value")
        self.assertEqual(self.storage("exists", "key").returncode, 0)
        self.assertEqual(self.storage("delete", "key").returncode, 0)
        self.assertEqual(self.storage("exists", "key").returncode, DECLARED)
        self.assertEqual(self.storage("delete", "key").returncode, DECLARED)

    def test_the_empty_key_names_nothing(self):
        self.assertEqual(self.put("", b"value"), DECLARED)
        self.assertEqual(self.put("", b"value", "update"), DECLARED)

    def test_a_key_has_at_most_255_bytes(self):
        self.assertEqual(self.put("k" * 255, b"value"), 0)
        self.assertEqual(self.fetch("k" * 255), b"value")
        self.assertEqual(self.put("k" * 256, b"value"), NOT_DONE)

    def listed(self, *prefix):
        return [tuple(line.split(maxsplit=2)) for line in self.storage("list", *prefix).stdout.splitlines()]

    def test_list_is_ordered_and_told_by_prefix(self):
        for size, key in enumerate(["b/2", "a", "b/1", "c", "b", "ž"]):
            self.put(key, bytes(size))
        self.assertEqual([key for _, _, key in self.listed()], ["a", "b", "b/1", "b/2", "c", "ž"])
        self.assertEqual([(size, key) for size, _, key in self.listed("b/")], [("2", "b/1"), ("0", "b/2")])
        self.assertEqual(self.listed("d"), [])

    def test_a_long_list_comes_in_pages(self):
        keys = ["key/%04d" % number for number in range(270)]
        for key in keys:
            self.assertEqual(self.put(key, b"x"), 0)
        self.assertEqual([key for _, _, key in self.listed()], keys)

    def test_a_revision_is_never_used_twice(self):
        seen = []
        for _ in range(3):
            self.put("key", b"value")
            seen.append(int(self.listed()[0][1]))
            self.storage("delete", "key")
        self.assertEqual(seen, sorted(set(seen)))

    def test_all_is_there_after_a_restart(self):
        noise = os.urandom(1000000)
        self.put("noise", noise)
        self.put("text", b"text")
        before = self.listed()
        self.restart()
        self.assertEqual(self.listed(), before)
        self.assertEqual(self.fetch("noise"), noise)

    def test_what_was_answered_outlives_a_kill(self):
        for number in range(5):
            self.assertEqual(self.put("key/%d" % number, b"value %d" % number), 0)
            self.restart(kill=True)
        for number in range(5):
            self.assertEqual(self.fetch("key/%d" % number), b"value %d" % number)
