# SPDX-License-Identifier: MIT
"""Schemas drawn at random, right ones, of every construct; and texts that were right before they were changed."""
from darqidl import words

SCALARS = ("bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64")
RANGES = {"u8": (0, 255), "u16": (0, 65535), "u32": (0, 2**31 - 1), "i8": (-128, 127), "i16": (-32768, 32767),
          "i32": (-2**31, 2**31 - 1)}
BITS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}
WORDS = ("size", "name", "error", "stream", "table", "int", "class", "errno", "value", "vec", "port", "key", "x", "reserved")
COMMENTS = ("// plain", "/// doc", "/* inline */", "//// plain", "/* several\n * lines */", "/// doc\n/// of two lines")


class Schema:
    """The text of one, package and all; it compiles without an error."""

    def __init__(self, chance, package):
        self.chance = chance
        self.package = package
        self.lines = []
        self.names = {kind: [] for kind in ("enum", "bits", "error", "struct", "table", "union", "interface", "newtype",
                                            "alias", "number", "text")}
        self.members_of = {}
        self.methods_of = {}
        self.numbered = []
        self.serial = 0

    def pick(self, *kinds):
        found = [name for kind in kinds for name in self.names[kind]]
        return self.chance.choice(found) if found else None

    def fresh(self, prefix):
        self.serial += 1
        return "%s%d" % (prefix, self.serial)

    def bound(self):
        if self.names["number"] and self.chance.random() < 0.2:
            return self.chance.choice(self.names["number"])
        return self.chance.choice(("1", "7", "0x10", "255", "4294967295"))

    def element(self, ports):
        """A type that may stand in a vec."""
        roll = self.chance.random()
        if roll < 0.45:
            return self.chance.choice(SCALARS)
        if roll < 0.6:
            return self.chance.choice(("string", "bytes", "string<%s>" % self.bound(), "bytes<%s>" % self.bound()))
        if roll < 0.65 and ports:
            return "port<%s>" % self.pick("interface") if self.names["interface"] else "port"
        return self.pick("enum", "bits", "newtype", "alias", *(("struct", "table", "union") if ports else ())) or "u32"

    def type(self, ports=True):
        roll = self.chance.random()
        if roll < 0.15:
            return "vec<%s>" % self.element(ports)
        if roll < 0.2:
            return "vec<%s, %s>" % (self.element(ports), self.bound())
        if roll < 0.25:
            return "array<%s, %d>" % (self.element(ports), self.chance.randrange(1, 9))
        return self.element(ports)

    def member(self):
        return self.fresh(self.chance.choice(WORDS) + "_a")

    def attributes(self, *choices):
        return "".join(each + " " for each in choices if self.chance.random() < 0.08)

    def comment(self, text=None):
        """A comment, sometimes, and its line's end where it needs one."""
        if self.chance.random() > 0.06:
            return ""
        text = text or self.chance.choice(COMMENTS)
        return text + ("\n" if text.startswith("//") else " ")

    def gaps(self):
        return " reserved %s;" % self.chance.choice(('1000', '1000..1010', '"gone"', '1000, 1002..1004, "gone"'))

    # declarations

    def const(self):
        name = self.fresh("C")
        roll = self.chance.random()
        if roll < 0.4:
            self.lines.append("const u32 %s = %d;" % (name, self.chance.randrange(1, 1000)))
            self.names["number"].append(name)
        elif roll < 0.6:
            self.lines.append('const string %s = "%s";' % (name, self.chance.choice(("", "x", "\\\"\\\\\\n\\t", "\u00e9", "??/"))))
            self.names["text"].append(name)
        elif roll < 0.8 and self.names["bits"]:
            bits = self.pick("bits")
            members = self.members_of[bits]
            self.lines.append("const %s %s = %s;" % (bits, name, " | ".join(
                self.chance.choice(members) for _ in range(self.chance.randrange(1, 4)))))
        else:
            self.lines.append("const f64 %s = %s;" % (name, self.chance.choice(("-0.5", "1e10", "3", "2.5e-3"))))

    def alias(self):
        name = self.fresh("Al")
        self.lines.append("alias %s = %s;" % (name, self.element(False)))
        self.names["alias"].append(name)

    def newtype(self):
        name = self.fresh("Nt")
        self.lines.append("newtype %s = %s;" % (name, self.chance.choice(SCALARS + ("string", "bytes<9>"))))
        self.names["newtype"].append(name)

    def set(self, kind, name, head, values):
        members = [self.fresh("M") for _ in values]
        body = "".join(" %s%s = %s;" % (self.comment(), member, value) for member, value in zip(members, values))
        self.lines.append("%s {%s%s }" % (head, body, self.chance.choice(("", "", " reserved \"GONE\";"))))
        self.names[kind].append(name)
        self.members_of[name] = members

    def strict(self):
        return self.chance.choice(("", "", "strict "))

    def enum(self):
        name, base = self.fresh("En"), self.chance.choice(list(RANGES))
        low, high = RANGES[base]
        values = {0} | {self.chance.randrange(low, min(high, 999) + 1) for _ in range(self.chance.randrange(5))}
        self.set("enum", name, "%senum %s : %s" % (self.strict(), name, base), sorted(values))

    def bits(self):
        name, base = self.fresh("Bi"), self.chance.choice(list(BITS))
        values = {self.chance.randrange(BITS[base]) for _ in range(self.chance.randrange(1, 6))}
        self.set("bits", name, "%sbits %s : %s" % (self.strict(), name, base), ["0x%x" % (1 << value) for value in values])

    def error(self):
        name = self.fresh("Er")
        self.set("error", name, "error %s" % name, range(1, self.chance.randrange(2, 5)))

    def struct(self):
        name = self.fresh("St")
        self.lines.append("struct %s {%s }" % (name, "".join(" %s%s%s%s %s;" % (
            self.comment(), self.attributes("@sensitive", "@deprecated(\"no\")"), self.type(),
            self.chance.choice(("", "", "?")), self.member()) for _ in range(self.chance.randrange(1, 6)))))
        self.names["struct"].append(name)

    def numbered_members(self, low):
        numbers = self.chance.sample(range(1, 900), self.chance.randrange(low, 6))
        return "".join(" %s%s%d: %s %s;" % (self.comment(), self.attributes("@sensitive"), number, self.type(), self.member())
                       for number in numbers)

    def table(self):
        name = self.fresh("Ta")
        self.lines.append("table %s {%s%s }" % (name, self.numbered_members(0), self.gaps() if self.chance.random() < 0.2 else ""))
        self.names["table"].append(name)

    def union(self):
        name = self.fresh("Un")
        self.lines.append("%sunion %s {%s }" % (self.strict(), name, self.numbered_members(1)))
        self.names["union"].append(name)

    def default(self):
        roll = self.chance.random()
        if roll < 0.25 and self.names["bits"]:
            bits = self.pick("bits")
            return bits, " | ".join(self.members_of[bits])
        if roll < 0.5 and self.names["enum"]:
            enum = self.pick("enum")
            return enum, self.chance.choice(self.members_of[enum])
        if roll < 0.6 and self.names["text"]:
            return "string", self.pick("text")
        return self.chance.choice((("u8", "7"), ("i64", "-5"), ("f32", "0.25"), ("bool", "false"), ("string", "\"x\"")))

    def parameters(self, ports=True):
        listed = ["%s%s%s %s" % (self.comment(), self.attributes("@sensitive"), self.type(ports), self.member())
                  for _ in range(self.chance.randrange(4))]
        for _ in range(self.chance.choice((0, 0, 0, 1, 2))):
            kind, value = self.default()
            listed.append("%s %s = %s" % (kind, self.member(), value))
        return listed

    def stream(self):
        items = ["u32 %s" % self.member()] + ["string %s" % self.member() for _ in range(self.chance.randrange(2))]
        return self.chance.choice(("stream bytes", "stream (%s)" % ", ".join(items)))

    def method(self, number, name):
        attributes = self.attributes("@timeout(500)", "@deprecated(\"x\")", "@idempotent")
        parameters = self.parameters()
        if self.chance.random() < 0.15:
            return "%s%d: oneway %s(%s);" % (attributes, number, name, ", ".join(parameters))
        if self.chance.random() < 0.15:
            parameters.append(self.stream())
        roll = self.chance.random()
        result = "" if roll < 0.3 else " -> " + (self.stream() if roll < 0.45 else "(%s)" % ", ".join(self.parameters()))
        error = " ! " + self.pick("error") if self.names["error"] and self.chance.random() < 0.4 else ""
        return "%s%d: %s(%s)%s%s;" % (attributes, number, name, ", ".join(parameters), result, error)

    def interface(self):
        name = self.fresh("If")
        bases = []
        if self.names["interface"] and self.chance.random() < 0.3:
            bases = [self.pick("interface")]
        methods = ["%s%s" % (self.comment(), self.method(number, self.fresh("do_a")))
                   for number in self.chance.sample(range(1, 900), self.chance.randrange(4))]
        self.lines.append("%sinterface %s%s { %s }" % (
            "@id(0x%x) " % self.chance.randrange(1, 2**64) if self.chance.random() < 0.1 else "", name,
            " extends " + ", ".join(bases) if bases else "", " ".join(methods)))
        self.names["interface"].append(name)

    def text(self):
        makers = (self.const, self.alias, self.newtype, self.enum, self.bits, self.error, self.struct, self.table,
                  self.union, self.interface, self.interface)
        self.lines = [self.comment() + "package %s;" % self.package]
        for _ in range(self.chance.randrange(1, 9)):
            start = len(self.lines)
            self.chance.choice(makers)()
            self.lines[start] = self.comment() + self.lines[start]
        return ("\n".join(self.lines) + "\n").encode()


