# SPDX-License-Identifier: MIT
"""The black-box suite's calls, ports, streams and deaths, with the two sides of each case at two locations."""
import importlib.util
import os
import unittest

from far import FarCase

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = {"test_calls": ("Calls", "Death", "Cancel", "Deadlines", "Misuse"), "test_frames": ("Ports", "OneWay", "Rights"),
         "test_streams": ("Raw", "Streams")}

# What a link does not promise, and the cases that are about that.
DIFFERENCES = {
    "Ports.test_in_use": "each location has numbers of its own",
    "OneWay.test_between_all_kinds_of_peers": "the source of a one-way message is the location's own port unless a right on it is given",
    "OneWay.test_legacy_and_give_source_give_a_right_on_the_source": "a legacy peer can't ask for a name, so it reaches nothing there",
    "Cancel.test_of_a_call_that_still_waits": "what the link has taken counts as handed over, whatever it still waits for",
    "Deadlines.test_expired_while_it_waits": "the proxy refuses most of what would fill the port there: test_crossing.py fills it there",
    "Raw.test_chunks_between_ports_are_one_way_messages": "chunks outside of any call don't cross",
}


def cases():
    """(class, its cases) of the suite, from its own folder: others have modules of the same name."""
    for module, classes in SUITE.items():
        spec = importlib.util.spec_from_file_location("blackbox_" + module, os.path.join(HERE, "..", "blackbox", module + ".py"))
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        for name in classes:
            base = getattr(loaded, name)
            yield base, unittest.TestLoader().getTestCaseNames(base)


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite([loader.loadTestsFromTestCase(Table)])
    for base, names in cases():
        left_out = {name: None for name in names if "%s.%s" % (base.__name__, name) in DIFFERENCES}
        suite.addTest(loader.loadTestsFromTestCase(type("Far" + base.__name__, (FarCase, base), left_out)))
    return suite


class Table(unittest.TestCase):
    def test_what_does_not_hold_across_a_link_is_little(self):
        names = {"%s.%s" % (base.__name__, name) for base, each in cases() for name in each}
        self.assertEqual(set(DIFFERENCES) - names, set())
        self.assertLess(len(DIFFERENCES), len(names) / 10)


if __name__ == "__main__":
    unittest.main()
