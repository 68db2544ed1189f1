#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random schemas against Cyclone DDS: run.py DARQIDL ARCHIVE SOURCE_DIR BUILD_DIR [SCHEMAS [VALUES]].

Draws schemas, feeds them to darqidl and, by `darqidl idl`, to Cyclone's idlc, writes code that fills a value of either
side with the same content, and runs it (cyclone.c). $SEED repeats a run. What this release of idlc can't express isn't
drawn: negative enumerators, values of enums and bits that aren't declared, empty tables, recursion. With $SANITIZE the
archive was built with these sanitizers, as darqidl's code is then; Cyclone's isn't, nor what fills values.
"""
import concurrent.futures
import os
import pathlib
import random
import subprocess
import sys
import time

SCALARS = {"bool": "bool", "u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t",
           "i8": "int8_t", "i16": "int16_t", "i32": "int32_t", "i64": "int64_t", "f32": "float", "f64": "double"}
WIDTHS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}
ENUM_BASES = ("u8", "u16", "u32", "i8", "i16", "i32")


class Schema:
    """One .didl file, and the C that fills its values."""

    def __init__(self, number, chance):
        self.number, self.chance = number, chance
        self.package = "s%d" % number
        self.text = ["/// Drawn at random.", "package %s;" % self.package, ""]
        self.code = []
        self.named = []         # (kind, name, detail)
        self.ports = []         # the most ports that a value of each may hold
        self.serial = 0

    def fresh(self):
        self.serial += 1
        return self.serial

    def c_name(self, name):
        words = "".join(("_" if index and letter.isupper() else "") + letter.lower()
                        for index, letter in enumerate(name))
        return "%s_%s" % (self.package, words)

    # types: tuples of ("scalar", name), ("string", bound), ("bytes", bound), ("vec", type, bound),
    # ("array", type, count), ("named", index), ("port",)

    def didl(self, kind):
        bound = lambda number: "<%d>" % number if number else ""
        if kind[0] == "scalar":
            return kind[1]
        if kind[0] in ("string", "bytes"):
            return kind[0] + bound(kind[1])
        if kind[0] == "vec":
            return "vec<%s%s>" % (self.didl(kind[1]), ", %d" % kind[2] if kind[2] else "")
        if kind[0] == "array":
            return "array<%s, %d>" % (self.didl(kind[1]), kind[2])
        if kind[0] == "port":
            return "port"
        return self.named[kind[1]][1]

    def c_type(self, kind):
        if kind[0] == "scalar":
            return SCALARS[kind[1]]
        if kind[0] == "port":
            return "struct darq_proxy"
        if kind[0] in ("string", "bytes"):
            return "struct darq_" + kind[0]
        what, name, detail = self.named[kind[1]]
        if what == "bits":
            return "uint64_t" if detail["base"] == "u64" else "uint32_t"
        return "%s %s" % ("enum" if what == "enum" else "struct", self.c_name(name))

    def is_large(self, kind):
        return kind[0] == "array" or (kind[0] == "named" and self.named[kind[1]][0] in ("struct", "table", "union"))

    def ports_in(self, kind):
        if kind[0] == "vec":
            return self.ports_in(kind[1]) * (kind[2] or 6)
        if kind[0] == "array":
            return self.ports_in(kind[1]) * kind[2]
        return self.ports[kind[1]] if kind[0] == "named" else kind[0] == "port"

    def draw_type(self):
        """One that holds few ports: a message carries 64."""
        kind = self.draw_any()
        return kind if self.ports_in(kind) <= 5 else ("scalar", "u32")

    def declare(self, what, name, detail, members=()):
        self.named.append((what, name, detail))
        self.ports.append(sum(self.ports_in(kind) for _, kind, _ in members))

    def draw_any(self, depth=0):
        roll = self.chance.random()
        if roll < 0.40:
            return ("scalar", self.chance.choice(list(SCALARS)))
        if roll < 0.52:
            return ("string", self.chance.choice((0, 0, 1, 7, 20)))
        if roll < 0.60:
            return ("bytes", self.chance.choice((0, 0, 1, 9)))
        if roll < 0.74 and depth == 0:
            return ("vec", self.draw_any(1), self.chance.choice((0, 0, 1, 5)))
        if roll < 0.82 and depth == 0:
            return ("array", self.draw_any(1), self.chance.choice((1, 2, 3, 5)))
        if roll < 0.84:
            return ("port",)
        if self.named:
            return ("named", self.chance.randrange(len(self.named)))
        return ("scalar", "u32")

    # declarations

    def strict(self):
        return self.chance.choice(("", "strict "))

    def draw_enum(self):
        name, base = "E%s" % chr(97 + len(self.named)), self.chance.choice(ENUM_BASES)
        values = sorted(self.chance.sample(range(0, 127), self.chance.randrange(1, 6)))
        self.text.append("%senum %s : %s { %s }" % (
            self.strict(), name, base, " ".join("V%d = %d;" % (value, value) for value in values)))
        self.declare("enum", name, values)

    def draw_bits(self):
        name, base = "B%s" % chr(97 + len(self.named)), self.chance.choice(list(WIDTHS))
        bits = sorted(self.chance.sample(range(WIDTHS[base]), self.chance.randrange(1, 6)))
        self.text.append("%sbits %s : %s { %s }" % (
            self.strict(), name, base, " ".join("B%d = 0x%x;" % (bit, 1 << bit) for bit in bits)))
        self.declare("bits", name, {"base": base, "bits": bits})

    def draw_newtype(self):
        name = "N%s" % chr(97 + len(self.named))
        beneath = self.chance.choice([("scalar", each) for each in SCALARS] + [("string", 0), ("string", 5), ("bytes", 0)])
        self.text.append("newtype %s = %s;" % (name, self.didl(beneath)))
        self.declare("newtype", name, beneath)

    def draw_members(self, low, high):
        return [("m%d" % index, self.draw_type(), self.chance.random() < 0.3)
                for index in range(self.chance.randrange(low, high))]

    def draw_struct(self):
        name, members = "S%s" % chr(97 + len(self.named)), self.draw_members(1, 8)
        self.text.append("struct %s { %s }" % (name, " ".join(
            "%s%s %s;" % (self.didl(kind), "?" if optional else "", member) for member, kind, optional in members)))
        self.filler(name, lambda: [self.fill_member(*each) for each in members])
        self.declare("struct", name, members, members)

    def draw_table(self):
        name, members = "T%s" % chr(97 + len(self.named)), self.draw_members(1, 9)
        numbers = sorted(self.chance.sample(range(1, 1000), len(members)))
        order = list(zip(numbers, members))
        shuffled = self.chance.sample(order, len(order))
        self.text.append("table %s { %s }" % (name, " ".join(
            "%d: %s %s;" % (number, self.didl(kind), member) for number, (member, kind, _) in shuffled)))
        self.filler(name, lambda: [self.fill_member(member, kind, True) for _, (member, kind, _) in order])
        self.declare("table", name, None, members)

    def draw_union(self):
        name, members = "U%s" % chr(97 + len(self.named)), self.draw_members(1, 6)
        numbers = sorted(self.chance.sample(range(1, 1000), len(members)))
        self.text.append("%sunion %s { %s }" % (self.strict(), name, " ".join(
            "%d: %s %s;" % (number, self.didl(kind), member) for number, (member, kind, _) in zip(numbers, members))))

        def body():
            lines = ["switch (draw_below(%d)) {" % len(members)]
            for index, (number, (member, kind, _)) in enumerate(zip(numbers, members)):
                lines += ["case %d:" % index, "o->which = %d; t->_d = %d;" % (number, number)]
                lines.append(self.fill_held(kind, "o->" + member, "t->_u." + member))
                lines.append("break;")
            return lines + ["}"]

        self.filler(name, body)
        self.declare("union", name, None, members)

    def filler(self, name, body):
        self.code.append("static void fill_%s(struct %s *o, %s_%s *t)\n{\n%s\n}\n" % (
            name, self.c_name(name), self.package, name, "\n".join(body())))

    # values

    def fill(self, kind, ours, theirs):
        if kind[0] == "scalar":
            value = {"bool": "draw() & 1", "f32": "(float)(int32_t)draw() / 64", "f64": "(double)(int64_t)draw() / 64"}
            return "%s = %s = (%s)(%s);" % (ours, theirs, SCALARS[kind[1]], value.get(kind[1], "draw()"))
        if kind[0] == "string":
            if kind[1]:
                return "%s = draw_text(%d); memcpy(%s, (%s).data, (%s).size + 1);" % (ours, kind[1], theirs, ours, ours)
            return "%s = draw_text(40); %s = (char *)(%s).data;" % (ours, theirs, ours)
        if kind[0] == "bytes":
            return ("{ size_t n = draw_below(%d); uint8_t *p = give(n + 1); for (size_t k = 0; k < n; k++) p[k] = (uint8_t)draw(); "
                    "%s = darq_bytes_of(p, n); (%s)._length = (%s)._maximum = (uint32_t)n; (%s)._buffer = p; }"
                    % ((kind[1] or 30) + 1, ours, theirs, theirs, theirs))
        if kind[0] == "port":
            return "(%s).port = port_take(&%s);" % (ours, theirs)
        if kind[0] in ("vec", "array"):
            return self.fill_sequence(kind, ours, theirs)
        what, name, detail = self.named[kind[1]]
        if what == "enum":
            return "{ static const int v[] = {%s}; int k = v[draw_below(%d)]; %s = k; %s = k; }" % (
                ", ".join(map(str, detail)), len(detail), ours, theirs)
        if what == "bits":
            mask = sum(1 << bit for bit in detail["bits"])
            return "{ uint64_t k = draw() & UINT64_C(0x%x); %s = (%s)k; %s = k; }" % (mask, ours, self.c_type(kind), theirs)
        if what == "newtype":
            return self.fill(detail, "(%s).value" % ours, theirs)
        return "fill_%s(&%s, &%s);" % (name, ours, theirs)

    def fill_sequence(self, kind, ours, theirs):
        serial = self.fresh()
        index, left, right = "i%d" % serial, "a%d" % serial, "b%d" % serial
        if kind[0] == "array":
            inner = self.fill(kind[1], "(%s)[%s]" % (ours, index), "(%s)[%s]" % (theirs, index))
            return "for (size_t %s = 0; %s < %d; %s++) { %s }" % (index, index, kind[2], index, inner)
        inner = self.fill(kind[1], "%s[%s]" % (left, index), "%s[%s]" % (right, index))
        return ("{ size_t n%d = draw_below(%d); %s *%s = give((n%d + 1) * sizeof *%s); "
                "__typeof__((%s)._buffer) %s = give((n%d + 1) * sizeof *%s); "
                "for (size_t %s = 0; %s < n%d; %s++) { %s } (%s).data = %s; (%s).count = n%d; "
                "(%s)._length = (%s)._maximum = (uint32_t)n%d; (%s)._buffer = %s; }" % (
                    serial, (kind[2] or 6) + 1, self.c_type(kind[1]), left, serial, left, theirs, right, serial, right,
                    index, index, serial, index, inner, ours, left, ours, serial, theirs, theirs, serial, theirs, right))

    def fill_held(self, kind, ours, theirs):
        """What is held by a pointer on our side: struct, table, union, array inside something that may be absent."""
        if not self.is_large(kind):
            return self.fill(kind, ours, theirs)
        serial = self.fresh()
        if kind[0] == "array":
            return "{ %s *h%d = give(%d * sizeof *h%d); %s %s = h%d; }" % (
                self.c_type(kind[1]), serial, kind[2], serial, self.fill(kind, "h%d" % serial, theirs), ours, serial)
        return "{ %s *h%d = give(sizeof *h%d); %s %s = h%d; }" % (
            self.c_type(kind), serial, serial, self.fill(kind, "(*h%d)" % serial, theirs), ours, serial)

    def fill_member(self, member, kind, optional):
        ours, theirs = "o->" + member, "t->" + member
        if not optional:
            return self.fill(kind, ours, theirs)
        has = "" if self.is_large(kind) else "o->has_%s = true; " % member
        beneath = kind
        while beneath[0] == "named" and self.named[beneath[1]][0] == "newtype":
            beneath = self.named[beneath[1]][2]
        if beneath[0] == "string" and not beneath[1]:
            # Cyclone holds it by its own pointer, though idlc declares one more for a typedef.
            value = ours if kind[0] == "string" else ours + ".value"
            inner = "%s = draw_text(40); %s = (void *)(%s).data;" % (value, theirs, value)
        else:
            inner = "%s = give(sizeof *%s); %s" % (theirs, theirs, self.fill_held(kind, ours, "(*%s)" % theirs))
        return "if (draw() & 1) { %s%s }" % (has, inner)

    def draw(self):
        makers = (self.draw_enum, self.draw_bits, self.draw_newtype, self.draw_struct, self.draw_table, self.draw_union)
        for _ in range(self.chance.randrange(4, 11)):
            self.chance.choice(makers)()
        members = [(member, kind, False) for member, kind, _ in self.draw_members(3, 9)]
        members += [("o" + member, kind, True) for member, kind, _ in self.draw_members(0, 4)]
        self.text.append("interface Top { 1: run(%s); }" % ", ".join(
            "%s%s %s" % (self.didl(kind), "?" if optional else "", member) for member, kind, optional in members))
        body = "\n".join(self.fill_member(*each) for each in members)
        self.code.append(
            "static void fill(void *ours, void *theirs)\n{\n        struct %s_top_run_request *o = ours;\n"
            "        %s_Top_run_request *t = theirs;\n\n%s\n}\n" % (self.package, self.package, body))
        self.code.append("const struct schema %s_schema = {\"%s\", &%s_top_interface, &%s_Top_run_request_desc, "
                         "sizeof(struct %s_top_run_request), fill};\n" % ((self.package,) * 5))


def run(*command, **options):
    done = subprocess.run([str(each) for each in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode != 0:
        raise RuntimeError("%s\n%s" % (" ".join(map(str, command)), done.stdout))
    return done.stdout


class Run:
    def __init__(self, darqidl, archive, root, build, count, values):
        self.darqidl, self.archive, self.root, self.build = (pathlib.Path(each).resolve()
                                                             for each in (darqidl, archive, root, build))
        self.count, self.values = count, values
        sanitize = os.environ.get("SANITIZE")
        self.compiler = os.environ.get("CC", "gcc").split()
        self.sanitized = ["-fsanitize=" + sanitize, "-fno-sanitize-recover=all"] if sanitize else []
        self.seed = int(os.environ.get("SEED", "0"), 0) or int(time.time())

    def compile(self, source, *options):
        run(*self.compiler, *options, "-std=gnu11", "-O0", "-w", "-I", self.root / "libdarqwire/include", "-I", self.root,
            "-I", self.build, "-c", source, "-o", str(source)[:-2] + ".o", cwd=self.build)

    def schema(self, number):
        schema = Schema(number, random.Random(self.seed * 1000 + number))
        schema.draw()
        base = self.build / schema.package
        didl, idl, fill = base.with_suffix(".didl"), self.build / ("%s_idl.idl" % schema.package), self.build / (
            "%s_fill.c" % schema.package)
        didl.write_text("\n".join(schema.text) + "\n")
        run(self.darqidl, "-o", self.build, didl)
        idl.write_text(run(self.darqidl, "idl", didl))
        run("idlc", "-x", "final", "-o", self.build, idl)
        fill.write_text('#include <string.h>\n#include "tests/interop/random/cyclone.h"\n#include "%s.darq.h"\n#include '
                        '"%s_idl.h"\n#include "%s_idl.c"\n\n%s' % ((schema.package,) * 3 + ("\n".join(schema.code),)))
        self.compile(self.build / ("%s.darq.c" % schema.package), *self.sanitized)
        self.compile(fill)
        return schema.package

    def main_source(self, packages):
        source = self.build / "main.c"
        source.write_text(
            '#include "tests/interop/random/cyclone.h"\n#include <stdio.h>\n' +
            "".join("extern const struct schema %s_schema;\n" % each for each in packages) +
            "int main(void)\n{\n        const struct schema *all[] = {%s};\n        unsigned int failed = 0;\n"
            "        for (size_t i = 0; i < %d; i++)\n"
            "                failed += schema_run(all[i], %d, UINT64_C(%d) + i) != 0;\n"
            '        printf("%%u passed, %%u failed\\n", %du - failed, failed);\n        return failed != 0;\n}\n'
            % (", ".join("&%s_schema" % each for each in packages), len(packages), self.values, self.seed, len(packages)))
        return source

    def main(self):
        print("SEED=%d, %d schemas x %d values" % (self.seed, self.count, self.values))
        self.build.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(2) as workers:
            packages = list(workers.map(self.schema, range(self.count)))
        common = self.build / "cyclone.c"
        common.write_text('#include "tests/interop/random/cyclone.c"\n')
        self.compile(common)
        self.compile(self.main_source(packages))
        objects = [self.build / name for each in packages for name in (each + ".darq.o", each + "_fill.o")]
        # Generated calls go unused here: what they would need isn't linked.
        run(*self.compiler, *self.sanitized, "-o", self.build / "run", *objects, self.build / "cyclone.o", self.build / "main.o", self.archive,
            "-lddsc")
        done = subprocess.run([self.build / "run"], stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="")
        return done.returncode


if __name__ == "__main__":
    arguments = sys.argv[1:]
    schemas, values = (int(each) for each in (arguments[4:] + ["100", "200"][len(arguments) - 4:])[:2])
    sys.exit(Run(*arguments[:4], schemas, values).main())
