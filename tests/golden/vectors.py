#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Payloads whose bytes never change: vectors.py DARQIDL DARQCTL ARCHIVE SOURCE_DIR BUILD_DIR

wire/vectors.txt holds one vector a line: what it is for, a type of wire/vectors.didl, bytes, and

    = TYPE HEX JSON         the value; it is written as these bytes, and they are read as it
    < TYPE HEX JSON         they are read as it; it is written otherwise (an older or newer sender's, another length code)
    ! TYPE HEX PATH: WHY    nobody reads them; path and reason as darqctl tells them

Each is given to darqctl decode and encode, to the decoder in Python that was written from the specification, and, inside
a message of its own, to generated code, the walker and the builder. A DARQCTL of "-" leaves that one out.
"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop" / "differential"))
import run as differential
import schema
import values
import wire

PORTS = 64              # what darqctl takes a message to carry


class Vector:
    def __init__(self, line):
        self.kind, self.type, self.data, self.text = line.rstrip("\n").split(" ", 3)
        self.data = b"" if self.data == "-" else bytes.fromhex(self.data)

    def value(self):
        return json.loads(self.text)


class Wrapped(differential.Build):
    """Messages that hold one value: as a list's only parameter or, where bytes left over must be seen, in a table."""

    def __init__(self, *arguments):
        super().__init__(*arguments, 0)
        self.types = []

    def sources(self):
        self.written("vectors", (HERE / "wire" / "vectors.didl").read_text())
        yield self.build / "vectors.didl", pathlib.Path(".")
        tables = "".join("table T%d { 1: vectors.%s value; }\n" % each for each in enumerate(self.types))
        methods = "".join("    %d: m%d(vectors.%s value) -> (T%d table);\n" % (index + 1, index, name, index)
                          for index, name in enumerate(self.types))
        text = '/// Values alone.\npackage wrapped;\nimport "vectors.didl";\n%sinterface Wrapped {\n%s}\n'
        yield self.written("wrapped", text % (tables, methods)), pathlib.Path(".")

    def message(self, lists, vector):
        """The vector in a message; what isn't a type's but a method's is one already."""
        if vector.type.count("."):
            _, method, part = vector.type.rsplit(".", 2)
            number = {"put": 1, "nothing": 2}[method]
            return differential.Message(lists[number, part == "reply", "vectors"], vector.data, PORTS, vector.kind == "=")
        number = self.types.index(vector.type) + 1
        size = len(vector.data).to_bytes(4, "little")
        if vector.kind != "!":
            return differential.Message(lists[number, False, "wrapped"], size + vector.data, PORTS, vector.kind == "=")
        table = b"\1\0\0\x40" + size + vector.data
        body = len(table).to_bytes(4, "little") + table
        return differential.Message(lists[number, True, "wrapped"], len(body).to_bytes(4, "little") + body, PORTS)


class Checks:
    def __init__(self, darqctl, schema_file, types):
        self.darqctl, self.schema_file, self.types = darqctl, schema_file, types
        self.passed = self.failed = 0

    def expect(self, vector, what, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED %s %s: %s\n   got %s\n  want %s" % (vector.type, vector.data.hex(), what, got, expected))

    def tool(self, command, vector, data):
        done = subprocess.run([self.darqctl, command, self.schema_file, "vectors." + vector.type], input=data,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        return done.returncode, done.stdout, done.stderr.decode()

    def python(self, vector):
        type = self.types["vectors." + vector.type]
        try:
            value = values.to_json(type, wire.read_all(type, vector.data, PORTS))
        except wire.Refused:
            value = None
        self.expect(vector, "read in Python", value, None if vector.kind == "!" else vector.value())
        if vector.kind == "=":
            again = wire.write_all(type, values.from_json(type, vector.value()))
            self.expect(vector, "written in Python", again, vector.data)

    def darqctl_reads(self, vector):
        status, output, error = self.tool("decode", vector, vector.data)
        if vector.kind == "!":
            self.expect(vector, "decode", (status, output, error),
                        (1, b"", "darqctl: vectors.%s: %s\n" % (vector.type, vector.text)))
        else:
            self.expect(vector, "decode", (status, json.loads(output or "null"), error), (0, vector.value(), ""))

    def darqctl_writes(self, vector):
        if vector.kind == "=":
            self.expect(vector, "encode", self.tool("encode", vector, vector.text.encode()), (0, vector.data, ""))

    def generated(self, vectors, build, program, schemas):
        work = differential.Work(program, schemas)
        lists = {}
        for each in work.lists:
            package, _, numbers = each.name.partition(": ")
            number, part = numbers.split(".")[1].split(" part ")
            lists[int(number), part == "1", package] = each
        messages = [build.message(lists, each) for each in vectors]
        for vector, message in zip(vectors, messages):
            _, _, complaints = work.ask([message])
            self.expect(vector, "generated code", complaints, [])
            self.expect(vector, "verdict", message.expected() is None, vector.kind == "!")


def main(darqidl, darqctl, archive, root, build_directory):
    lines = (HERE / "wire" / "vectors.txt").read_text().splitlines()
    vectors = [Vector(line) for line in lines if line[:1] in ("=", "<", "!")]
    build = Wrapped(darqidl, archive, root, build_directory)
    build.types = sorted({each.type for each in vectors if not each.type.count(".")})
    with differential.concurrent.futures.ThreadPoolExecutor(2) as workers:
        program, schemas = build.program(workers)
    checks = Checks(darqctl, build.build / "vectors.schema", schema.named(dict(schemas)["vectors"]))
    for vector in vectors:
        checks.python(vector)
        if darqctl != "-":
            checks.darqctl_reads(vector)
            checks.darqctl_writes(vector)
    checks.generated(vectors, build, program, schemas)
    print("%d vectors\n%d passed, %d failed" % (len(vectors), checks.passed, checks.failed))
    return checks.failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
