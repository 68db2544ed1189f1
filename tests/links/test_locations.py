# SPDX-License-Identifier: MIT
"""What darqctl tells of other locations."""
import json
import os
import subprocess
import unittest

from locations import BUILD, SiteCase


class Darqctl(SiteCase):
    names = ("hall", "kitchen", "attic")

    def darqctl(self, *words):
        return subprocess.run([os.path.join(BUILD, "bin", "darqctl"), *words], capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, DARQ_PKERNEL="unix:" + self.places["hall"].kernel.path), check=False)

    def test_locations_are_listed_with_their_states(self):
        done = self.darqctl("locations")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split()[:2] for line in done.stdout.splitlines()]
        self.assertEqual(rows, [["location", "state"], ["kitchen", "up"], ["attic", "up"]])
        entries = json.loads(self.darqctl("locations", "--json").stdout)
        self.assertEqual((entries["location"], [entry["state"] for entry in entries["locations"]]), ("hall", ["UP", "UP"]))

    def test_what_a_new_location_needs_is_printed(self):
        done = self.darqctl("location", "add", "cellar")
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in ("darq-site add SITE cellar", "LOCATION=cellar", "OTHERS=hall kitchen attic", "pkernel --location cellar"):
            self.assertIn(line, done.stdout)

    def test_a_location_that_is_there_or_is_no_name_is_not_added(self):
        for name, why in (("kitchen", "is there already"), ("hall", "is there already"), ("Cellar", "1 to 63 of a-z")):
            done = self.darqctl("location", "add", name)
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)
        self.assertEqual(self.darqctl("location", "remove", "attic").returncode, 2)

    def test_without_a_link_darqctl_says_so(self):
        self.places["hall"].link.end()
        done = self.darqctl("locations")
        self.assertEqual(done.returncode, 1)
        self.assertIn("link", done.stderr)
        self.places["hall"].start_link()
        self.await_up()


if __name__ == "__main__":
    unittest.main()
