#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures a link beside NATS alone: two locations over one server, all on this machine.

  run.py BUILD [ROUNDS]

The processes stay; a round measures each thing once, NATS's and the link's in turns. Ratios are formed within a round; shown are
medians over the rounds with the lowest and the highest.

The round trip is measured with each location on a processor of its own, as on machines of their own: all processes of the hall, the
caller of NATS too, on the first, those of the kitchen, NATS's responder too, on the second, the server where the system has it;
and with everything on the first. All else is where the system has it.
"""
import os
import statistics
import subprocess
import sys

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TESTS, each) for each in ("links", "blackbox", "integration")]
os.environ["DARQ_BUILD"] = BUILD

from locations import Place, SiteCase  # noqa: E402
from process import Process, until  # noqa: E402

BENCH = os.path.join(BUILD, "bench", "link-bench")
MEBIBYTES = os.environ.get("MEBIBYTES", "256")
# what, its unit, where the processes are; whether more is better, and what the link's has to be of NATS's
KINDS = (("trip", "us round trip", "each", False, 1.5), ("trip", "us round trip, one processor", "one", False, None),
         ("rate", "calls/s, 64 under way", None, True, 0.7), ("bulk", "MiB/s", None, True, 0.7))
BESIDE = 3.0  # small calls beside a copy, of what they take alone


class Bench(SiteCase):
    def setUp(self):
        super().setUp()
        url = "nats://127.0.0.1:%d" % self.port
        kitchen, self.hall = (dict(os.environ, DARQ_PKERNEL="unix:" + self.places[name].kernel.path) for name in
                              ("kitchen", "hall"))
        hello = os.path.join(BUILD, "examples", "hello-service")
        self.ends = [Process(command, kitchen, self.directory) for command in
                     ([BENCH, "nats", "answer", url], [hello], [BENCH, "darq", "take", "-"], [BENCH, "darq", "hear", "-"])]
        self.whom = {("nats", kind): url for kind, *_ in KINDS}
        self.whom["nats", "pieces"] = url
        self.whom.update({("darq", "trip"): "hello@kitchen", ("darq", "rate"): "hello@kitchen", ("darq", "bulk"): "copy@kitchen",
                          ("darq", "large"): "echo@kitchen"})
        for name in ("hello@kitchen", "copy@kitchen", "echo@kitchen"):
            until(lambda: subprocess.run([os.path.join(BUILD, "bin", "darqctl"), "describe", name], env=self.hall,
                                         capture_output=True, check=False).returncode == 0, name)

    def tearDown(self):
        for end in self.ends:
            end.kill()
        super().tearDown()

    def pin(self, where):
        """None: anywhere; one: all on the first processor; each: each location on its own. What the caller's command begins with."""
        everywhere = os.sched_getaffinity(0)
        first, last = {min(everywhere)}, {max(everywhere)}
        sets = {None: (everywhere,) * 3, "one": (first,) * 3, "each": (everywhere, first, last)}[where]
        groups = [[self.nats]] + [[self.places[name].kernel, self.places[name].link] for name in ("hall", "kitchen")]
        for processes, processors in zip((*groups[:2], groups[2] + self.ends), sets):
            for process in processes:
                for task in os.listdir("/proc/%d/task" % process.process.pid):
                    os.sched_setaffinity(int(task), processors)
        return ["taskset", "-c", str(min(everywhere))] if where else []

    def measure(self, system, kind, pinned=(), trips="2000"):
        number = trips if kind == "trip" else MEBIBYTES
        done = subprocess.run([*pinned, BENCH, system, kind, self.whom[system, kind], number], env=self.hall, timeout=100, check=True, capture_output=True,
                              text=True)
        return tuple(map(float, done.stdout.split()))

    def sent(self):
        return self.places["hall"].states()["kitchen"]["sent_bytes"]

    def beside(self, kind):
        """Small calls while something large crosses."""
        sent = self.sent()
        other = subprocess.Popen([BENCH, "darq", kind, self.whom["darq", kind], "16384"], env=self.hall,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: self.sent() > sent + (8 << 20), "it to be under way")
            return self.measure("darq", "trip", trips="400")
        finally:
            other.kill()
            other.wait()

    def runTest(self):
        results = {}
        for _ in range(ROUNDS):
            for kind, unit, where, *_ in KINDS:
                pinned = self.pin(where)
                for system in ("nats", "darq"):
                    results.setdefault((system, unit), []).append(self.measure(system, kind, pinned)[0])
            self.pin(None)
            results.setdefault("pieces", []).append(self.measure("nats", "pieces")[0])
            results.setdefault("alone", []).append(self.measure("darq", "trip"))
            results.setdefault("bulk", []).append(self.beside("bulk"))
            results.setdefault("large", []).append(self.beside("large"))
        self.assertEqual(show(results), 0, "a figure was missed")


def spread(values, form="%.2f"):
    return (form + " (" + form + " to " + form + ")") % (statistics.median(values), min(values), max(values))


def show(results):
    missed = 0
    for _, unit, _, more, must in KINDS:
        of = [mine / theirs for mine, theirs in zip(results["darq", unit], results["nats", unit])]
        print("%s: NATS %s, across a link %s; of NATS's %s" % (
            unit, spread(results["nats", unit], "%.0f"), spread(results["darq", unit], "%.0f"), spread(of)))
        if must and (statistics.median(of) < must if more else statistics.median(of) > must):
            missed += 1
            print("missed: must be %s %.1f" % ("at least" if more else "at most", must))
    print("MiB/s, NATS in pieces of 16 KiB as a link publishes: %s; across a link %s of that" % (
        spread(results["pieces"], "%.0f"), spread([mine / theirs for mine, theirs in zip(results["darq", "MiB/s"], results["pieces"])])))
    for kind, what in (("bulk", "a copy"), ("large", "requests of 4 MiB")):
        for index, name in ((0, "median"), (1, "99th percentile")):
            alone = [each[index] for each in results["alone"]]
            beside = [each[index] for each in results[kind]]
            of = [mine / theirs for mine, theirs in zip(beside, alone)]
            print("small calls, %s: alone %s us, beside %s %s us; %s times" % (
                name, spread(alone, "%.0f"), what, spread(beside, "%.0f"), spread(of)))
            if index == 0 and kind == "bulk" and statistics.median(of) > BESIDE:
                missed += 1
                print("missed: must be at most %.1f" % BESIDE)
    return missed


def main():
    Place.manifests = dict(Place.manifests, hello=("Allow=any location:*",), copy=("Allow=any location:*",))
    result = Bench().run()
    for _, text in result.failures + result.errors:
        print(text)
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
