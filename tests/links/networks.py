# SPDX-License-Identifier: MIT
"""Network namespaces: one for the NATS server and one for each location's link, with a way between it and the server that can be
cut. Whoever may not make them (they need root, and iproute2) is told why.

They are called darq-PID-NAME after the process that made them, and are removed by it; what a process left that was killed is
removed by the next.
"""
import os
import re
import shutil
import subprocess

IP = shutil.which("ip") or "/usr/sbin/ip"
SERVER = "nats"


def ip(*words):
    done = subprocess.run([IP, *words], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise OSError("ip %s: %s" % (" ".join(words), done.stderr.strip()))
    return done.stdout


def unavailable():
    """Why there can be none; None: there can."""
    if not os.path.exists(IP):
        return "there is no ip (iproute2)"
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    try:
        Networks(("a",)).remove()
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None


def orphans_remove():
    for name in re.findall(r"^darq-(\d+)-\S+", ip("netns", "list"), re.M):
        if not os.path.exists("/proc/" + name):
            for left in re.findall(r"^darq-%s-\S+" % name, ip("netns", "list"), re.M):
                ip("netns", "delete", left)


class Networks:
    def __init__(self, names):
        self.names, self.made = names, []
        orphans_remove()
        try:
            for name in (SERVER, *names):
                ip("netns", "add", self.space(name))
                self.made.append(self.space(name))
                ip("-n", self.space(name), "link", "set", "dev", "lo", "up")
            for name in names:
                self.way_make(name)
        except OSError:
            self.remove()
            raise

    def space(self, name):
        return "darq-%d-%s" % (os.getpid(), name)

    def address(self, name, end):
        return "10.77.%d.%d" % (self.names.index(name), end)

    def way_make(self, name):
        ends = ((SERVER, name[:15], 1), (name, "eth0", 2))
        ip("-n", self.space(SERVER), "link", "add", "name", name[:15], "type", "veth", "peer", "name", "eth0", "netns", self.space(name))
        for where, device, end in ends:
            ip("-n", self.space(where), "address", "add", self.address(name, end) + "/24", "dev", device)
            ip("-n", self.space(where), "link", "set", "dev", device, "up")

    def within(self, name):
        """What a command has to begin with to run there."""
        return (IP, "netns", "exec", self.space(name))

    def server(self, name):
        """The server's address, as it is seen from there."""
        return self.address(name, 1)

    def cut(self, name):
        ip("-n", self.space(SERVER), "link", "set", "dev", name[:15], "down")

    def mend(self, name):
        ip("-n", self.space(SERVER), "link", "set", "dev", name[:15], "up")

    def remove(self):
        while self.made:
            ip("netns", "delete", self.made.pop())
