# SPDX-License-Identifier: MIT
"""Generated and mutated schemas: each compiles or is refused with an error, nothing by half, and is laid out or left alone.

$VOLUME of each kind (2000); $SEED repeats a run. One process takes many files: what is wrong with one shows in its output.
"""
import os
import random
import re
import time

from darqidl import CompilerCase, ROOT, darqidl, good_schemas, words
from generate import Schema, mutated

VOLUME = int(os.environ.get("VOLUME", "2000"))
SEED = int(os.environ.get("SEED", "0"), 0) or int(time.time())
BATCH = 250
REFUSED = re.compile(rb"^.*/(r\d+)\.didl(?::\d+:\d+)?: error: .* \[DI\d+\]$", re.M)


class Random(CompilerCase):
    def setUp(self):
        super().setUp()
        self.output = self.directory / "out"
        self.output.mkdir()

    def fail_with(self, what, names, texts):
        """Says which inputs, so that they can be looked at when the directory is gone."""
        self.fail("SEED=%d: %s: %s\n%s" % (SEED, what, ", ".join(names), "\n".join(repr(texts[name]) for name in names[:3])))

    def expect(self, what, names, texts):
        if names:
            self.fail_with(what, sorted(names), texts)

    def compile(self, texts):
        """Compiles files by name; those that were refused."""
        paths = [self.write(name + ".didl", text) for name, text in texts.items()]
        status, _, said = darqidl("-I", ROOT / "idl", "-o", self.output, *paths, seconds=300)
        if status not in (0, 1):
            self.fail_with("exit status %d after %r" % (status, said[-3000:]), list(texts), texts)
        refused = {name.decode() for name in REFUSED.findall(said)}
        written = [name.split(".") for name in os.listdir(self.output)]
        headers = {name for name, *end in written if end == ["darq", "h"]}
        sources = {name for name, *end in written if end == ["darq", "c"]}
        self.expect("left something else", {name for name, *end in written if end not in (["darq", "h"], ["darq", "c"])}, texts)
        self.expect("written by half", headers ^ sources, texts)
        self.expect("neither written nor refused", texts.keys() - sources - refused, texts)
        self.expect("written and refused", sources & refused, texts)
        self.assertEqual(status, int(bool(refused)))
        for path in self.output.iterdir():
            path.unlink()
        return refused

    def lay_out(self, texts):
        """Lays files out; those that were refused, which only the grammar may do."""
        paths = {name: self.directory / (name + ".didl") for name in texts}
        status, _, said = darqidl("fmt", *paths.values(), seconds=300)
        refused = {name.decode() for name in REFUSED.findall(said)}
        after = {name: path.read_bytes() for name, path in paths.items()}
        self.assertEqual(status, int(bool(refused)), said[-3000:])
        self.expect("refused and changed", {name for name in refused if after[name] != texts[name]}, texts)
        kept = texts.keys() - refused
        self.expect("other words", {name for name in kept if words(after[name]) != words(texts[name])}, texts)
        status, listed, _ = darqidl("fmt", "--check", *(paths[name] for name in sorted(kept)), seconds=300) if kept else (0, b"", b"")
        self.expect("laid out otherwise again", {line.rpartition(b"/")[2].decode()[:-5] for line in listed.splitlines()}, texts)
        self.assertEqual(status, 0)
        return refused

    def batches(self, make):
        for first in range(0, VOLUME, BATCH):
            texts = {"r%d" % number: make(number, random.Random(SEED * 1000003 + number))
                     for number in range(first, min(first + BATCH, VOLUME))}
            refused = self.compile(texts)
            yield texts, refused, self.lay_out(texts)
            for name in texts:
                (self.directory / (name + ".didl")).unlink()

    def test_generated_schemas_compile_and_are_laid_out(self):
        print("SEED=%d VOLUME=%d" % (SEED, VOLUME))
        for texts, refused, refused_by_fmt in self.batches(lambda number, chance: Schema(chance, "r%d" % number).text()):
            self.expect("refused", refused | refused_by_fmt, texts)

    def test_mutated_schemas_compile_or_are_refused(self):
        corpus = [path.read_bytes() for path in good_schemas() + sorted((ROOT / "tests/golden/bad").glob("*.didl"))]
        seen = 0

        def make(number, chance):
            text = Schema(chance, "r%d" % number).text() if chance.random() < 0.5 else chance.choice(corpus)
            return mutated(text, corpus, chance)

        for texts, refused, refused_by_fmt in self.batches(make):
            self.expect("compiled, but not laid out", refused_by_fmt - refused, texts)
            seen += len(refused)
        self.assertTrue(VOLUME / 4 < seen < VOLUME, "%d of %d were refused" % (seen, VOLUME))
