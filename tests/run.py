#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs what 'make check' has built, one runner after the other, and adds up what they report: tests/run.py BUILD [WORD]...

BUILD/runs names the runners, a line for each: name and command. With words, those run whose name holds one of them.

A runner is a cmocka program, or anything that ends in a line 'N passed, N failed'. It gets its own process group, a
temporary directory of its own (removed afterwards), and a limited time; whatever of its group is left at its end is
killed. Its output is shown when it fails. One that ends badly without naming a failed case counts as one.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIMIT = 600  # seconds


def count(text, status):
    """(passed, failed) as the runner's output tells it."""
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test\(s\)", text, re.M))
    failed = sum(int(n) for n in re.findall(r"^ *(\d+) FAILED TEST\(S\)", text, re.M))
    plain = re.findall(r"^(\d+) passed, (\d+) failed\b", text, re.M)
    if plain:
        passed += int(plain[-1][0])
        failed += int(plain[-1][1])
    if failed == 0 and (status != 0 or passed == 0):
        failed = 1
    return passed, failed


def run(command, environment):
    """(exit status, output) of a command; the status is a text when it had to be ended."""
    directory = tempfile.mkdtemp(prefix="darq-check-")
    output_path = os.path.join(directory, "output")
    environment = dict(environment, TMPDIR=directory)
    with open(output_path, "w+b") as output:
        process = subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        try:
            status = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            status = "not done after %d seconds" % LIMIT
        finally:
            end_group(process)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    shutil.rmtree(directory, ignore_errors=True)
    return status, text


def end_group(process):
    """The group is the process's own: it leads a session that we gave it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def main():
    build, words = sys.argv[1], sys.argv[2:]
    environment = dict(os.environ, DARQ_BUILD=os.path.abspath(build), PYTHONDONTWRITEBYTECODE="1")
    for name in ("DARQ_PKERNEL", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        environment.pop(name, None)
    with open(os.path.join(build, "runs")) as file:
        runs = [line.strip().split(" ", 1) for line in file]
    passed = failed = 0
    for name, command in runs:
        if words and not any(word in name for word in words):
            continue
        started = time.monotonic()
        status, text = run(command, environment)
        good, bad = count(text, status)
        passed, failed = passed + good, failed + bad
        print("  %-24s %5d passed %3d failed %7.1f s" % (name, good, bad, time.monotonic() - started), flush=True)
        if bad or status != 0:
            print(text.rstrip())
            print("  %s: %s" % (name, status if isinstance(status, str) else "exit status %d" % status), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
