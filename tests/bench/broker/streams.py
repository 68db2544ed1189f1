# SPDX-License-Identifier: MIT
"""Bytes through a generated stream, beside those that the relay passes in one-way messages of 64 KiB in the same round."""
import os
import subprocess

from loads import Load
from musts import Must
from systems import System, await_that
from table import median_text, spread_text, table

ONE_WAY = Load("oneway", 65536, 4, False)
MUST = 0.9


def write(program, address, milliseconds):
    """64 KiB a second, or None."""
    done = subprocess.run([program, "write", address, str(milliseconds)], capture_output=True, text=True, timeout=20, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def measure(build, milliseconds, number, figures):
    program = os.path.join(build, "bench/broker/broker-stream")
    for transport in ("unix", "tcp"):
        with System("darq", transport, build) as system:
            system.spawn([program, "serve", system.address])
            await_that(lambda: write(program, system.address, 1) is not None, "the stream's service doesn't answer")
            figures.add(("stream", transport), number, (write(program, system.address, milliseconds),))
        with System("relay", transport, build) as system:
            figures.add(("stream relay", transport), number, system.run(ONE_WAY, milliseconds))


def ratios(figures, transport):
    return figures.ratios(("stream", transport), ("stream relay", transport))


def musts(figures):
    for transport in ("unix", "tcp"):
        yield Must("stream, 64 KiB at a time, %s: of the relay's one-way rate" % transport, ratios(figures, transport), MUST, None)


def show(figures):
    rows = []
    for transport in ("unix", "tcp"):
        ours = [rate / 16 for rate, in figures.get(("stream", transport)).values()]
        rows.append([transport, median_text(ours), spread_text(ratios(figures, transport))])
    print(table(["stream, 64 KiB at a time", "MiB a second", "of the relay's one-way messages of 64 KiB"], rows), end="\n\n")
