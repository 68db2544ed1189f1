# SPDX-License-Identifier: MIT
"""Runs the black-box tests against the p-kernel named by its argument; ends in 'N passed, N failed'."""
import os
import sys
import unittest


def main():
    os.environ["PKERNEL"] = os.path.abspath(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    loader = unittest.TestLoader()
    if len(sys.argv) > 2:
        loader.testNamePatterns = ["*" + name + "*" for name in sys.argv[2:]]
    suite = loader.discover(here, pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=1, stream=sys.stdout).run(suite)
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
