#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs what 'make check' has built, and adds up what the runners report: tests/run.py BUILD [WORD]... [-WORD]...

BUILD/runs names the runners, a line for each: name, when, and command. With words, those run whose name holds one of them, and
none whose name holds a word after a dash.
Two for each processor run side by side, since they wait half of their time, or JOBS: those whose 'when' is longest, for whose
end all others would wait, then those whose is first, which take long, then those that run at any time; at last, one after the
other, with nothing beside them, those that measure: alone.

A runner is a cmocka program, or anything that ends in a line 'N passed, N failed', to which it may add ', N left out'. It
gets its own process group, a temporary directory of its own (removed afterwards), and a limited time; whatever of its group
is left at its end is killed. Its output is shown when it fails. One that ends badly without naming a failed case counts as
one.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

LIMIT = 1200  # seconds
ORDER = ("longest", "first", "any", "alone")
JOBS = int(os.environ.get("JOBS") or 2 * len(os.sched_getaffinity(0)))


def count(text, status):
    """(passed, failed) as the runner's output tells it."""
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test\(s\)", text, re.M))
    failed = sum(int(n) for n in re.findall(r"^ *(\d+) FAILED TEST\(S\)", text, re.M))
    plain = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) left out)?", text, re.M)
    left_out = 0
    if plain:
        passed += int(plain[-1][0])
        failed += int(plain[-1][1])
        left_out = int(plain[-1][2] or 0)
    if failed == 0 and (status != 0 or passed + left_out == 0):
        failed = 1
    return passed, failed


def end_group(process):
    """The group is the process's own: it leads a session that we gave it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait(process):
    """(exit status, seconds of a processor) of a process and of all that it has waited for; the status is a text when it had to
    be ended."""
    late = threading.Event()
    timer = threading.Timer(LIMIT, lambda: (late.set(), end_group(process)))
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return "not done after %d seconds" % LIMIT if late.is_set() else process.returncode, usage.ru_utime + usage.ru_stime


class Check:
    """The runners that are left, and what those have said that are done."""

    def __init__(self, runs, environment):
        self.runs, self.environment = runs, environment
        self.processes = set()
        self.passed = self.failed = 0
        self.used = 0.0
        self.lock = threading.Lock()

    def next(self, alone):
        with self.lock:
            if self.runs and (self.runs[0][1] == "alone") == alone:
                return self.runs.pop(0)
            return None

    def run(self, command):
        """(exit status, seconds of a processor, output) of a command, whose status is what wait() says."""
        with tempfile.TemporaryDirectory(prefix="darq-check-", ignore_cleanup_errors=True) as directory, \
                open(os.path.join(directory, "output"), "w+b") as output:
            process = subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                       env=dict(self.environment, TMPDIR=directory), start_new_session=True)
            self.processes.add(process)
            status, used = wait(process)
            end_group(process)
            self.processes.discard(process)
            output.seek(0)
            return status, used, output.read().decode("utf-8", "replace")

    def tell(self, name, status, text, seconds, used):
        good, bad = count(text, status)
        with self.lock:
            self.passed += good
            self.failed += bad
            self.used += used
            print("  %-24s %5d passed %3d failed %7.1f s, %6.1f s of a processor" % (name, good, bad, seconds, used))
            if bad or status != 0:
                print(text.rstrip())
                print("  %s: %s" % (name, status if isinstance(status, str) else "exit status %d" % status))
            sys.stdout.flush()

    def work(self, alone=False):
        while (each := self.next(alone)) is not None:
            name, _, command = each
            started = time.monotonic()
            status, used, text = self.run(command)
            self.tell(name, status, text, time.monotonic() - started, used)

    def all(self):
        workers = [threading.Thread(target=self.work) for _ in range(JOBS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.work(alone=True)

    def end(self):
        self.runs.clear()
        for process in list(self.processes):
            end_group(process)


def main():
    build = sys.argv[1]
    wanted = [word for word in sys.argv[2:] if word[0] != "-"]
    unwanted = [word[1:] for word in sys.argv[2:] if word[0] == "-"]
    environment = dict(os.environ, DARQ_BUILD=os.path.abspath(build), PYTHONDONTWRITEBYTECODE="1")
    for name in ("DARQ_PKERNEL", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        environment.pop(name, None)
    with open(os.path.join(build, "runs")) as file:
        runs = [line.strip().split(" ", 2) for line in file]
    runs = [each for each in runs if (not wanted or any(word in each[0] for word in wanted))
            and not any(word in each[0] for word in unwanted)]
    check = Check(sorted(runs, key=lambda each: ORDER.index(each[1])), environment)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        check.all()
    except KeyboardInterrupt:
        check.end()
        return 1
    print("  %-24s %46.1f s of a processor" % ("all of them", check.used))
    print("%d passed, %d failed" % (check.passed, check.failed))
    return 1 if check.failed or not check.passed else 0


if __name__ == "__main__":
    sys.exit(main())
