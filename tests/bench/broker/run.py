#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the same loads through the p-kernel and through others, in turns, and shows the rates in relation to the relay's.

  run.py BUILD [ROUNDS]

A round starts each system (broker, service; a client for each load) on each transport it has, one after the other. A ratio is
formed within a round, of a system's rate and the relay's on the same transport; shown are medians over the rounds (five, if not
told otherwise) with the lowest and the highest ratio, and the broker's processor time for a million messages. What must hold is
checked in the end; the status is 1 if anything doesn't.
"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MILLISECONDS = os.environ.get("MILLISECONDS", "400")
# load, bytes, how many under way, all on one processor
LOADS = [("call", 64, 1, True), ("call", 1024, 1, True), ("window", 64, 64, False), ("window", 64, 256, False),
         ("oneway", 64, 4, False), ("oneway", 65536, 4, False), ("oneway", 1 << 20, 4, False), ("fan", 64, 256, False)]
SYSTEMS = [("relay", "unix"), ("darq", "unix"), ("relay", "tcp"), ("darq", "tcp"), ("redis", "unix"), ("redis", "tcp"),
           ("nats", "tcp")]
# load and what it has to reach: of the relay's rate, of others' rates
MUST = {("call", 64): (0.8, {"redis": 1, "nats": 1}), ("call", 1024): (0.8, {"redis": 1, "nats": 1}),
        ("window", 64): (0.5, {"redis": 2, "nats": 2}), ("oneway", 64): (None, {"nats": 4}),
        ("oneway", 65536): (0.9, {}), ("oneway", 1 << 20): (0.9, {}), ("fan", 64): (0.7, {})}


def command_of(system, address, directory, build):
    path, port = os.path.join(directory, "socket"), address.rsplit(":", 1)[1]
    if system == "darq":
        return [os.path.join(build, "bin/pkernel"), "--listen", address, "--limit", "port_messages=8192", "--limit",
                "port_bytes=16M"]
    if system == "redis":
        return ["redis-server", "--bind", "127.0.0.1", "--port", port if address.startswith("tcp") else "0", "--unixsocket",
                path, "--save", "", "--appendonly", "no", "--dir", directory, "--client-output-buffer-limit", "pubsub 0 0 0"]
    if system == "nats":
        configuration = os.path.join(directory, "nats.conf")
        with open(configuration, "w") as file:
            file.write('listen: "127.0.0.1:%s"\nmax_payload: 8MB\nmax_pending: 256MB\n' % port)
        return ["nats-server", "-c", configuration]
    return [os.path.join(build, "bench/broker/broker-relay"), "broker", address]


def processor_seconds(pid):
    with open("/proc/%d/schedstat" % pid) as file:
        return int(file.read().split()[0]) / 1e9


def threads_seconds(pid):
    return sum(processor_seconds(int(task)) for task in os.listdir("/proc/%d/task" % pid))


def pin(pid, processors):
    for task in os.listdir("/proc/%d/task" % pid):
        os.sched_setaffinity(int(task), processors)


class System:
    """One system on one transport, started."""

    def __init__(self, name, transport, build, port):
        self.name, self.driver = name, os.path.join(build, "bench/broker/broker-" + name)
        self.directory = tempfile.mkdtemp(prefix="darq-bench-")
        self.address = "tcp:127.0.0.1:%d" % port if transport == "tcp" else "unix:" + os.path.join(self.directory, "socket")
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes = [subprocess.Popen(command_of(name, self.address, self.directory, build), **quiet)]
        time.sleep(0.3)
        self.processes.append(subprocess.Popen([self.driver, "serve", self.address], **quiet))
        time.sleep(0.3)

    def run(self, load, size, count, one):
        """(rate, median, p99, broker's seconds for a million messages), or None where the system can't."""
        everywhere = os.sched_getaffinity(0)
        for process in self.processes:
            pin(process.pid, {min(everywhere)} if one else everywhere)
        before, since = threads_seconds(self.processes[0].pid), time.monotonic()
        done = subprocess.run((["taskset", "-c", str(min(everywhere))] if one else []) +
                              [self.driver, load, self.address, str(size), str(count), MILLISECONDS], capture_output=True,
                              text=True, timeout=60, check=False)
        spent, took = threads_seconds(self.processes[0].pid) - before, time.monotonic() - since
        if done.returncode != 0:
            return None
        rate, median, p99 = map(float, done.stdout.split())
        messages = rate * took * (1 if load == "oneway" else 2)
        return rate, median, p99, spent / messages * 1e6

    def end(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        shutil.rmtree(self.directory)


def rates(build, rounds):
    """By (system, transport, load, size, count): what each round gave."""
    results = {}
    for number in range(rounds):
        for index, (name, transport) in enumerate(SYSTEMS):
            system = System(name, transport, build, 21100 + number * 16 + index)
            try:
                for load in LOADS:
                    if load[0] == "fan" and name == "nats":
                        continue  # libnats has nothing that can be polled with its own threads
                    result = system.run(*load)
                    if result is not None:
                        results.setdefault((name, transport) + load[:3], {})[number] = result
            finally:
                system.end()
    return results


def ratios(results, key, base):
    """Of the rates within the rounds that both have."""
    mine, theirs = results.get(key, {}), results.get(base, {})
    return [mine[number][0] / theirs[number][0] for number in mine if number in theirs]


def show(results):
    for load, size, count, _ in LOADS:
        print("\n%s, %d bytes, %d under way" % (load, size, count))
        for name, transport in SYSTEMS:
            found = results.get((name, transport, load, size, count))
            if not found:
                continue
            rate, median, p99, spent = (statistics.median(column) for column in zip(*found.values()))
            of = ratios(results, (name, transport, load, size, count), ("relay", transport, load, size, count))
            print("  %-6s %-5s %10.0f/s %8.1f us, p99 %8.1f us   %.2f of the relay's (%.2f to %.2f)   broker %.2f s per million"
                  % (name, transport, rate, median, p99, statistics.median(of), min(of), max(of), spent))


def check(results):
    missed = 0
    for load, size, count, _ in LOADS:
        relay, others = MUST[load, size]
        for transport in ("unix", "tcp"):
            mine = ("darq", transport, load, size, count)
            wanted = [(("relay", transport), relay)] if relay else []
            wanted += [((name, where), factor) for name, factor in others.items() for where in (transport, "tcp")
                       if (name, where) in SYSTEMS]
            for (name, where), factor in dict(wanted).items():
                of = ratios(results, mine, (name, where, load, size, count))
                if not of or statistics.median(of) < factor:
                    missed += 1
                    print("missed: %s, %d bytes, %d under way, %s: %.2f of %s (%s), must be %.2f"
                          % (load, size, count, transport, statistics.median(of) if of else 0, name, where, factor))
    return missed


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    results = rates(sys.argv[1], rounds)
    show(results)
    print()
    sys.exit(1 if check(results) else 0)


if __name__ == "__main__":
    main()
