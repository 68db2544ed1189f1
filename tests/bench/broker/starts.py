# SPDX-License-Identifier: MIT
"""How long it takes until a declared service that isn't running has answered its first call, and how long darqctl takes: beside
starting a program that does nothing. All on one processor. Nothing must hold here."""
import os
import shutil
import subprocess
import tempfile

from systems import System
from table import median_text, spread_text, table

SERVICES, TIMES = 20, 20
MANIFEST = "[Service]\nName=%s\nExec=%s %s\n"


def manifests(directory, program):
    """A directory of declared services, each the same program under a name of its own."""
    services = os.path.join(directory, "services")
    os.makedirs(services, mode=0o755)
    names = ["answer%d" % number for number in range(SERVICES)]
    for name in names:
        with open(os.path.join(services, name + ".service"), "w", encoding="ascii") as file:
            file.write(MANIFEST % (name, os.path.abspath(program), name))
        os.chmod(file.name, 0o644)
    return services, names


def microseconds(one, program, *arguments):
    done = subprocess.run(one + [program, *arguments], capture_output=True, text=True, timeout=30, check=False)
    return (float(done.stdout),) if done.returncode == 0 else None


def measure(build, _, number, figures):
    bench = os.path.join(build, "bench/broker/broker-")
    with tempfile.TemporaryDirectory(prefix="darq-bench-") as directory:
        services, names = manifests(directory, bench + "answer")
        with System("darq", "unix", build, ("--services", services, "--state", os.path.join(directory, "state"))) as system:
            one, program = system.pin(True), bench + "start"
            figures.add("first call", number, microseconds(one, program, "call", system.address, *names))
            for what, command in (("service alone", [bench + "answer"]),
                                  ("darqctl list", [os.path.join(build, "bin/darqctl"), "-a", system.address, "list"]),
                                  ("busctl --version", ["busctl", "--version"]), ("true", ["true"])):
                if shutil.which(command[0]) is not None:
                    figures.add(what, number, microseconds(one, program, "spawn", str(TIMES), *command))
            system.processes[0].terminate()  # it ends what it has started
            system.processes[0].wait(timeout=10)


def musts(_):
    return []


def cells_of(figures, what, base):
    found = [microseconds for microseconds, in figures.get(what).values()]
    return [what, median_text(found), base, spread_text(figures.ratios(what, base))]


def show(figures):
    rows = [cells_of(figures, "first call", "service alone"), cells_of(figures, "darqctl list", "true"),
            cells_of(figures, "darqctl list", "busctl --version")]
    print(table(["start", "us", "beside", "times as long"], rows), end="\n\n")
