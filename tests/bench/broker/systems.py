# SPDX-License-Identifier: MIT
"""The systems: how each is started, on which transports, and what it is while it runs."""
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time

# name: driver, transports
SYSTEMS = {"relay": ("relay", ("unix", "tcp")), "darq": ("darq", ("unix", "tcp")), "raw": ("raw", ("unix", "tcp")),
           "dbus-broker": ("sdbus", ("unix",)), "dbus-daemon": ("sdbus", ("unix",)), "redis": ("redis", ("unix", "tcp")),
           "nats": ("nats", ("tcp",)), "mosquitto": ("mosquitto", ("unix", "tcp")), "zeromq": ("zmq", ("unix", "tcp")),
           "nng": ("nng", ("unix", "tcp"))}
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
PATIENCE = 5  # seconds until a system has to answer
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
SERVERS = {"dbus-broker": "dbus-broker", "dbus-daemon": "dbus-daemon", "redis": "redis-server", "nats": "nats-server",
           "mosquitto": "mosquitto"}

LIMITS = ("--limit", "port_messages=8192", "--limit", "port_bytes=16M")
DBUS_DAEMON = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/></policy>
<limit name="max_incoming_bytes">1000000000</limit><limit name="max_outgoing_bytes">1000000000</limit>
<limit name="max_message_size">1000000000</limit><limit name="max_completed_connections">100000</limit>
<limit name="max_connections_per_user">100000</limit><limit name="max_replies_per_connection">50000</limit></busconfig>
"""
MOSQUITTO = "listener %s\nallow_anonymous true\nuser root\npersistence false\nset_tcp_nodelay true\n" \
            "max_queued_messages 0\nmax_inflight_messages 0\nmax_connections -1\nlog_type error\n"
NATS = 'listen: "127.0.0.1:%d"\nmax_payload: 8MB\nmax_pending: 256MB\nwrite_deadline: "30s"\n'


class Absent(Exception):
    """A system that can't be measured here, and why."""


def port_free(number):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def ports_free():
    """A TCP port that is free, and the next one too: ZeroMQ and nng take two."""
    while True:
        number = random.randrange(21000, 31000, 2)
        if port_free(number) and port_free(number + 1):
            return number


