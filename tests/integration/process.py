# SPDX-License-Identifier: MIT
"""A process of the tests, and waiting for what must happen."""
import subprocess
import tempfile
import time

WAIT = 60.0  # seconds, on a machine that is busy with something else, for whatever must happen


def until(condition, what, seconds=WAIT):
    """Polls until the condition holds: the longer it takes the less often, since to ask may take a process."""
    started = time.monotonic()
    while not condition():
        waited = time.monotonic() - started
        if waited > seconds:
            raise AssertionError("waited in vain for " + what)
        time.sleep(min(max(waited / 10, 0.02), 0.2))


class Process:
    """A process of ours, whose output goes to a file."""

    def __init__(self, command, environment, directory):
        self.command = command
        self.log = tempfile.NamedTemporaryFile(dir=directory, prefix="log-", delete=False)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
                                        env=environment, cwd=directory)

    def text(self):
        with open(self.log.name, errors="replace") as file:
            return file.read()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=WAIT):
        return self.process.wait(seconds)

    def running(self):
        return self.process.poll() is None

    def kill(self):
        if self.running():
            self.process.kill()
        self.process.wait()
        self.log.close()

    def end(self):
        """Asks it to end; its status."""
        if self.running():
            self.process.terminate()
        try:
            return self.wait()
        finally:
            self.kill()


def stopped(pid):
    """Whether a SIGSTOP has come to it."""
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def ticks(process):
    """Processor time that a process has used, in clock ticks."""
    with open("/proc/%d/stat" % process.process.pid) as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
