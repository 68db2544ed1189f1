#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the tests have run of our sources: coverage.py BUILD [--files] [--missed WORD]

Reads what gcov tells of every object of BUILD, prints a table by folder (--files: and by file), and fails where less was run than
BOUNDS say. --missed prints what wasn't run of the files whose path holds WORD: a line, or as "2 of 4" its branches.

A function in a header has a copy in every object that uses it: what any of them ran counts, once. Counted is what stands in
darqidl, libdarqwire and pkernel. Left out is what can't be run, or what isn't ours:

- what flex, bison and darqidl generate;
- the branches of an assert(), one of which is there to be never taken, and what leads to __builtin_unreachable();
- the way past a switch that has a case for every value and no default (the compiler tells of a missing one);
- the filter of system calls, which a build that writes its counters at exit hasn't got (test_filter runs it in every other build).

Branches that the compiler makes for exceptions don't occur in C; optimising makes further ones, and these builds don't optimise.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

OURS = re.compile(r"^(darqidl|libdarqwire|pkernel)/[^.]*\.[ch]$")
LEFT_OUT = {"pkernel/shell/filter.c"}
GROUPS = {
    "codec": {"libdarqwire/%s" % name for name in (
        "arena.c", "elements.h", "reader.c", "types.c", "utf8.c", "utf8.h", "writer.c", "include/darq/arena.h", "include/darq/cursor.h",
        "include/darq/number.h", "include/darq/reader.h", "include/darq/text.h", "include/darq/writer.h")},
    "frames": {"libdarqwire/%s" % name for name in ("frame.c", "frame.h", "message.c", "bigendian.h")},
    "authorisation": {"pkernel/core/%s.c" % name for name in ("gift", "name", "port", "principal", "service_access")} | {
        "pkernel/core/principal.h", "pkernel/core/port.h", "libdarqwire/authority.c", "libdarqwire/identity.c"},
}
# Percent of lines and of branches.
BOUNDS = {"all": (95, 90), "codec": (100, 100), "frames": (100, 100), "authorisation": (100, 100)}


class Source:
    """A file as it stands, and which of its lines have branches that aren't asked for."""

    def __init__(self, name):
        self.lines = pathlib.Path(name).read_text().splitlines()
        self.asserts, self.switches, self.nowhere = set(), set(), set()
        for number, line in enumerate(self.lines, 1):
            if re.search(r"\bassert\(", line):
                self.asserts |= set(range(number, self.end(number, line.index("assert("), "()") + 1))
            elif line.strip() == "__builtin_unreachable();":
                self.nowhere.add(number)
                self.asserts.add(number - 1)
            elif re.match(r"\s*switch \(", line) and not self.has_default(number):
                self.switches.add(number)

    def end(self, number, column, brackets):
        """The line in which what opens at or behind a place is closed."""
        depth = 0
        for at in range(number, len(self.lines) + 1):
            for letter in self.lines[at - 1][column if at == number else 0:]:
                depth += (letter == brackets[0]) - (letter == brackets[1])
                if letter == brackets[1] and depth == 0:
                    return at
        return len(self.lines)

    def has_default(self, number):
        indent = re.match(r"\s*", self.lines[number - 1]).group()
        return any(line.startswith(indent + "default:") for line in self.lines[number:self.end(number, 0, "{}")])


class Counted:
    """{line: times} and {(line, function, n-th branch): times} of one file; the copies of a function add up."""

    def __init__(self, name):
        self.name, self.source = name, Source(name)
        self.lines = collections.Counter()
        self.branches = collections.Counter()

    def add(self, line):
        number = line["line_number"]
        if number in self.source.nowhere:
            return
        self.lines[number] += line["count"]
        if number not in self.source.asserts:
            for index, branch in enumerate(line["branches"]):
                self.branches[number, line.get("function_name"), index] += branch["count"]

    def leave_out_defaults(self):
        """A switch without a default has a branch for it nevertheless: one that nothing took."""
        for number in self.source.switches:
            never = [key for key, count in self.branches.items() if key[0] == number and count == 0]
            for key in never[:1]:
                del self.branches[key]

    def missed(self):
        branches = collections.defaultdict(list)
        for (number, _, _), count in self.branches.items():
            branches[number].append(count)
        for number, count in sorted(self.lines.items()):
            taken = [each for each in branches[number] if each]
            if count == 0 or len(taken) < len(branches[number]):
                what = "never" if count == 0 else "%d of %d" % (len(taken), len(branches[number]))
                print("%s:%d: %-8s %s" % (self.name, number, what, self.source.lines[number - 1].strip()))


def told(data):
    """What gcov says of one object."""
    done = subprocess.run(["gcov", "--branch-probabilities", "--json-format", "--stdout", data.name], cwd=data.parent,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [json.loads(line) for line in done.stdout.decode().splitlines() if line.strip()]


def read(build):
    files = {}
    with concurrent.futures.ThreadPoolExecutor() as workers:
        for documents in workers.map(told, sorted((build / "obj").rglob("*.gcno"))):
            for file in (each for document in documents for each in document["files"]):
                name = file["file"].removeprefix("./")
                if not OURS.match(name) or name in LEFT_OUT:
                    continue
                if name not in files:
                    files[name] = Counted(name)
                for line in file["lines"]:
                    files[name].add(line)
    for counted in files.values():
        counted.leave_out_defaults()
    return files


def share(counters):
    """(counted, run, percent)"""
    counted = sum(len(each) for each in counters)
    run = sum(count > 0 for each in counters for count in each.values())
    return counted, run, 100 * run / counted if counted else 100


def row(title, parts):
    lines, branches = share([each.lines for each in parts]), share([each.branches for each in parts])
    print("%-40s %6d lines %6.2f %%   %6d branches %6.2f %%" % (title, lines[0], lines[2], branches[0], branches[2]))
    return lines[2], branches[2]


def tables(files, with_files):
    folders = collections.defaultdict(list)
    for name in files:
        folders[str(pathlib.PurePath(name).parent)].append(name)
    for folder, names in sorted(folders.items()):
        row(folder, [files[name] for name in names])
        for name in sorted(names) if with_files else ():
            row("  " + name, [files[name]])


def groups(files):
    """How many bounds don't hold."""
    below = 0
    for group, bounds in BOUNDS.items():
        got = row(group, [each for name, each in files.items() if group == "all" or name in GROUPS[group]])
        for what, percent, bound in zip(("lines", "branches"), got, bounds):
            if percent < bound:
                below += 1
                print("  BELOW: %.2f %% of %s, and %.2f %% are wanted" % (percent, what, bound))
    return below


def main():
    options = argparse.ArgumentParser()
    options.add_argument("build", type=pathlib.Path)
    options.add_argument("--files", action="store_true")
    options.add_argument("--missed", metavar="WORD", default=[], action="append")
    options = options.parse_args()
    files = read(options.build)
    if not files:
        print("nothing was compiled with --coverage in", options.build)
        return 1
    for name, counted in sorted(files.items()):
        if any(word in name for word in options.missed):
            counted.missed()
    if options.missed:
        return 0
    tables(files, options.files)
    return groups(files) != 0


if __name__ == "__main__":
    sys.exit(main())