def file_of(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def command_of(name, address, directory, build):
    """What stands between, as a command line."""
    transport, where = address.split(":", 1)
    port = int(where.rsplit(":", 1)[1]) if transport == "tcp" else 0
    if name in ("darq", "raw"):
        return [os.path.join(build, "bin/pkernel"), "--listen", address, *LIMITS]
    if name == "dbus-daemon":
        return ["dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + file_of(directory, "bus.conf", DBUS_DAEMON % where)]
    if name == "redis":
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--unixsocket", os.path.join(directory, "socket"),
                "--save", "", "--appendonly", "no", "--dir", directory, "--maxclients", "4000", "--client-output-buffer-limit",
                "pubsub 0 0 0"]
    if name == "nats":
        return ["nats-server", "-c", file_of(directory, "nats.conf", NATS % port)]
    if name == "mosquitto":
        listener = "%d 127.0.0.1" % port if port else "0 " + where
        return ["mosquitto", "-c", file_of(directory, "mosquitto.conf", MOSQUITTO % listener)]
    return [driver_of(name, build), "broker", address]


def driver_of(name, build):
    return os.path.join(build, "bench/broker/broker-" + SYSTEMS[name][0])


def listens(name, address):
    """nng is only looked at: its listener may stop for good when a peer goes before it has said who it is."""
    transport, where = address.split(":", 1)
    number = int(where.rsplit(":", 1)[1]) if transport == "tcp" else 0
    if name == "nng":
        return os.path.exists(where) if transport == "unix" else not port_free(number)
    with socket.socket(socket.AF_INET if transport == "tcp" else socket.AF_UNIX) as probe:
        return probe.connect_ex(("127.0.0.1", number) if transport == "tcp" else where) == 0


def await_that(condition, what):
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise Absent(what)
        time.sleep(0.01)


def pin(pid, processors):
    for task in os.listdir("/proc/%d/task" % pid):
        os.sched_setaffinity(int(task), processors)


def processor_seconds(pid):
    """Of all threads, those that have ended included: the clock that clock_getcpuclockid(3) tells of."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e9


class System:
    """One system on one transport, started: what stands between, and the service. To be used with 'with'. More: arguments."""

    def __init__(self, name, transport, build, more=()):
        self.name, self.transport, self.driver = name, transport, driver_of(name, build)
        self.directory = tempfile.mkdtemp(prefix="darq-bench-")
        self.address = "unix:" + os.path.join(self.directory, "socket")
        if transport == "tcp":
            self.address = "tcp:127.0.0.1:%d" % ports_free()
        self.processes = []
        try:
            self.start(command_of(name, self.address, self.directory, build) + list(more))
        except (Absent, OSError):
            self.end()
            raise

    def start(self, command):
        if not os.path.exists(self.driver):
            raise Absent("its library isn't installed ('make bench-deps')")
        if shutil.which(SERVERS.get(self.name, "true"), path=PATH) is None:
            raise Absent("%s isn't installed ('make bench-deps')" % SERVERS[self.name])
        self.spawn(command)
        await_that(lambda: listens(self.name, self.address) or self.processes[0].poll() is not None, "it doesn't listen")
        self.spawn([self.driver, "serve", self.address])
        await_that(self.answers, "its service doesn't answer")

    def spawn(self, command):
        self.processes.append(subprocess.Popen(command, env=dict(os.environ, PATH=PATH), **QUIET))

    def runs(self):
        return all(process.poll() is None for process in self.processes)

    def answers(self):
        if not self.runs():
            raise Absent("it ended at once")
        try:
            return subprocess.run([self.driver, "call", self.address, "64", "1", "20"], timeout=0.5, check=False,
                                  **QUIET).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    @property
    def broker(self):
        return self.processes[0].pid

    def pin(self, one):
        """All to one processor; or where they like; or, with PLACE=apart, what stands between to one and the rest to another. Gives
        what a client's command line begins with for that."""
        everywhere = os.sched_getaffinity(0)
        apart = os.environ.get("PLACE") == "apart"
        ends = {min(everywhere)} if one or apart else everywhere
        for process in self.processes:
            pin(process.pid, {max(everywhere)} if apart and not one and process is self.processes[0] else ends)
        return ["taskset", "-c", ",".join(map(str, ends))]

    def run(self, load, milliseconds):
        """(rate, median us, p99 us, the broker's seconds for a million messages), or None where the system can't."""
        one = self.pin(load.one)
        before = processor_seconds(self.broker)
        try:
            done = subprocess.run(one + [self.driver, load.kind, self.address, *map(str, (load.size, load.count, milliseconds))],
                                  capture_output=True, text=True, timeout=PATIENCE + milliseconds / 500, check=False)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
        rate, median, p99, messages = map(float, done.stdout.split())
        return rate, median, p99, (processor_seconds(self.broker) - before) / messages * 1e6

    def end(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def congestion_of(build):
    """The congestion control of the p-kernel's TCP sockets: what the relay is given too. None where it can't be told."""
    if shutil.which("ss", path=PATH) is None:
        return None
    with open("/proc/sys/net/ipv4/tcp_available_congestion_control", encoding="utf-8") as file:
        known = file.read().split()
    with System("darq", "tcp", build) as system:
        sockets = subprocess.run(["ss", "-tinH", "state", "established", "sport = :" + system.address.rsplit(":", 1)[1]],
                                 capture_output=True, text=True, env=dict(os.environ, PATH=PATH), check=False).stdout.split()
    return next((word for word in sockets if word in known), None)
