# SPDX-License-Identifier: MIT
"""Whether calls take longer while another client has many ports open. All on one processor, so that only the p-kernel differs."""
import statistics

from idle import Holder
from loads import Load, load_text
from musts import Must
from systems import System
from table import median_text, spread_text, table

COUNTS = [1000, 10000, 100000]
LOADS = [Load("call", 64, 1, True), Load("window", 64, 64, True)]
LIMITS = ("--limit", "objects=1000000")
MUST = 0.9
SLICES = 6


def rate_of(found):
    """The mean over slices, as a figure; None if one failed."""
    return None if None in found else (statistics.fmean(rate for rate, *_ in found),)


def measure(build, milliseconds, number, figures):
    """Two p-kernels, one with ports, take turns several times: the machine's speed changes within a round, for both of them."""
    with System("darq", "unix", build, LIMITS) as without, System("darq", "unix", build, LIMITS) as full:
        for count in COUNTS:
            with Holder(build, full.address, 1, count):
                for load in LOADS:
                    slices = [(without.run(load, milliseconds // 2), full.run(load, milliseconds // 2)) for _ in range(SLICES)]
                    for name, found in zip(("none", "open"), zip(*slices)):
                        figures.add(("ports", load, count, name), number, rate_of(found))


def ratios(figures, load, count):
    return figures.ratios(("ports", load, count, "open"), ("ports", load, count, "none"))


def musts(figures):
    for load in LOADS:
        for count in COUNTS:
            yield Must("{}, one processor, {:,} ports open: of the rate without".format(load_text(load), count),
                       ratios(figures, load, count), MUST, None)


def show(figures):
    rows = []
    for load in LOADS:
        cells = [load_text(load) + ", one processor"]
        for count in COUNTS:
            found = [rate for rate, *_ in figures.get(("ports", load, count, "open")).values()]
            cells.append(median_text(found) + "; " + spread_text(ratios(figures, load, count)))
        rows.append(cells)
    print(table(["ports open; a second, and of the rate without"] + ["{:,}".format(count) for count in COUNTS], rows), end="\n\n")
