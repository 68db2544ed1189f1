#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds `darqidl check` against what happens: run.py DARQIDL READ ARCHIVE SOURCE_DIR BUILD_DIR [WORD]...

Applies every edit of edits.py to the corpus. What check says of each has to agree with what programs of both versions
understand of each other's messages (exchange.py; generated.py for one edit of each kind, with the generated C of both), and with a
compiler that is given C for the old version and the header of the new one (source.py). $SEED repeats a run, $ALL compiles
for every edit, not only for the first of each kind; with words, only edits whose name holds one of them run, and with $FIRST only
the first of each kind, and no compiler is asked about C for the old version (for sanitizers: the answers are the same there).
"""
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

from edits import Edits
from exchange import Version, failures, key_in
from generated import Generated, fault
from schema import Schema
from source import Source, left_out

# These break though one order of upgrading would do: an old program asks for what is gone, or can't know what is wanted.
STERN = {"method-removed", "interface-removed", "base-removed", "required-parameter-added"}
COMPILED = 1    # edits of one kind whose C is compiled
RULE = re.compile(r"\[([a-z-]+)\]$", re.M)
COMPILER = ["gcc", "-std=c11", "-O0", "-fsyntax-only", "-Werror", "-Wall", "-Wextra", "-Wno-unused-variable",
            "-Wno-unused-but-set-variable"]


class Run:
    def __init__(self, darqidl, read, archive, root, build, words):
        self.darqidl, self.read = str(pathlib.Path(darqidl).resolve()), str(pathlib.Path(read).resolve())
        self.archive = pathlib.Path(archive).resolve()
        self.root, self.build, self.words = pathlib.Path(root).resolve(), pathlib.Path(build).resolve(), words
        self.build.mkdir(parents=True, exist_ok=True)
        self.seed = os.environ.get("SEED") or str(int(time.time()))
        self.first = bool(os.environ.get("FIRST"))
        self.verdicts, self.payloads, self.packed, self.old_versions = {}, 0, 0, {}
        self.generated, self.in_no_order = None, set()
        self.corpus = Schema.read(self.darqidl, pathlib.Path(__file__).resolve().parent / "corpus/whole.didl")

    def run(self, *command, status=0):
        done = subprocess.run([self.darqidl, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              cwd=self.build, timeout=60, check=False)
        if status is not None and done.returncode != status:
            raise AssertionError("darqidl %s: status %d\n%s%s" % (" ".join(map(str, command)), done.returncode, done.stdout,
                                                                 done.stderr))
        return done

    def verdict(self, rule):
        """(wire, source) of a row."""
        if rule not in self.verdicts:
            line = self.run("explain", rule).stdout.split("\n")[0]
            self.verdicts[rule] = re.fullmatch(r"\S+: wire: (.*); source: (.*)", line).groups()
        return self.verdicts[rule]

    def version(self, schema, name, **more):
        """Writes a version, and reads it as the compiler understands it."""
        path = schema.write(self.build / name)

        def write_data():
            self.run("schema", "-o", path.with_suffix(".schema"), path)
            return path.with_suffix(".schema")

        return Version(Schema.read(self.darqidl, path), write_data, self.seed, **more), path

    # one edit

    def edit(self, number, edit, source):
        """What is wrong with what check says of an edit; None: nothing."""
        old, old_path = self.old_versions[edit.undeclared]
        old = old.with_names(edit.renamed)
        new, new_path = self.version(edit.new, "%d/new" % number, newer=True, undeclared=edit.undeclared)
        done = self.run("check", "--against", old_path, new_path, status=None)
        rules = sorted(set(RULE.findall(done.stdout)))
        if rules != edit.rules:
            return "check says %s, not %s\n%s%s" % (rules, edit.rules, done.stdout, done.stderr)
        wire = {self.verdict(rule)[0] for rule in rules}
        code = "breaks" if any(self.verdict(rule)[1] == "breaks" for rule in rules) else "fine"
        if done.returncode != int("breaks" in wire or code == "breaks"):
            return "exit status %d" % done.returncode
        why = self.wire_fault(number, edit, wire, old, new)
        if why is None and source:
            self.header(new_path)
            why = None if self.first else self.source_fault(code, old, new, new_path.parent)
            why = why or self.code_fault(edit, old, old_path.parent, new, new_path.parent)
        return why

    def wire_fault(self, number, edit, wire, old, new):
        """The verdict on messages against what each side reads of the other's."""
        forth, count = failures(self.read, old, new)
        back, more = failures(self.read, new, old)
        self.payloads += count + more
        others = self.other_versions(number, edit, old, new)
        if "breaks" in wire:
            if len(edit.rules) == 1 and ((forth and back) or others):
                self.in_no_order.add(edit.rules[0])
            return None if forth or back or others else "it breaks nothing"
        expected = {"fine": (False, False), "fine, writers first": (True, False), "fine, readers first": (False, True)}
        broken = [any(expected[each][way] for each in wire) for way in (0, 1)]
        if forth and not broken[0]:
            return "old messages, new readers: %s" % forth[0]
        if back and not broken[1]:
            return "new messages, old readers: %s" % back[0]
        if others and not broken[0]:
            return "with another version: %s" % others[0]
        if broken[0] and not forth and not others:
            return "readers may come first: they read all that old writers write"
        return "writers may come first: old readers read all that they write" if broken[1] and not back else None

    def other_versions(self, number, edit, old, new):
        """What goes wrong with a version before the old one, or after the new one."""
        found = []
        if edit.forbidden is not None:
            path = edit.forbidden.write(self.build / ("%d/forbidden" % number))
            done = self.run("schema", "-o", path.with_suffix(".schema"), path, status=1)
            if "[DI0036]" not in done.stderr:
                raise AssertionError("a reserved number was given away")
        if edit.later is not None:
            later, _ = self.version(edit.later, "%d/later" % number, newer=True)
            found += failures(self.read, old, later)[0] + failures(self.read, later, old)[0]
        if edit.older is not None:
            older, _ = self.version(edit.older, "%d/older" % number)
            found += failures(self.read, older, new)[0]
        return found

    # source

    def header(self, path):
        self.run("-o", path.parent, path)
        part = path.parent / "part.didl"
        self.run("-o", path.parent, part)
        return path.parent

    def compile(self, text, directory):
        """What the compiler says of C with the headers of a directory; "": nothing."""
        done = subprocess.run([*COMPILER, "-I", self.root / "libdarqwire/include", "-I", directory, "-x", "c", "-"], input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        return done.stdout if done.returncode != 0 else ""

    def source_fault(self, code, old, new, directory):
        text = Source(old.schema).text()
        said = self.compile(text, directory)
        broken = said or left_out(old.schema, new.schema)
        if code == "fine" and broken:
            return "source: %s" % broken
        return "source: it compiles, and does what it did" if code == "breaks" and not broken else None

    def code_fault(self, edit, old, old_directory, new, new_directory):
        """The generated code of both versions against the walker."""
        only_names = all("renamed" in rule or "c-name" in rule for rule in edit.rules)
        if only_names or all(new.signatures.get(key_in(old, new, key)) == text for key, text in old.signatures.items()):
            return None
        program = self.generated.build(new, new_directory)
        for writer, writer_program, reader, reader_program in ((old, old_directory / "code", new, program),
                                                               (new, program, old, old_directory / "code")):
            why, count = fault(self.read, writer, writer_program, reader, reader_program)
            self.packed += count
            if why is not None:
                return "generated code: %s" % why
        return None

    # all

    def one(self, number, edit, source):
        try:
            why = self.edit(number, edit, source)
        except (AssertionError, ValueError, KeyError, RuntimeError) as error:
            why = "%s: %s" % (type(error).__name__, error)
        if why is not None:
            print("FAILED %s: %s" % (edit.what, why))
        return why is None

    def main(self):
        edits = Edits(self.corpus).all()
        edits = [each for each in edits if not self.words or any(word in each.what for word in self.words)]
        self.generated = Generated(self.root, self.archive, self.build)
        for undeclared in (False, True):
            version, path = self.version(self.corpus, "old-%d" % undeclared, undeclared=undeclared)
            version.data()
            self.old_versions[undeclared] = version, path
            self.generated.build(version, self.header(path))
        said = self.compile(Source(self.corpus).text(), path.parent)
        if said:
            print("FAILED the source doesn't compile with its own header\n" + said)
            return 1
        seen, sources = collections.Counter(), []
        for each in edits:
            seen[tuple(each.rules)] += 1
            sources.append(seen[tuple(each.rules)] <= COMPILED or bool(self.words or os.environ.get("ALL")) or
                           each.what.startswith("ping request"))
        if self.first:
            edits, sources = [each for each, first in zip(edits, sources) if first], [True] * sum(sources)
        with concurrent.futures.ThreadPoolExecutor(2) as workers:
            passed = sum(workers.map(self.one, range(len(edits)), edits, sources))
        whole = [] if self.words or self.first else [
            ("no edit shows %s", self.rules_without_edit(edits)),
            ("an order of upgrading would do for %s", self.gentle(edits))]
        for text, rules in whole:
            if rules:
                print("FAILED " + text % ", ".join(sorted(rules)))
        wrong = sum(bool(rules) for _, rules in whole)
        print("SEED=%s: %d edits, %d payloads read by the other version; of %d edits the C compiled, %d payloads exchanged by it" % (
            self.seed, len(edits), self.payloads, sum(sources), self.packed))
        print("%d passed, %d failed" % (passed, len(edits) - passed + wrong))
        return passed != len(edits) or wrong != 0

    def gentle(self, edits):
        """Rules that break, and of which each edit was fine in one order."""
        alone = {each.rules[0] for each in edits if len(each.rules) == 1}
        return {rule for rule in alone if self.verdict(rule)[0] == "breaks"} - self.in_no_order - STERN

    def rules_without_edit(self, edits):
        text = (self.root / "darqidl/README.md").read_text()
        return set(re.findall(r"^\| `([a-z-]+)` \| .* \| [a-z, ]+ \| [a-z]+ \|$", text, re.M)) - {
            rule for each in edits for rule in each.rules}


if __name__ == "__main__":
    sys.exit(Run(*sys.argv[1:6], sys.argv[6:]).main())
