#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Our decoders against one in plain Python: run.py DARQIDL ARCHIVE SOURCE_DIR BUILD_DIR [MESSAGES [EXHAUSTED]].

Draws MESSAGES messages of every parameter list of many schemas (our own, one with every type in every place, random
ones), damages half of them, and asks three decoders: wire.py, written from libdarqwire/README.md alone, the generated
code and the schema's walker (verdict.c). All must agree on the verdict and on the value; what generated code and the
schema's builder write of it must be the same, and what was written plainly must come out byte by byte. Of EXHAUSTED
small messages every truncation and every value of every byte is asked as well. $SEED repeats a run. With $SANITIZE
the archive was built with these sanitizers; with $CC and $EMULATOR it is another processor's.
"""
import concurrent.futures
import importlib.util
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import time

import draw
import schema
import wire

HERE = pathlib.Path(__file__).resolve().parent
RANDOM_SCHEMAS = 20
BATCH = 2500
SMALL = 72              # bytes of messages that are exhausted


def random_schemas():
    """The drawing of schemas that Cyclone DDS is asked about."""
    spec = importlib.util.spec_from_file_location("random_schemas", HERE.parent / "random" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Schema


class List:
    """A parameter list, and the header of its messages for verdict.c."""

    def __init__(self, name, interface, ordinal, part, type):
        self.name = "%s: %016x.%d part %d" % (name, interface, ordinal, part)
        self.key = struct.pack("<QII", interface, ordinal, part)
        self.type = type


class Message:
    def __init__(self, list, data, ports, plain=False):
        self.list, self.data, self.ports, self.plain = list, data, ports, plain

    def record(self):
        return self.list.key + struct.pack("<II", self.ports, len(self.data)) + self.data

    def expected(self):
        """None, or the value."""
        try:
            return wire.read_all(self.list.type, self.data, self.ports)
        except wire.Refused:
            return None

    def fault(self, line):
        """What is wrong about a line of verdict.c; None if it agrees."""
        value = self.expected()
        if line[:1] == "!":
            return line
        if (value is not None) != (line[:1] == "A"):
            return "Python %s it, C says %s" % ("refuses" if value is None else "accepts", line)
        if value is None:
            return "a plain message is refused" if self.plain else None
        first, _, second = line[4:].partition("\t")
        if first != self.list.type.show(value, False) + ",":
            return "Python reads %s\nC reads      %s" % (self.list.type.show(value, False), first)
        return self.again_fault(line[2], value, second or first)

    def again_fault(self, mark, value, text):
        if self.plain and mark != "=" and "port " not in text:  # ports are numbered anew
            return "a plain message is packed to other bytes"
        if mark == "x":
            return None if "#" in text or text.count("port ") > 64 else "it can't be packed again"
        if mark == "~" and text != self.list.type.show(value, True) + ",":
            return "packed again it says %s\nit should say       %s" % (text, self.list.type.show(value, True))
        return None


def drawn(lists, chance, count):
    """Half of them damaged; of the rest half as only others would write them."""
    for index in range(count):
        each, ports = chance.choice(lists), chance.choice((1, 2, 5))
        kind = index % 4
        values = draw.Values(chance, ports)
        data = wire.write_all(each.type, values.draw(each.type), chance if kind & 1 else None)
        if kind >= 2:
            yield Message(each, draw.damaged(chance, data), ports - (chance.random() < 0.1))
        else:
            yield Message(each, data, ports, plain=kind == 0 and not values.bottom)


def small(lists, chance):
    while True:
        each = chance.choice(lists)
        data = wire.write_all(each.type, draw.Values(chance, 2).draw(each.type), chance if chance.random() < 0.5 else None)
        if 12 <= len(data) <= SMALL:
            return Message(each, data, 2)


def mutants(message):
    """Every truncation, every value of every byte."""
    data = message.data
    for size in range(len(data)):
        yield Message(message.list, data[:size], message.ports)
    for at in range(len(data)):
        for byte in range(256):
            yield Message(message.list, data[:at] + bytes((byte,)) + data[at + 1:], message.ports)


class Work:
    """What one process does: draws messages, asks both sides."""

    def __init__(self, program, schemas):
        self.program = program
        self.lists, seen = [], set()
        for name, data in schemas:
            for row in schema.lists(data):
                if row[:3] not in seen:
                    seen.add(row[:3])
                    self.lists.append(List(name, *row))

    def ask(self, messages):
        """(messages, accepted, complaints)"""
        done = subprocess.run([*emulator(), self.program], input=b"".join(each.record() for each in messages), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=500)
        lines = done.stdout.decode(errors="replace").splitlines()
        if done.returncode != 0 or len(lines) != len(messages):
            return len(messages), 0, ["%s\nstatus %d after %d of %d messages" % (
                "\n".join(lines[-40:]), done.returncode, len(lines), len(messages))]
        complaints = ["%s\n%s, %d ports\n%s" % (each.list.name, each.data.hex(), each.ports, fault)
                      for each, fault in zip(messages, map(Message.fault, messages, lines)) if fault is not None]
        return len(messages), sum(line[:1] == "A" for line in lines), complaints

    def batch(self, seed, count):
        return self.ask(list(drawn(self.lists, random.Random(seed), count)))

    def exhaust(self, seed):
        return self.ask(list(mutants(small(self.lists, random.Random(seed)))))


def emulator():
    """What the program is run by where it is another processor's."""
    return os.environ.get("EMULATOR", "").split()


