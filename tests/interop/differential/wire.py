# SPDX-License-Identifier: MIT
"""Payloads in plain Python, written from "Payloads" in libdarqwire/README.md and nothing else.

Every type reads its value from bytes, writes it, and shows it as text. Values: bool, int, float, str, bytes; vecs and
arrays are lists; structs, tables and parameter lists dicts by name, what is absent left out; a union is (name, value), a
member that isn't known ("#7", bytes).

A writer that is given a chance also makes what others may write: members of tables in any order, twice, unknown ones
between them, other length codes, padding that isn't zero, parameter lists of older and newer senders, unknown
members of unions.
"""
import struct

NESTING_MAX = 32


class Refused(Exception):
    """The verdict on a message that breaks a rule."""


class Reader:
    def __init__(self, data, ports):
        self.data, self.ports = data, ports
        self.at, self.end, self.depth = 0, len(data), 0

    def take(self, size, align=1):
        """Where the next size bytes stand, behind the padding."""
        start = (self.at + align - 1) & -align
        if start + size > self.end:
            raise Refused("the bytes end early")
        self.at = start + size
        return start

    def u32(self):
        return int.from_bytes(self.data[self.take(4, 4):self.at], "little")

    def enter(self):
        self.depth += 1
        if self.depth > NESTING_MAX:
            raise Refused("nested too deep")

    def narrow(self, size):
        """The next size bytes are a value's own; what leave() needs."""
        if size > self.end - self.at:
            raise Refused("a value claims more bytes than there are")
        outer, self.end = self.end, self.at + size
        return outer

    def leave(self, outer):
        if self.at != self.end:
            raise Refused("a value ends before its bytes do")
        self.end = outer


class Writer:
    def __init__(self, chance=None):
        self.data, self.chance = bytearray(), chance

    def odd(self, share):
        """Whether to do what a writer of our own wouldn't."""
        return self.chance is not None and self.chance.random() < share

    def align(self, size):
        while len(self.data) % size:
            self.data.append(self.chance.randrange(256) if self.odd(0.1) else 0)

    def u32(self, value):
        self.align(4)
        self.data += value.to_bytes(4, "little")

    def begin(self):
        self.u32(0)
        return len(self.data)

    def finish(self, begin):
        self.data[begin - 4:begin] = (len(self.data) - begin).to_bytes(4, "little")


class Type:
    primitive = False       # a vec or array of it has no DHEADER
    code = 4                # the length code that is written for it in a table


class Number(Type):
    primitive = True

    def __init__(self, letter):
        self.packer = struct.Struct("<" + letter)
        self.size = self.packer.size
        self.code = (1, 2, 4, 8).index(self.size)
        self.alignment = min(self.size, 4)
        self.real = letter in "fd"

    def read(self, reader):
        return self.packer.unpack_from(reader.data, reader.take(self.size, self.alignment))[0]

    def write(self, writer, value):
        writer.align(self.alignment)
        writer.data += self.packer.pack(value)

    def show(self, value, ordered):
        if not self.real:
            return str(value)
        return "nan" if value != value else struct.pack(">d", value).hex()


class Bool(Number):
    def __init__(self):
        super().__init__("B")

    def read(self, reader):
        value = super().read(reader)
        if value > 1:
            raise Refused("a bool is 0 or 1")
        return value == 1

    def show(self, value, ordered):
        return "true" if value else "false"


class Set(Type):
    """Enums and bits: an integer, whose strict form has some values only."""

    def __init__(self, base, allowed):
        self.base, self.allowed, self.code = base, allowed, base.code

    def read(self, reader):
        value = self.base.read(reader)
        if not self.allowed(value):
            raise Refused("a value that the strict type doesn't have")
        return value

    def write(self, writer, value):
        self.base.write(writer, value)

    def show(self, value, ordered):
        return str(value)


class Port(Number):
    def __init__(self):
        super().__init__("I")

    def read(self, reader):
        index = super().read(reader)
        if index >= reader.ports:
            raise Refused("no such port")
        return index

    def show(self, value, ordered):
        return "port %d" % value


