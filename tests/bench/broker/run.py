#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the same loads through the p-kernel and through others, in turns, and shows the rates in relation to the relay's.

  run.py BUILD [ROUNDS]

A round starts each system (broker, service; a client for each load) on each transport it has, one after the other. A ratio is
formed within a round, of a system's rate and the relay's on the same transport; shown are medians over the rounds (five, if not
told otherwise) with the lowest and the highest ratio, and the broker's processor time for a million messages. What must hold is
checked in the end; the status is 1 if anything doesn't.

$SYSTEMS and $LOADS name what is run, without them all; $MILLISECONDS, how long a load takes.
"""
import os
import sys

from loads import LOADS, Figures, Rounds
from musts import all_rate_musts, show
from systems import SYSTEMS, Ports, congestion_of
from table import load_table


def chosen(variable, names):
    words = os.environ.get(variable, "").split() or list(names)
    unknown = [word for word in words if word not in names]
    if unknown:
        sys.exit("%s: no %s; there are %s" % (variable, ", ".join(unknown), ", ".join(names)))
    return [name for name in names if name in words]


def main():
    build, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    milliseconds = int(os.environ.get("MILLISECONDS") or 200)
    systems, ports, figures = chosen("SYSTEMS", SYSTEMS), Ports(), Figures()
    kinds = chosen("LOADS", list(dict.fromkeys(load.kind for load in LOADS)))
    loads = [load for load in LOADS if load.kind in kinds]
    os.environ.setdefault("CONGESTION", congestion_of(build, ports) or "")
    print("%d rounds of %d ms; congestion control %s.\n" % (rounds, milliseconds, os.environ["CONGESTION"] or "as it is"))
    turns = Rounds(build, ports, milliseconds, systems, loads)
    for number in range(rounds):
        turns.run(number, figures)
    for load in loads:
        print(load_table(figures, load, systems) or "", end="\n\n")
    sys.exit(1 if show(all_rate_musts(figures, loads)) else 0)


if __name__ == "__main__":
    main()
