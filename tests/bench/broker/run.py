#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the same loads through the p-kernel and through others, in turns, and shows the rates in relation to the relay's.

  run.py BUILD [ROUNDS]

A round starts each system (broker, service; a client for each load) on each transport it has, one after the other, and then
measures what concerns the p-kernel alone. A ratio is formed within a round, of a system's rate and the relay's on the same
transport; shown are medians over the rounds (five, if not told otherwise) with the lowest and the highest ratio, and the broker's
processor time for a million messages. What must hold is checked in the end; the status is 1 if anything doesn't.

$SYSTEMS and $LOADS name what is run, without them all; $MILLISECONDS, how long a load takes; PLACE=apart gives what stands between
a processor of its own.
"""
import itertools
import os
import signal
import sys
import time

import idle
import open_ports
import starts
import streams
from loads import LOADS, Figures, Rounds
from musts import all_rate_musts, show
from systems import SYSTEMS, Absent, congestion_of
from table import load_table

OURS = {"stream": streams, "idle": idle, "ports": open_ports, "start": starts}


def chosen(variable, names):
    words = os.environ.get(variable, "").split() or list(names)
    unknown = [word for word in words if word not in names]
    if unknown:
        sys.exit("%s: no %s; there are %s" % (variable, ", ".join(unknown), ", ".join(names)))
    return [name for name in names if name in words]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    build, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    milliseconds, since = int(os.environ.get("MILLISECONDS") or 200), time.monotonic()
    systems, figures = chosen("SYSTEMS", SYSTEMS), Figures()
    kinds = chosen("LOADS", list(dict.fromkeys(load.kind for load in LOADS)) + list(OURS))
    loads = [load for load in LOADS if load.kind in kinds]
    ours = [part for kind, part in OURS.items() if kind in kinds and "darq" in systems]
    os.environ["CONGESTION"] = os.environ.get("CONGESTION") or congestion_of(build) or ""
    turns = Rounds(build, milliseconds, systems, loads)
    for number in range(rounds):
        turns.run(number, figures)
        for part in ours:
            try:
                part.measure(build, milliseconds, number, figures)
            except Absent as reason:
                print("%s: %s" % (part.__name__, reason), file=sys.stderr)
    for load in loads:
        text = load_table(figures, load, systems)
        print(text + "\n" if text else "")
    for part in ours:
        part.show(figures)
    missed = show(list(itertools.chain(all_rate_musts(figures, loads, systems), *(part.musts(figures) for part in ours))))
    print("%d rounds of %d ms, %d s in all. TCP congestion control: %s." %
          (rounds, milliseconds, time.monotonic() - since, os.environ["CONGESTION"] or "the system's"))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
