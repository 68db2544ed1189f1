# SPDX-License-Identifier: MIT
"""What must hold and what is aimed at, of ratios that are formed within a round."""
import collections
import statistics

from loads import LOADS, load_text
from systems import SYSTEMS
from table import spread_text, table

# ratios: of each round. must, aim: None where there is none. most: they are upper bounds. ours: whether there is a figure of ours;
# without one it fails, without one of the other it isn't known. floor: the relay's ratios to the same other: what checks nothing
# and isn't as much faster can't be asked of what checks.
Must = collections.namedtuple("Must", "text ratios must aim most ours floor", defaults=(False, False, ()))

# load: of the relay's rate what it must be, what is aimed at; how many times others' rates it must be
CALL = (0.8, 1 / 1.05, {"dbus-broker": 1, "redis": 1, "nats": 1, "mosquitto": 1})
WINDOW = (0.5, 0.8, {"dbus-broker": 4, "redis": 2, "nats": 2})
RATES = {("call", 64): CALL, ("call", 1024): CALL, ("window", 64): WINDOW, ("oneway", 64): (None, 0.6, {"nats": 4}),
         ("oneway", 65536): (0.9, 1, {}), ("oneway", 1 << 20): (0.9, 1, {}), ("fan", 64): (0.7, 0.95, {"dbus-broker": 3})}
CPU = (1.5, 1.1)  # of the relay's processor time for a message, while many are under way


def opposite(name, transport):
    """Where another system is met: on the same transport; on what it has if it hasn't got that."""
    return transport if transport in SYSTEMS[name][1] else SYSTEMS[name][1][0]


def rate_musts(figures, load, systems):
    relay, aim, others = RATES[load.kind, load.size]
    for transport in ("unix", "tcp"):
        mine = ("darq", transport, load)
        ours = bool(figures.get(mine))
        where = "%s, %s" % (load_text(load), transport)
        if "relay" in systems:
            yield Must(where + ": of the relay's rate", figures.ratios(mine, ("relay", transport, load)), relay, aim, ours=ours)
        for name, factor in others.items():
            if name not in systems:
                continue
            met = opposite(name, transport)
            text = "%s: times %s's rate%s" % (where, name, "" if met == transport else " (on %s)" % met)
            yield Must(text, figures.ratios(mine, (name, met, load)), factor, None, ours=ours,
                       floor=figures.ratios(("relay", transport, load), (name, met, load)))
        if load.kind == "window" and "relay" in systems:
            yield Must(where + ": times the relay's processor time", figures.ratios(mine, ("relay", transport, load), 3), *CPU,
                       True, ours)


def all_rate_musts(figures, loads, systems):
    """Of the systems that were chosen; one of them that isn't there leaves its rows without a figure."""
    return [must for load in LOADS if load in loads and "darq" in systems for must in rate_musts(figures, load, systems)]


def reached(must, bound):
    if must.most:
        return statistics.median(must.ratios) <= bound
    return statistics.median(must.ratios) >= bound


def sign(must):
    return "at most " if must.most else ""


def verdict_of(must):
    if must.must is None:
        return ""
    if not must.ratios:
        return "not measured" if must.ours else "**fails**: no figure"
    if reached(must, must.must):
        return "holds"
    if must.floor and statistics.median(must.floor) < must.must:
        return "out of reach: the relay has %.2f" % statistics.median(must.floor)
    return "**fails**"


def show(musts):
    """The table, and how many are missed."""
    rows, verdicts = [], [verdict_of(must) for must in musts]
    for must, verdict in zip(musts, verdicts):
        bound = "" if must.must is None else ": %s%.2f" % (sign(must), must.must)
        aim = "" if must.aim is None else "%s%.2f" % (sign(must), must.aim)
        if aim and must.ratios and reached(must, must.aim):
            aim += ", reached"
        rows.append([must.text + bound, spread_text(must.ratios), verdict, aim])
    print(table(["what must hold", "figure", "", "aim"], rows))
    missed = sum("fails" in verdict for verdict in verdicts)
    print("\n%d hold, %d fail, %d are out of the relay's reach, too, %d were not measured." %
          (verdicts.count("holds"), missed, sum("reach" in verdict for verdict in verdicts), verdicts.count("not measured")))
    return missed
