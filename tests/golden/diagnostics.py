#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad schemas get exactly the diagnostics that stand beside them, exit status 1, and nothing written.

usage: diagnostics.py DARQIDL
"""
import pathlib
import subprocess
import sys
import tempfile

BAD = pathlib.Path(__file__).resolve().parent / "bad"


def complaint(darqidl, schema):
    with tempfile.TemporaryDirectory(prefix="darqidl-") as output:
        done = subprocess.run([darqidl, "-I", ".", "-o", output, schema.name], cwd=BAD, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=10)
        written = [path.name for path in pathlib.Path(output).iterdir()]
    expected = schema.with_suffix(".err").read_bytes()
    if done.returncode != 1:
        return "exit status %d" % done.returncode
    if written:
        return "wrote " + ", ".join(written)
    return "" if done.stdout == expected else "expected\n%s\ngot\n%s" % (expected.decode(errors="replace"),
                                                                        done.stdout.decode(errors="replace"))


def main():
    darqidl = str(pathlib.Path(sys.argv[1]).resolve())
    passed = failed = 0
    for schema in sorted(BAD.glob("*.didl")):
        fault = complaint(darqidl, schema)
        passed, failed = passed + (not fault), failed + bool(fault)
        if fault:
            print("FAILED %s: %s" % (schema.name, fault))
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
