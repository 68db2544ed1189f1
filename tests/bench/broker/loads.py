# SPDX-License-Identifier: MIT
"""The loads that every system gets, and the rounds in which it gets them."""
import collections
import contextlib
import itertools
import sys

from systems import SYSTEMS, Absent, System

# kind as load.c knows it, bytes, how many under way, whether all is on one processor
Load = collections.namedtuple("Load", "kind size count one")
LOADS = [Load("call", 64, 1, True), Load("call", 1024, 1, True), Load("window", 64, 64, False), Load("window", 64, 256, False),
         Load("oneway", 64, 4, False), Load("oneway", 65536, 4, False), Load("oneway", 1 << 20, 4, False),
         Load("fan", 64, 256, False)]
NEAR = ("relay", "darq", "raw")  # measured right after one another
# What a system can't, as its driver's first lines say.
CANNOT = {("nng", Load("window", 64, 256, False))}


def bytes_text(size):
    return "%d MiB" % (size >> 20) if size >= 1 << 20 else "%d KiB" % (size >> 10) if size >= 1 << 10 else "%d B" % size


def load_text(load):
    how_many = {"call": "", "fan": ", %d clients" % load.count}.get(load.kind, ", %d under way" % load.count)
    return {"oneway": "one-way", "fan": "fan-in"}.get(load.kind, load.kind) + ", " + bytes_text(load.size) + how_many


class Figures:
    """By (system, transport, load), or whatever else names a figure: what each round gave."""

    def __init__(self):
        self.found = {}

    def add(self, key, number, figure):
        """None, or with a None in it: there was none."""
        if figure is None or None in figure:
            return
        self.found.setdefault(key, {})[number] = figure

    def get(self, key):
        return self.found.get(key, {})

    def ratios(self, mine, theirs, column=0):
        """Of a column, within the rounds that both have."""
        one, other = self.get(mine), self.get(theirs)
        return [one[number][column] / other[number][column] for number in one if number in other and other[number][column] > 0]


class Rounds:
    """All systems are started, and each load is given to one after the other, so that what is compared is near in time. One that
    isn't there is told of once, and left out from then on."""

    def __init__(self, build, milliseconds, systems, loads):
        self.build, self.milliseconds, self.loads = build, milliseconds, loads
        self.pairs = [(name, transport) for name in systems for transport in SYSTEMS[name][1]]
        self.pairs.sort(key=lambda pair: (pair[0] not in NEAR, pair[0] in NEAR and pair[1] == "tcp"))
        self.told = set()

    def tell(self, key, text):
        if key not in self.told:
            print(text, file=sys.stderr)
        self.told.add(key)

    def run(self, number, figures):
        with contextlib.ExitStack() as stack:
            started = [system for name, transport in self.pairs if self.loads for system in self.start(stack, name, transport)]
            for load, system in itertools.product(self.loads, started):
                if (system.name, load) not in CANNOT and system.runs():
                    self.run_one(number, figures, load, system)

    def start(self, stack, name, transport):
        if (name, transport) not in self.told:
            try:
                yield stack.enter_context(System(name, transport, self.build))
            except Absent as reason:
                self.tell((name, transport), "%s, %s: left out: %s" % (name, transport, reason))

    def run_one(self, number, figures, load, system):
        figure = system.run(load, self.milliseconds)
        figures.add((system.name, system.transport, load), number, figure)
        if figure is None:
            self.tell((system.name, system.transport, load), "%s, %s: failed%s: %s" % (
                system.name, system.transport, "" if system.runs() else " and ended", load_text(load)))