class Text(Type):
    code = 5

    def __init__(self, bound):
        self.bound = bound or float("inf")

    def read(self, reader):
        size = reader.u32()
        start = reader.take(size)
        if size == 0 or reader.data[start + size - 1] != 0 or size - 1 > self.bound:
            raise Refused("a string without its NUL, or beyond its bound")
        try:
            value = bytes(reader.data[start:start + size - 1]).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("a string that isn't UTF-8") from None
        if "\0" in value:
            raise Refused("a NUL in a string")
        return value

    def write(self, writer, value):
        data = value.encode() + b"\0"
        writer.u32(len(data))
        writer.data += data

    def show(self, value, ordered):
        return '"%s"' % value.encode().hex()


class Bytes(Type):
    code = 5

    def __init__(self, bound):
        self.bound = bound or float("inf")

    def read(self, reader):
        size = reader.u32()
        if size > self.bound:
            raise Refused("more bytes than the bound allows")
        start = reader.take(size)
        return bytes(reader.data[start:start + size])

    def write(self, writer, value):
        writer.u32(len(value))
        writer.data += value

    def show(self, value, ordered):
        return "'%s'" % value.hex()


class Row(Type):
    """A vec (count None) or array."""

    def __init__(self, element, bound, count):
        self.element, self.bound, self.count = element, bound or float("inf"), count

    @property
    def code(self):
        if not self.element.primitive:
            return 5
        return 4 if self.count is not None else {1: 5, 2: 4, 4: 6, 8: 7}[self.element.size]

    def read(self, reader):
        outer = None if self.element.primitive else reader.narrow(reader.u32())
        count = reader.u32() if self.count is None else self.count
        if count > self.bound or count > reader.end - reader.at:
            raise Refused("more elements than the bound, or the bytes, allow")
        value = [self.element.read(reader) for _ in range(count)]
        if outer is not None:
            reader.leave(outer)
        return value

    def write(self, writer, value):
        begin = None if self.element.primitive else writer.begin()
        if self.count is None:
            writer.u32(len(value))
        for each in value:
            self.element.write(writer, each)
        if begin is not None:
            writer.finish(begin)

    def show(self, value, ordered):
        return "[%s]" % "".join([self.element.show(each, ordered) + "," for each in value])


class Member:
    def __init__(self, name, number, type, optional=False, fallback=None):
        self.name, self.number, self.type, self.optional, self.fallback = name, number, type, optional, fallback


class Group(Type):
    """What has members."""

    def __init__(self, members):
        self.members = members

    def show(self, value, ordered):
        return "{%s}" % "".join(["%s=%s," % (member.name, member.type.show(value[member.name], ordered))
                                 for member in self.members if member.name in value])


class Struct(Group):
    def read(self, reader):
        reader.enter()
        value = {}
        for member in self.members:
            if not member.optional or BOOL.read(reader):
                value[member.name] = member.type.read(reader)
        reader.depth -= 1
        return value

    def write(self, writer, value):
        for member in self.members:
            if member.optional:
                BOOL.write(writer, member.name in value)
            if member.name in value:
                member.type.write(writer, value[member.name])


class ParameterList(Group):
    def read(self, reader):
        outer = reader.narrow(reader.u32())
        value = {}
        for member in self.members:
            known = reader.at < reader.end
            if not known and member.fallback is not None:
                value[member.name] = read_all(member.type, member.fallback, 0)
            elif not member.optional or (known and BOOL.read(reader)):
                value[member.name] = member.type.read(reader)
        reader.at, reader.end = reader.end, outer
        return value

    def write(self, writer, value):
        begin = writer.begin()
        older = writer.odd(0.15)
        for member in self.members:
            if older and (member.optional or member.fallback is not None) and writer.odd(0.5):
                break
            if member.optional:
                BOOL.write(writer, member.name in value)
            if member.name in value:
                member.type.write(writer, value[member.name])
        if writer.odd(0.1):
            writer.data += writer.chance.randbytes(writer.chance.randrange(1, 9))
        writer.finish(begin)