PIECES = (b'"', b"/*", b"*/", b"//", b"///", b"\0", b"\r", b"\xff", b"{", b"}", b"(", b"<", b"|", b";", b"0x", b"-", b"..",
          b"\xef\xbb\xbf", b"99999999999999999999", b"1e999", b"\xf0\x9f\x98\x80")


def words_mutated(text, corpus, chance):
    listed = words(text) or [b"x"]
    place, other = chance.randrange(len(listed)), chance.randrange(len(listed))
    kind = chance.randrange(4)
    if kind == 0:
        del listed[place]
    elif kind == 1:
        listed.insert(place, listed[other])
    elif kind == 2:
        listed[place] = chance.choice(words(chance.choice(corpus)) or [b"x"])
    else:
        listed[place], listed[other] = listed[other], listed[place]
    return b"".join(word + (b"\n" if word.startswith(b"//") else b" ") for word in listed)


def mutated(text, corpus, chance):
    """A text with a few changes: of bytes, of words, and with pieces of others."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        roll = chance.random()
        at = chance.randrange(len(text) + 1)
        if roll < 0.2:
            text = text[:at] + bytes([chance.randrange(256)]) + text[at + 1:]
        elif roll < 0.3:
            text = text[:at] + text[at + chance.randrange(1, 20):]
        elif roll < 0.4:
            text = text[:at] + chance.choice(PIECES) + text[at:]
        elif roll < 0.5:
            text = text[:at]
        elif roll < 0.6:
            other = chance.choice(corpus)
            begin = chance.randrange(len(other) + 1)
            text = text[:at] + other[begin:begin + chance.randrange(200)] + text[at:]
        else:
            text = words_mutated(text, corpus, chance)
    return text
