#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the test_*.py of a folder: tests/unittests.py FOLDER [WORD]... [-WORD]...; ends in 'N passed, N failed', and how many
were left out.

Tests may import the plain-Python peer of tests/blackbox. With words, only cases whose name holds one of them run, and none
that holds a word after a dash.
"""
import os
import sys
import unittest


def cases(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from cases(each)
        else:
            yield each


def main():
    folder = os.path.abspath(sys.argv[1])
    tests = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [folder, os.path.join(tests, "blackbox"), os.path.join(tests, "integration")]
    loader = unittest.TestLoader()
    wanted = [word for word in sys.argv[2:] if word[0] != "-"]
    unwanted = [word[1:] for word in sys.argv[2:] if word[0] == "-"]
    if wanted:
        loader.testNamePatterns = ["*" + word + "*" for word in wanted]
    suite = unittest.TestSuite(case for case in cases(loader.discover(folder, pattern="test_*.py", top_level_dir=folder))
                               if not any(word in case.id() for word in unwanted))
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    bad = {id(each): each for each in (getattr(case, "test_case", case) for case, _ in result.failures + result.errors)}
    ran = sum(isinstance(case, unittest.TestCase) for case in bad.values())  # else it is a class that couldn't be set up
    left_out = len(result.skipped)
    print("%d passed, %d failed%s" % (result.testsRun - ran - left_out, len(bad), ", %d left out" % left_out if left_out else ""))
    return len(bad) != 0


if __name__ == "__main__":
    sys.exit(main())
