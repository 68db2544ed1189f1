# SPDX-License-Identifier: MIT
"""Values of a schema: drawn, encoded (XCDR2, from the tables of libdarqwire/README.md), and what they mean.

A value is what read.c prints: integers, "s..." and "b..." for text and bytes in hexadecimal, lists, and objects by name.
"""
import struct

SIZES = {"bool": 1, "u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "f32": 4, "u64": 8, "i64": 8, "f64": 8}
FORMATS = {"bool": "B", "u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "f32": "f", "u64": "Q",
           "i64": "q", "f64": "d"}
UNDECLARED = {"u8": 200, "i8": 77, "u16": 40000, "i16": 77, "u32": 70000, "i32": -70000}    # which no enum of the corpus declares
UNBOUNDED = 24


def text(value):
    return "s" + value.encode().hex()


class Draw:
    """Values of one payload. The number of the payload decides what must come up within a few of them: everything that may be
    absent is there and as long as it may be (0, 3, 6...), as little as possible (1, 4...), each member of a union, each of an
    enum. The rest is chance."""

    def __init__(self, schema, chance, undeclared, payload):
        self.schema, self.chance, self.undeclared, self.payload = schema, chance, undeclared, payload
        self.full, self.empty = payload % 3 == 0, payload % 3 == 1

    def integer(self, kind):
        bits = 8 * SIZES[kind]
        low, high = (-2 ** (bits - 1), 2 ** (bits - 1) - 1) if kind[0] == "i" else (0, 2 ** bits - 1)
        return self.chance.choice((low, high, low + 1, high - 1, 1, self.chance.randint(low, high)))

    def present(self):
        return self.full or (not self.empty and self.chance.random() < 0.5)

    def size(self, bound):
        return bound if self.full else self.chance.randint(0, bound)

    def value(self, kind, element=False):
        kind = self.schema.beneath(kind)
        name = kind["kind"]
        if name == "bool":
            return self.chance.randint(0, 1)
        if name in ("f32", "f64"):
            return self.chance.randint(-1000, 1000) / 8
        if name in SIZES:
            return self.integer(name)
        if name == "string":
            return text("".join(self.chance.choice("aeiou") for _ in range(self.size(kind.get("bound", UNBOUNDED)))))
        if name == "bytes":
            return "b" + self.chance.randbytes(self.size(kind.get("bound", UNBOUNDED))).hex()
        if name == "vec":
            return [self.value(kind["element"], True) for _ in range(self.size(kind.get("bound", UNBOUNDED)))]
        if name == "array":
            return [self.value(kind["element"], True) for _ in range(kind["count"])]
        if name == "port":
            return self.chance.randrange(8)
        return getattr(self, name)(self.schema.declarations[kind["name"]], element)

    def one_of(self, all_, element):
        return self.chance.choice(all_) if element else all_[self.payload % len(all_)]

    def enum(self, declaration, element):
        numbers = [each["number"] for each in declaration["members"]]
        if self.undeclared and not declaration.get("strict"):
            numbers.append(UNDECLARED[declaration["base"]["kind"]])
        return self.one_of(numbers, element)

    def bits(self, declaration, _):
        value = 0
        for each in declaration["members"]:
            value |= int(each["number"]) * self.present()
        if self.undeclared and not declaration.get("strict"):
            value |= 0x40 * self.present()
        return value

    def struct(self, declaration, _):
        return self.list(declaration["members"])

    def table(self, declaration, _):
        return {each["name"]: self.value(each["type"]) for each in declaration["members"] if self.present()}

    def union(self, declaration, element):
        each = self.one_of(declaration["members"], element)
        return {each["name"]: self.value(each["type"])}

    def list(self, members):
        return {each["name"]: self.value(each["type"]) for each in members if not each.get("optional") or self.present()}


class Encoder:
    def __init__(self, schema):
        self.schema, self.data = schema, bytearray()

    def align(self, size):
        self.data += bytes(-len(self.data) % min(size, 4))

    def put(self, kind, value):
        self.align(SIZES[kind])
        self.data += struct.pack("<" + FORMATS[kind], value)

    def begin(self):
        self.put("u32", 0)
        return len(self.data)

    def end(self, begin):
        struct.pack_into("<I", self.data, begin - 4, len(self.data) - begin)

    def is_primitive(self, kind):
        return self.schema.beneath(kind)["kind"] in SIZES

    def scalar(self, kind):
        """The integer or float that it is; None: it is none."""
        kind = self.schema.beneath(kind)
        if kind["kind"] in ("enum", "bits"):
            return self.schema.declarations[kind["name"]]["base"]["kind"]
        return "u32" if kind["kind"] == "port" else kind["kind"] if kind["kind"] in SIZES else None

    def value(self, kind, value):
        kind = self.schema.beneath(kind)
        name = kind["kind"]
        scalar = self.scalar(kind)
        if scalar is not None:
            self.put(scalar, value)
        elif name in ("string", "bytes"):
            data = bytes.fromhex(value[1:]) + (b"\0" if name == "string" else b"")
            self.put("u32", len(data))
            self.data += data
        elif name in ("vec", "array"):
            self.sequence(kind, value)
        else:
            getattr(self, name)(self.schema.declarations[kind["name"]], value)

    def sequence(self, kind, value):
        begin = None if self.is_primitive(kind["element"]) else self.begin()
        if kind["kind"] == "vec":
            self.put("u32", len(value))
        for each in value:
            self.value(kind["element"], each)
        if begin is not None:
            self.end(begin)

    def members(self, members, value):
        for each in members:
            present = each["name"] in value
            if each.get("optional"):
                self.put("bool", present)
            if present:
                self.value(each["type"], value[each["name"]])
            elif not each.get("optional"):
                raise ValueError("%s is missing" % each["name"])

    def struct(self, declaration, value):
        self.members(declaration["members"], value)

    def table(self, declaration, value):
        begin = self.begin()
        for each in sorted(declaration["members"], key=lambda each: each["number"]):
            if each["name"] not in value:
                continue
            scalar = self.scalar(each["type"])
            code = {1: 0, 2: 1, 4: 2, 8: 3}[SIZES[scalar]] if scalar is not None else 4
            self.put("u32", code << 28 | each["number"])
            inner = self.begin() if code == 4 else None
            self.value(each["type"], value[each["name"]])
            if inner is not None:
                self.end(inner)
        self.end(begin)

    def union(self, declaration, value):
        begin = None if declaration.get("strict") else self.begin()
        for each in declaration["members"]:
            if each["name"] in value:
                self.put("u32", each["number"])
                self.value(each["type"], value[each["name"]])
        if begin is not None:
            self.end(begin)

    def list(self, members, value):
        begin = self.begin()
        self.members(members, value)
        self.end(begin)
        return bytes(self.data)


class Meaning:
    """What a value means to a program of its schema: with names and kinds instead of numbers and bytes."""

    def __init__(self, schema):
        self.schema = schema

    def name(self, owner, name):
        return self.schema.renamed.get((owner, name), name)

    def value(self, kind, value):
        kind = self.schema.beneath(kind)
        name = kind["kind"]
        if name in ("vec", "array"):
            return (name, [self.value(kind["element"], each) for each in value])
        if name == "port":
            interface = self.schema.declarations[kind["interface"]]["id"] if "interface" in kind else None
            return ("port", value, interface, self.schema)
        if "name" in kind:
            return getattr(self, name)(self.schema.declarations[kind["name"]], value)
        return (name, value)

    def enum(self, declaration, value):
        names = {each["number"]: self.name(declaration["full_name"], each["name"]) for each in declaration["members"]}
        return ("enum", names.get(value, value), set(names.values()))

    def bits(self, declaration, value):
        names = {self.name(declaration["full_name"], each["name"]): bool(value & int(each["number"]))
                 for each in declaration["members"]}
        return ("bits", names, value)

    def struct(self, declaration, value):
        return ("struct", self.members(declaration["full_name"], declaration["members"], value), set())

    def table(self, declaration, value):
        return ("table", self.members(declaration["full_name"], declaration["members"], value), set())

    def union(self, declaration, value):
        (name, inner), = value.items()
        known = {each["name"]: each for each in declaration["members"]}
        names = {self.name(declaration["full_name"], each) for each in known}
        if name not in known:
            return ("union", name, None, names)
        return ("union", self.name(declaration["full_name"], name), self.value(known[name]["type"], inner), names)

    def members(self, owner, members, value):
        return {self.name(owner, each["name"]): self.value(each["type"], value[each["name"]]) if each["name"] in value else None
                for each in members}

    def list(self, members, value):
        filled = {name for name, each in value.items() if isinstance(each, list) and each[:1] == ["default"]}
        plain = {name: each[1] if name in filled else each for name, each in value.items()}
        return ("list", self.members("", members, plain), {self.name("", name) for name in filled})


def agree(written, read):
    """Whether a reader understood what a writer meant, as far as it knows of it."""
    if written is None or read is None:
        return written is read
    if written[0] != read[0]:
        return False
    return {"struct": members_agree, "table": members_agree, "list": members_agree, "enum": enums_agree, "bits": bits_agree,
            "union": unions_agree, "vec": sequences_agree, "array": sequences_agree, "port": ports_agree}.get(
                written[0], lambda a, b: a == b)(written, read)


def members_agree(written, read):
    for name, value in read[1].items():
        if name in written[1]:
            if not agree(written[1][name], value):
                return False
        elif value is not None and name not in read[2]:
            return False
    return True


def enums_agree(written, read):
    if isinstance(read[1], int) and isinstance(written[1], str):
        return written[1] not in read[2]
    return written[1] == read[1] or (isinstance(written[1], int) and isinstance(read[1], str))


def bits_agree(written, read):
    return all(written[1].get(name, value) == value for name, value in read[1].items())


def unions_agree(written, read):
    if read[2] is None:
        return written[1] not in read[3]
    return written[1] == read[1] and agree(written[2], read[2])


def sequences_agree(written, read):
    return len(written[1]) == len(read[1]) and all(map(agree, written[1], read[1]))


def ports_agree(written, read):
    """A port that a writer calls one of an interface serves what the reader calls."""
    if written[1] != read[1] or read[2] is None:
        return written[1] == read[1]
    return written[2] is not None and read[2] in written[3].ids_served(written[2])
