#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generated code is what it is expected to be, compiles without a warning, and is laid out as the formatter would.

usage: generated.py DARQIDL SOURCE_DIR [--update]
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from compilers import C, CPP

HERE = pathlib.Path(__file__).resolve().parent
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-O2", "-fsyntax-only"]


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if done.returncode == 0 and not done.stdout else "%s\n%s" % (" ".join(map(str, command)), done.stdout)


class Checks:
    def __init__(self, darqidl, root, update):
        self.darqidl, self.root, self.update = darqidl, root, update
        self.passed = self.failed = 0

    def expect(self, name, complaint):
        if complaint:
            self.failed += 1
            print("FAILED %s\n%s" % (name, complaint))
        else:
            self.passed += 1

    def generate(self, schema, directory):
        return run(self.darqidl, "-I", self.root / "idl", "-I", HERE / "c", "-o", directory, schema)

    def same(self, expected, got):
        if self.update:
            shutil.copyfile(got, expected)
        return run("diff", "-u", expected, got)

    def compilers(self, schema, directory):
        include = ["-I", self.root / "libdarqwire" / "include", "-I", directory]
        source = directory / (schema.stem + ".darq.c")
        header = directory / (schema.stem + ".darq.h")
        for compiler, standard in C:
            self.expect("%s: %s -std=%s" % (schema.name, compiler, standard),
                        run(compiler, "-std=" + standard, *WARNINGS, *include, source))
        for compiler, standard in CPP:
            self.expect("%s: %s" % (schema.name, compiler),
                        run(compiler, "-std=" + standard, *WARNINGS, *include, "-include", header, "-x", "c++", os.devnull))

    def schema(self, schema):
        with tempfile.TemporaryDirectory(prefix="darqidl-") as name:
            directory = pathlib.Path(name)
            (directory / "darq").mkdir()
            self.generate(self.root / "idl" / "darq" / "object.didl", directory / "darq")
            self.expect(schema.name + ": compiles without a word", self.generate(schema, directory))
            files = [directory / (schema.stem + end) for end in (".darq.h", ".darq.c")]
            for file in files:
                self.expect(file.name + ": as expected", self.same(HERE / "c" / file.name, file))
                text = file.read_text()
                self.expect(file.name + ": at most 100 columns",
                            "\n".join(line for line in text.split("\n") if len(line) > 100))
                self.expect(file.name + ": names no path of this machine", name if name in text else "")
                if shutil.which("clang-format"):
                    self.expect(file.name + ": layout", run("clang-format", "--dry-run", "-Werror", "--style=file:%s"
                                                            % (self.root / ".clang-format"), file))
            before = [file.stat().st_mtime_ns for file in files]
            self.generate(schema, directory)
            self.expect(schema.name + ": written only if it changes",
                        "" if before == [file.stat().st_mtime_ns for file in files] else "written again")
            self.compilers(schema, directory)


def main():
    checks = Checks(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), "--update" in sys.argv)
    for schema in sorted((HERE / "c").glob("*.didl")):
        checks.schema(schema)
    print("%d passed, %d failed" % (checks.passed, checks.failed))
    return checks.failed != 0


if __name__ == "__main__":
    sys.exit(main())
