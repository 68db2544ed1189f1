# SPDX-License-Identifier: MIT
"""What a connection that is only there takes of the p-kernel's resident memory: it has said Hello and has opened a port."""
import os
import subprocess

from musts import Must
from systems import System

CONNECTIONS = 1000
MUST_KIB, AIM_KIB = 8, 2


class Holder:
    """Connections, each with ports, from another process, while 'with' lasts."""

    def __init__(self, build, address, connections, ports):
        self.command = [os.path.join(build, "bench/broker/broker-hold"), address, str(connections), str(ports)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("connections and ports could not be opened")
        return self

    def __exit__(self, *_):
        self.process.communicate("")


def resident_kib(pid):
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Rss:"))


def measure(build, _, number, figures):
    for transport in ("unix", "tcp"):
        with System("darq", transport, build, ("--limit", "connections=4096")) as system:
            before = resident_kib(system.broker)
            with Holder(build, system.address, CONNECTIONS, 1):
                figures.add(("idle", transport), number, ((resident_kib(system.broker) - before) / CONNECTIONS,))


def musts(figures):
    for transport in ("unix", "tcp"):
        yield Must("%d idle connections, %s: KiB of memory each" % (CONNECTIONS, transport),
                   [kib for kib, in figures.get(("idle", transport)).values()], MUST_KIB, AIM_KIB, True)


def show(_):
    """All is in what must hold."""