class Table(Group):
    def __init__(self, members):
        super().__init__(members)
        self.by_number = {member.number: member for member in members}

    def read(self, reader):
        reader.enter()
        outer = reader.narrow(reader.u32())
        value = {}
        while reader.at < reader.end:
            self.read_member(reader, value)
        reader.leave(outer)
        reader.depth -= 1
        return value

    def read_member(self, reader, value):
        header = reader.u32()
        code = header >> 28 & 7
        if code < 4:
            size = 1 << code
        else:
            size = reader.u32()
            if code > 4:
                size = 4 + size * {5: 1, 6: 4, 7: 8}[code]
                reader.at -= 4
        outer = reader.narrow(size)
        member = self.by_number.get(header & 0x0fffffff)
        if member is None:
            if header >> 31:
                raise Refused("an unknown member that must be understood")
            reader.at = reader.end
        elif member.name in value:
            raise Refused("a member that comes twice")
        else:
            value[member.name] = member.type.read(reader)
        reader.leave(outer)

    def write(self, writer, value):
        begin = writer.begin()
        members = [member for member in self.members if member.name in value]
        if members and writer.odd(0.02):
            members.append(writer.chance.choice(members))
        if writer.odd(0.3):
            writer.chance.shuffle(members)
        for member in members:
            if writer.odd(0.05):
                self.write_unknown(writer)
            self.write_member(writer, member, value[member.name])
        if writer.odd(0.05):
            self.write_unknown(writer)
        writer.finish(begin)

    def write_member(self, writer, member, value):
        code = 4 if writer.odd(0.1) else member.type.code
        writer.u32((writer.odd(0.1) << 31) | code << 28 | member.number)
        begin = writer.begin() if code == 4 else None
        member.type.write(writer, value)
        if begin is not None:
            writer.finish(begin)

    def write_unknown(self, writer):
        number, code = writer.chance.randrange(1, 1 << 28), writer.chance.randrange(8)
        if number in self.by_number:
            return
        writer.u32((writer.odd(0.1) << 31) | code << 28 | number)
        count = writer.chance.randrange(5)
        if code > 3:
            writer.u32(count)
        writer.data += writer.chance.randbytes(1 << code if code < 4 else count * {4: 1, 5: 1, 6: 4, 7: 8}[code])

    def show(self, value, ordered):
        if ordered:
            return super().show(value, ordered)
        by_name = {member.name: member for member in self.members}
        return "{%s}" % "".join(["%s=%s," % (name, by_name[name].type.show(each, ordered))
                                 for name, each in value.items()])


class Union(Type):
    def __init__(self, members, strict):
        self.members, self.strict = members, strict
        self.by_number = {member.number: member for member in members}
        self.by_name = {member.name: member for member in members}

    def read(self, reader):
        reader.enter()
        outer = None if self.strict else reader.narrow(reader.u32())
        number = reader.u32()
        member = self.by_number.get(number)
        if member is not None:
            value = (member.name, member.type.read(reader))
        elif self.strict:
            raise Refused("not a member of the union")
        else:
            value = ("#%d" % number, bytes(reader.data[reader.at:reader.end]))
            reader.at = reader.end
        if outer is not None:
            reader.leave(outer)
        reader.depth -= 1
        return value

    def write(self, writer, value):
        begin = None if self.strict else writer.begin()
        if not self.strict and writer.odd(0.1):
            writer.u32(writer.chance.randrange(1 << 32))
            writer.data += writer.chance.randbytes(writer.chance.randrange(9))
        else:
            writer.u32(self.by_name[value[0]].number)
            self.by_name[value[0]].type.write(writer, value[1])
        if begin is not None:
            writer.finish(begin)

    def show(self, value, ordered):
        name, each = value
        if name[0] == "#":
            return "<%s='%s',>" % (name, each.hex())
        return "<%s=%s,>" % (name, self.by_name[name].type.show(each, ordered))


BOOL = Bool()
NUMBERS = {"u8": Number("B"), "u16": Number("H"), "u32": Number("I"), "u64": Number("Q"), "i8": Number("b"),
           "i16": Number("h"), "i32": Number("i"), "i64": Number("q"), "f32": Number("f"), "f64": Number("d")}


def read_all(type, data, ports):
    """The value of a whole message; Refused if there is none."""
    reader = Reader(data, ports)
    value = type.read(reader)
    if reader.at != reader.end:
        raise Refused("bytes are left over")
    return value


def write_all(type, value, chance=None):
    writer = Writer(chance)
    type.write(writer, value)
    return bytes(writer.data)
