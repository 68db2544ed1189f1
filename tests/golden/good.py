#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Good schemas, one construct or combination each: what the compiler made of it, and that its C is fine.

usage: good.py DARQIDL SOURCE_DIR [--write]

The resolved schema of each of good/ is that of its .json file, names in C, numbers and defaults included; --write writes
these anew: look at the difference before you commit it. The C of all of them compiles as one text without a warning, as
C11, C17 and C++17 (headers), and the same bytes come out of a second run. Whole generated files, and their layout, are
compared by generated.py.
"""
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile

from compilers import C, CPP

FOLDER = pathlib.Path(__file__).resolve().parent / "good"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-O2"]


def run(*command, data=None):
    done = subprocess.run([str(each) for each in command], input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          cwd=FOLDER, check=False)
    return done.returncode, done.stdout


class Checks:
    def __init__(self, darqidl, root):
        self.darqidl, self.root = darqidl, root
        self.schemas = sorted(FOLDER.glob("*.didl"))
        self.passed = self.failed = 0

    def expect(self, name, complaint):
        self.passed += not complaint
        self.failed += bool(complaint)
        if complaint:
            print("FAILED %s\n%s" % (name, complaint))

    def resolved(self, write):
        for schema in self.schemas:
            golden = schema.with_suffix(".json")
            status, text = run(self.darqidl, "json", schema.name)
            if write and status == 0:
                golden.write_bytes(text)
            expected = golden.read_bytes() if golden.exists() else b""
            difference = "" if text == expected else run("diff", "-u", golden, "-", data=text)[1].decode(errors="replace")
            self.expect(schema.name, difference or ("exit status %d" % status if status else ""))

    def generate(self, directory):
        files = [schema.name for schema in self.schemas] + [
            str(path.relative_to(FOLDER)) for path in sorted(FOLDER.glob("imports/**/*.didl"))]
        for name in files:
            output = directory / name
            output.parent.mkdir(parents=True, exist_ok=True)
            status, said = run(self.darqidl, "-I", "imports", "-o", output.parent, name)
            self.expect(name + ": compiles without a word", said.decode(errors="replace") or ("" if status == 0 else "status"))
        return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*.darq.?")}

    def compiler(self, compiler, standard, directory):
        """All of it as one text: names of different packages don't meet."""
        end = ".darq.h" if "++" in compiler else ".darq.c"
        text = "".join("#include \"%s%s\"\n" % (schema.stem, end) for schema in self.schemas)
        language = "c++" if "++" in compiler else "c"
        return run(compiler, "-std=" + standard, *WARNINGS, "-I", directory, "-I", directory / "imports", "-I",
                   self.root / "libdarqwire/include", "-x", language, "-c", "-o", "/dev/null", "-", data=text.encode())

    def compilers(self, directory):
        with concurrent.futures.ThreadPoolExecutor(2) as workers:
            for pair, (status, said) in zip(C + CPP, workers.map(lambda pair: self.compiler(*pair, directory), C + CPP)):
                self.expect("%s -std=%s" % pair, said.decode(errors="replace") if status or said else "")

    def main(self, write):
        self.resolved(write)
        with tempfile.TemporaryDirectory(prefix="darqidl-") as first, tempfile.TemporaryDirectory() as second:
            written = self.generate(pathlib.Path(first))
            again = self.generate(pathlib.Path(second))
            self.expect("the same bytes again", "" if written == again else "they differ")
            self.compilers(pathlib.Path(first))
        print("%d passed, %d failed" % (self.passed, self.failed))
        return self.failed != 0


if __name__ == "__main__":
    sys.exit(Checks(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()).main("--write" in sys.argv))
