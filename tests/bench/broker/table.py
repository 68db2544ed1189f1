# SPDX-License-Identifier: MIT
"""Figures as tables in Markdown, to be pasted into README.md."""
import statistics

from loads import load_text


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return "\n".join([row(head), "|" + "---|" * len(head)] + [row(cells) for cells in rows])


def number_text(value):
    if value >= 1e6:
        return "%.2f M" % (value / 1e6)
    return "{:,.0f}".format(value)


def spread_text(values):
    """The median, the lowest and the highest; empty if there are none."""
    return "" if not values else "%.2f (%.2f to %.2f)" % (statistics.median(values), min(values), max(values))


def median_text(values):
    return "" if not values else number_text(statistics.median(values))


def medians(rounds):
    return [statistics.median(column) for column in zip(*rounds.values())]


def cells_of(figures, name, transport, load):
    """Rate, in relation to the relay's, time, the broker's processor time; empty where there is none."""
    found = figures.get((name, transport, load))
    if not found:
        return ["", "", "", ""]
    rate, median, p99, spent = medians(found)
    ratios = figures.ratios((name, transport, load), ("relay", transport, load))
    return [number_text(rate), spread_text(ratios), "%.0f; %.0f" % (median, p99), "%.2f" % spent]


def load_table(figures, load, systems):
    """A row for each system that has figures: both transports."""
    head = [load_text(load) + (", one processor" if load.one else "")]
    for transport in ("unix", "tcp"):
        head += [transport + ", a second", "of the relay's", "median; p99, us", "broker, s per million"]
    rows = [[name] + cells_of(figures, name, "unix", load) + cells_of(figures, name, "tcp", load) for name in systems]
    rows = [cells for cells in rows if any(cells[1:])]
    return table(head, rows) if rows else None
