# SPDX-License-Identifier: MIT
"""Whole systems in which the n-th allocation of one process fails, or all from the n-th on.

A scenario (scenarios.py) is run once to count the allocations of the process that is meant: a client, a service, or the
p-kernel. Then it is run again with n going over them: over all of them or, where they are more than $VOLUME, over so many
that are drawn ($SEED repeats a draw). Each time

- every process ends by itself or goes on, and whoever ends says why; no sanitizer has anything to report;
- with nothing failing any more the same system works; a service that has gone may be started anew before;
- the p-kernel never ends, and a pair of bystanders has its connections, and its calls answered.
"""
import os
import random
import subprocess
import unittest.mock

from control import Control, environment
from peer import REPLY, REQUEST, Kernel, Peer, message
from process import WAIT, until
from scenarios import SCENARIOS, program_of
from system import BUILD, SystemCase

VOLUME = int(os.environ.get("VOLUME", 3))  # attempts of a kind: one scenario, one victim, once or lasting
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
SHIM = os.path.join(BUILD, "tests", "failing.so")
BYSTANDER = 15000  # a port
DECLARED = 3  # an exit status: the service answered with a declared error


class Allocations(SystemCase):
    """A case for each scenario and each victim, made below."""

    @classmethod
    def setUpClass(cls):
        print("SEED=%d VOLUME=%d" % (SEED, VOLUME), flush=True)

    def setUp(self):
        """begin() takes its place, which knows the scenario."""

    def begin(self, scenario, victim):
        self.scenario, self.victim = scenario, victim
        super().setUp()
        self.kernel.stop()
        self.control = Control(self.path("control"))
        self.preload = environment(SHIM, "DARQ_ALLOCATIONS", victim, self.path("control"))
        for name, data in scenario.files.items():
            self.write(name, data)
        os.mkdir(self.path("arrived"))
        self.kernel = self.start_kernel()
        self.environment.update(self.preload, DARQ_PKERNEL="tcp:127.0.0.1:%d" % self.kernel.port)
        self.callee, self.caller = Peer(self.kernel), Peer(self.kernel)
        self.peers += [self.callee, self.caller]
        self.ports = [self.callee.open(BYSTANDER)[1], self.caller.open()[1]]
        self.services = [None] * len(scenario.services)
        self.serve()

    def start_kernel(self):
        options = []
        if self.scenario.declared:
            os.mkdir(self.path("services"))
            options = ["--services", self.path("services"), "--state", self.path("state")]
        for name, lines in self.scenario.declared.items():
            self.declare(name, lines)
        with unittest.mock.patch.dict(os.environ, self.preload if self.victim == "pkernel" else {}):
            return Kernel(os.path.join(BUILD, "bin", "pkernel"), *options)

    def declare(self, name, lines):
        path = os.path.join("services", name + ".service")
        words = " ".join("%s=%s" % pair for pair in self.preload.items())
        lines = [line.replace("Exec=", "Exec=/usr/bin/env %s " % words) for line in lines]
        self.write(path, "\n".join(("[Service]", "Name=" + name, "Restart=1000/1s", *lines, "")).encode())
        os.chmod(self.path(path), 0o644)

    def serve(self):
        """Waits for the services to answer; what has gone, or goes now, is started anew."""
        until(lambda: self.started() and self.answers(), "the services to answer")

    def started(self):
        for index, command in enumerate(self.scenario.services):
            service = self.services[index]
            if service is not None and service.running():
                continue
            if service is not None:
                self.assert_ended(service.wait(), service.text())
                self.processes.remove(service)
            self.services[index] = self.start(*command)
        return True

    def answers(self, command=None):
        program, *arguments = command or self.scenario.probe
        return subprocess.run([os.path.join(BUILD, program), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=WAIT, cwd=self.directory.name, env=self.environment).returncode == 0

    def assert_ended(self, status, text):
        self.assertGreaterEqual(status, 0, text)
        self.assertLessEqual(status, DECLARED, text)
        self.assert_clean(text)

    def run_clients(self, failing):
        for command, data in self.scenario.clients:
            done = self.run_program(*command, data=data)
            self.assert_ended(done.returncode, done.stderr)
            if done.returncode != 0:
                self.assertNotEqual(done.stderr, "", "%s ends with %d and doesn't say why" % (command, done.returncode))
                self.assertTrue(failing, done.stderr)

    def bystanders_call(self):
        callee, caller = self.ports
        self.caller.calls += 1
        self.caller.send(message(caller, callee, b"question", call=self.caller.calls, flags=REQUEST))
        asked = self.callee.message()
        self.callee.send(message(callee, asked.source, b"answer"))
        got = self.caller.message()
        self.assertEqual((asked.payload, got.payload, got.call, got.flags & REPLY),
                         (b"question", b"answer", self.caller.calls, REPLY))

    def attempt(self, fails, lasting):
        """Allocations of the victim, and how many of them failed."""
        if self.scenario.before:
            self.answers(self.scenario.before)
        self.control.arm(fails, lasting)
        try:
            self.run_clients(fails != 0)
        finally:
            made, failed = self.control.disarm()
        self.assertIsNone(self.kernel.process.poll(), "the p-kernel has ended")
        self.bystanders_call()
        self.serve()
        return made, failed

    def try_victim(self, name, victim):
        self.begin(SCENARIOS[name], victim)
        try:
            made = self.attempt(0, False)[0]
            self.assertGreater(made, 0, "%s allocates nothing" % victim)
            draw = random.Random("%d %s %s" % (SEED, name, victim))
            for lasting in (False, True):
                numbers = range(1, made + 1)
                for number in numbers if made <= VOLUME else sorted(draw.sample(numbers, VOLUME)):
                    with self.subTest(scenario=name, victim=victim, allocation=number, of=made, lasting=lasting, seed=SEED):
                        self.attempt(number, lasting)
        finally:
            self.control.close()
            super().tearDown()

    def tearDown(self):
        pass


# fts_open() of glibc 2.36 uses what its own allocation gave without having looked.
LEFT_OUT = {"copy-send"}


def victims(scenario):
    """The programs whose allocations fail, each in its turn."""
    declared = {program_of(line.partition("=")[2].split()) for lines in scenario.declared.values() for line in lines
                if line.startswith("Exec=")}
    return sorted({program_of(command) for command in scenario.services} | declared | {"pkernel"} |
                  {program_of(command) for command, _ in scenario.clients} - LEFT_OUT)


def case(name, victim):
    return lambda self: self.try_victim(name, victim)


for each in SCENARIOS:
    for program in victims(SCENARIOS[each]):
        setattr(Allocations, "test_%s_when_%s_has_no_memory" % (each, program.replace("-", "_")), case(each, program))
