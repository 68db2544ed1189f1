#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What darqidl makes of every good schema is the same, byte by byte, on another processor: same.py DARQIDL FOREIGN SOURCE_DIR

The generated C, the resolved schema as JSON, and the binary schema that programs carry.
"""
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile


def made(darqidl, schema, imports):
    """{what: bytes} of one schema; what the compiler says and how it ends included."""
    with tempfile.TemporaryDirectory(prefix="darqidl-") as name:
        directory = pathlib.Path(name)
        result = {}
        for what, arguments in (("C", ["-o", name]), ("schema", ["schema", "-o", directory / "binary"]), ("JSON", ["json"])):
            places = [word for place in imports for word in ("-I", place)]
            done = subprocess.run([darqidl, *arguments, *places, schema], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=60, check=False)
            result[what] = "%d\n%s" % (done.returncode, done.stdout.decode(errors="replace"))
        result.update((path.name, path.read_bytes()) for path in directory.iterdir())
        return result


def main(darqidl, foreign, root):
    root = pathlib.Path(root).resolve()
    good = root / "tests" / "golden" / "good"
    schemas = sorted([*good.glob("*.didl"), *root.glob("idl/**/*.didl"), *root.glob("tests/golden/c/*.didl"),
                      *root.glob("tests/interop/*.didl"), *root.glob("examples/*/*.didl")])
    failed = 0

    def differences(schema):
        imports = (good / "imports",) if schema.parent == good else (root / "idl", root / "tests/golden/c")
        ours, theirs = (made(pathlib.Path(each).resolve(), schema, imports) for each in (darqidl, foreign))
        return [what for what in ours.keys() | theirs.keys() if ours.get(what) != theirs.get(what)] + (
            ["no C at all"] if len(ours) < 6 else [])

    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        for schema, names in zip(schemas, workers.map(differences, schemas)):
            failed += bool(names)
            if names:
                print("FAILED %s: %s" % (schema.relative_to(root), ", ".join(sorted(names))))
    print("%d passed, %d failed" % (len(schemas) - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
