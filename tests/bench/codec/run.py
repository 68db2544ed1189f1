#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the codecs in turns and shows their times in relation to ours.

  run.py DIRECTORY STORAGE_OBJECT [ROUNDS]

A round runs every codec on every record, one after the other on the last processor, ours before and after every two of the
others; a ratio is that of a codec's time to the mean of ours there, less than half a second apart, so that what a busy
machine does to both cancels out. Shown are medians over the rounds (seven, if not told otherwise) and the lowest and highest
ratio. What must hold is checked in the end; the status is 1 if anything doesn't.
"""
import os
import statistics
import subprocess
import sys

RECORDS = ["media", "samples", "request", "table", "union list", "strings"]
ACTIONS = ["pack", "ready", "unpack", "read"]
OURS = "darq"
FLOOR = "memcpy"
# Their unpack validates nothing to speak of: read is what compares.
LAZY = {"capnp"}
# FlatBuffers' Verifier doesn't look at what is in a text: where a record has texts we are held to the peer that adds that
# look (and to all others, whether they look at texts or not), and the figure beside the bare Verifier is for information.
BARE, WHOLE = "flatbuffers", "flatbuffers-utf8"
TEXTLESS = {"samples"}
OBJECT_MAX = 12 * 1024
BETWEEN = 2  # peers, between two runs of ours


def mean(results):
    return {action: statistics.mean(result[action] for result in results) for action in ACTIONS}


class Bench:
    def __init__(self, directory, rounds):
        self.directory = directory
        self.rounds = rounds
        names = (name[6:] for name in sorted(os.listdir(directory)) if name.startswith("codec-"))
        self.peers = [name for name in names if name != OURS]
        self.times = {}  # (record, codec, action): one of each round
        self.ratios = {}
        self.sizes = {}
        self.allocations = {}

    def call(self, codec, record, preload=None):
        environment = dict(os.environ)
        if preload:
            environment["LD_PRELOAD"] = os.path.abspath(preload)
        command = ["taskset", "-c", str(os.cpu_count() - 1), f"{self.directory}/codec-{codec}", record]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=120)
        lines = (line.split() for line in done.stdout.decode().splitlines())
        return {key: float(value) for key, value in lines}

    def count(self):
        for record in RECORDS:
            for codec in [OURS] + self.peers:
                counted = self.call(codec, record, f"{self.directory}/allocations.so")
                if "size" in counted:
                    self.sizes[record, codec] = int(counted.pop("size"))
                    self.allocations[record, codec] = counted

    def round(self):
        for record in RECORDS:
            peers = [codec for codec in self.peers if (record, codec) in self.sizes]
            ours = [self.call(OURS, record)]
            for i in range(0, len(peers), BETWEEN):
                others = {codec: self.call(codec, record) for codec in peers[i:i + BETWEEN]}
                ours.append(self.call(OURS, record))
                for codec, result in others.items():
                    self.enter(record, codec, result, mean(ours[-2:]))
            for action, time in mean(ours).items():
                self.times.setdefault((record, OURS, action), []).append(time)

    def enter(self, record, codec, result, ours):
        for action in set(ACTIONS) & set(result):
            # Ours packs a struct that is ready; what others do for that is what compares.
            compared = ours["ready" if action == "pack" else action]
            self.times.setdefault((record, codec, action), []).append(result[action])
            self.ratios.setdefault((record, codec, action), []).append(result[action] / compared)

    def cell(self, record, codec, action):
        times = self.times.get((record, codec, action))
        if times is None:
            return "-"
        time = statistics.median(times)
        text = f"{time:.1f}" if time < 100 else f"{time:.0f}"
        if codec == OURS:
            return text
        ratios = self.ratios[record, codec, action]
        return f"{text} ({statistics.median(ratios):.2f}; {min(ratios):.2f} to {max(ratios):.2f})"

    def show(self, record):
        print(f"\n| {record} | bytes | pack | pack, message ready | unpack | unpack and read | allocations: pack, unpack |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for codec in [OURS] + self.peers:
            if (record, codec) not in self.sizes:
                continue
            counted = self.allocations[record, codec]
            cells = [self.cell(record, codec, action) for action in ACTIONS]
            print(f"| {codec} | {self.sizes[record, codec]} | {' | '.join(cells)} | "
                  f"{counted.get('ready', counted['pack']):g}, {counted['unpack']:g} |")

    def best(self, record, actions, left_out=()):
        """The peer that comes closest: the ratio's median, and who."""
        return min((statistics.median(self.ratios[record, codec, action]), codec)
                   for codec in self.peers for action in actions
                   if codec != FLOOR and codec not in left_out and (record, codec, action) in self.ratios
                   and not (action == "unpack" and codec in LAZY))

    def musts(self):
        """Sentence, figure, and what comes of it."""
        for record in RECORDS:
            ratio, codec = self.best(record, ["pack", "ready"], {WHOLE})
            yield f"{record} is packed faster than by {codec}", f"{ratio:.2f}", verdict(ratio > 1)
            for text, action in ("unpacked", "unpack"), ("read", "read"):
                ratio, codec = self.best(record, [action], {WHOLE if record in TEXTLESS else BARE})
                yield f"{record} is {text} faster than by {codec}", f"{ratio:.2f}", verdict(ratio > 1)
                if record not in TEXTLESS:
                    ratio = statistics.median(self.ratios[record, BARE, action])
                    yield f"{record} is {text}, beside the bare Verifier", f"{ratio:.2f}", "for information"
            counted = self.allocations[record, OURS]["unpack"]
            yield f"allocations to unpack {record}", f"{counted:g}", verdict(counted == 0)
        size = self.sizes["media", OURS] / self.sizes["media", "protobuf"]
        yield "media's size, of protobuf's", f"{size:.2f}", verdict(size <= 1.5)


FAILS = "**fails**"


def verdict(holds):
    return "holds" if holds else FAILS


def object_size(path):
    done = subprocess.run(["size", path], stdout=subprocess.PIPE, check=True)
    text, data, bss = done.stdout.decode().splitlines()[1].split()[:3]
    return int(text) + int(data) + int(bss)


def main():
    bench = Bench(sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 7)
    bench.count()
    for _ in range(bench.rounds):
        bench.round()
    print(f"nanoseconds of processor time a call, medians of {bench.rounds} rounds; in brackets how many times as long "
          "as ours: median; lowest to highest")
    for record in RECORDS:
        bench.show(record)
    size = object_size(sys.argv[2])
    musts = list(bench.musts()) + [("bytes of the storage interface's object", str(size), verdict(size <= OBJECT_MAX))]
    print("\n| what must hold | figure | |\n|---|---:|---|")
    for row in musts:
        print(f"| {' | '.join(row)} |")
    return 1 if any(row[2] == FAILS for row in musts) else 0


if __name__ == "__main__":
    sys.exit(main())