work = None


def begin(program, schemas):
    global work
    work = Work(program, schemas)


def batch(seed, count):
    return work.batch(seed, count)


def exhaust(seed):
    return work.exhaust(seed)


def run(*command, **options):
    done = subprocess.run([str(each) for each in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode != 0:
        raise RuntimeError("%s\n%s" % (" ".join(map(str, command)), done.stdout))


class Build:
    """Schemas, the code generated from them, and verdict.c with all of it."""

    def __init__(self, darqidl, archive, root, build, seed):
        self.darqidl, self.archive, self.root, self.build = (pathlib.Path(each).resolve()
                                                             for each in (darqidl, archive, root, build))
        self.seed = seed
        sanitize = os.environ.get("SANITIZE")
        self.compiler = [*os.environ.get("CC", "gcc").split(), "-std=gnu11", "-w", "-D_GNU_SOURCE", "-I", self.root / "libdarqwire/include",
                         "-I", self.build, "-I", self.archive.parent.parent / "gen"]
        self.sanitize = ["-fsanitize=" + sanitize, "-fno-sanitize-recover=all"] if sanitize else []
        self.imports = self.root / "idl"

    def sources(self):
        """(file, where its output goes below the build directory)"""
        for file in sorted(self.imports.rglob("*.didl")):
            yield file, file.relative_to(self.imports).parent
        for name in ("golden/c/every", "golden/c/plain", "golden/c/streams", "unit/places", "interop/every"):
            yield self.root / "tests" / (name + ".didl"), pathlib.Path(name).parent
        Schema = random_schemas()
        for number in range(RANDOM_SCHEMAS):
            drawn_schema = Schema(number, random.Random(self.seed * 1000 + number))
            drawn_schema.draw()
            yield self.written(drawn_schema.package, "\n".join(drawn_schema.text) + "\n"), pathlib.Path("drawn")
        yield self.written("matrix", draw.matrix()), pathlib.Path("drawn")

    def written(self, name, text):
        file = self.build / (name + ".didl")
        file.write_text(text)
        return file

    def one(self, source):
        """(name, schema, names of its interfaces); its object stands beside the code."""
        file, place = source
        out = self.build / place
        run(self.darqidl, "schema", "-I", self.imports, "-o", out / (file.stem + ".schema"), file)
        run(*self.compiler, *self.sanitize, "-O0", "-c", out / (file.stem + ".darq.c"), "-o", out / (file.stem + ".o"))
        header = (out / (file.stem + ".darq.h")).read_text()
        return (file.stem, (out / (file.stem + ".schema")).read_bytes(),
                re.findall(r"^extern const struct darq_interface (\w+);", header, re.M))

    def program(self, workers):
        """(the program, [(name, schema)])"""
        self.build.mkdir(parents=True, exist_ok=True)
        sources = list(self.sources())
        for file, place in sources:     # all headers first: one includes another
            (self.build / place).mkdir(parents=True, exist_ok=True)
            run(self.darqidl, "-I", self.imports, "-o", self.build / place, file)
        made = list(workers.map(self.one, sources))
        names = [name for _, _, each in made for name in each]
        main = self.build / "interfaces.c"
        main.write_text("#include <darq/call.h>\n%s\nconst struct darq_interface *const interfaces[] = {%s};\n"
                        "const size_t interface_count = %d;\n" % (
                            "\n".join("extern const struct darq_interface %s;" % name for name in names),
                            ", ".join("&" + name for name in names), len(names)))
        objects = [self.build / place / (file.stem + ".o") for file, place in sources]
        run(*self.compiler, *self.sanitize, "-O1", "-g", "-o", self.build / "verdict", HERE / "verdict.c", main, *objects,
            self.archive, "-lm")
        return self.build / "verdict", [(name, data) for name, data, _ in made]


def main(darqidl, archive, root, build, messages="10000", exhausted="4"):
    seed = int(os.environ.get("SEED", "0"), 0) or int(time.time())
    print("SEED=%d, %s messages, %s exhausted" % (seed, messages, exhausted), flush=True)
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        program, schemas = Build(darqidl, archive, root, build, seed).program(workers)
    with concurrent.futures.ProcessPoolExecutor(2, initializer=begin, initargs=(program, schemas)) as workers:
        jobs = [workers.submit(batch, seed * 1000003 + number, min(BATCH, int(messages) - number))
                for number in range(0, int(messages), BATCH)]
        jobs += [workers.submit(exhaust, seed * 1000003 + 500000009 + number) for number in range(int(exhausted))]
        results = [job.result() for job in jobs]
    asked, accepted = (sum(each[index] for each in results) for index in (0, 1))
    complaints = [text for each in results for text in each[2]]
    for text in complaints[:10]:
        print("FAILED", text)
    print("%d messages, %d accepted, %d on which the decoders don't agree" % (asked, accepted, len(complaints)))
    print("%d passed, %d failed" % (sum(not each[2] for each in results), sum(bool(each[2]) for each in results)))
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
