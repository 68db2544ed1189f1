#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Diagnostics: each schema of bad/ gives exactly the messages of its .err file, and no output.

usage: diagnostics.py DARQIDL [--write]

With --write the .err files are written anew; look at the difference before you commit it.
"""
import pathlib
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent / "bad"


def messages(darqidl, schema, directory):
    """What the compiler says about a schema, and its exit status."""
    command = [darqidl, "-I", "imports", "-o", directory, schema.name]
    done = subprocess.run(command, cwd=FOLDER, stderr=subprocess.PIPE, timeout=60, check=False)
    return done.stderr, done.returncode


def fault(darqidl, schema):
    """What is wrong with the messages of one schema; None: nothing."""
    with tempfile.TemporaryDirectory() as directory:
        text, status = messages(darqidl, schema, directory)
        written = list(pathlib.Path(directory).iterdir())
    expected = schema.with_suffix(".err").read_bytes()
    if text != expected:
        return f"expected\n{expected.decode(errors='replace')}got\n{text.decode(errors='replace')}"
    errors = b": error: " in expected
    if status != int(errors):
        return f"exit status {status}"
    return "files were written" if errors and written else None


def main():
    darqidl = str(pathlib.Path(sys.argv[1]).resolve())
    schemas = sorted(FOLDER.glob("*.didl"))
    failed = 0
    for schema in schemas:
        if "--write" in sys.argv:
            with tempfile.TemporaryDirectory() as directory:
                schema.with_suffix(".err").write_bytes(messages(darqidl, schema, directory)[0])
            continue
        why = fault(darqidl, schema)
        if why is not None:
            failed += 1
            print(f"{schema.name}: {why}")
    print(f"{len(schemas) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
