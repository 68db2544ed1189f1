# SPDX-License-Identifier: MIT
"""Values of any type at random, damaged bytes, and a schema with every type in every place."""
import struct

import wire

TEXTS = ("", "a", "ab", "abc", "abcd", "Žofie", "🙂", "a longer text, of 34 characters...", "line\n\"quoted\"\t")
REALS = (0.0, -0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, float("inf"), float("-inf"), float("nan"))
DEPTH_MAX = 6
BOTTOM = 1000           # deeper than any


def number(chance, type):
    if type.real:
        value = chance.choice(REALS) if chance.random() < 0.5 else chance.uniform(-1e6, 1e6)
        if type.size == 8:
            return value
        return struct.unpack("<f", struct.pack("<f", 1.0 if 1e38 < abs(value) < 1e308 else value))[0]
    bits = 8 * type.size
    low = -(1 << bits - 1) if type.packer.format[-1].islower() else 0
    high = low + (1 << bits) - 1
    return chance.choice((0, 1, low, high)) if chance.random() < 0.3 else chance.randint(low, high)


def text(chance, bound):
    value = chance.choice(TEXTS)
    while len(value.encode()) > bound:
        value = value[:-1]
    return value


def set_value(chance, type):
    if type.strict or chance.random() < 0.8:
        if type.bits:
            return sum(each & 0xffffffffffffffff for each in type.known if chance.random() < 0.5)
        return chance.choice(type.known)
    return number(chance, type.base)


def leads_down(type):
    """Whether structs, tables or unions may go on in it."""
    return isinstance(type, (wire.Group, wire.Union)) or (isinstance(type, wire.Row) and leads_down(type.element))


class Values:
    """Values that a type allows, of a message with so many ports. Some go down far, by one member at a time."""

    def __init__(self, chance, ports):
        self.chance, self.ports = chance, ports
        self.bottom = chance.randrange(26, 36) if chance.random() < 0.08 else 0

    def draw(self, type, depth=0):
        chance = self.chance
        if isinstance(type, wire.Bool):
            return chance.random() < 0.5
        if isinstance(type, wire.Port):
            return chance.randrange(self.ports)
        if isinstance(type, wire.Number):
            return number(chance, type)
        if isinstance(type, wire.Set):
            return set_value(chance, type)
        if isinstance(type, wire.Text):
            return text(chance, type.bound)
        if isinstance(type, wire.Bytes):
            return chance.randbytes(min(type.bound, chance.choice((0, 1, 2, 5))))
        if isinstance(type, wire.Row):
            return [self.draw(type.element, depth) for _ in range(self.count(type, depth))]
        if isinstance(type, wire.Union):
            member = self.one(type.members, depth)
            return member.name, self.draw(member.type, depth + 1)
        return self.members(type, depth)

    def count(self, type, depth):
        if type.count is not None:
            return type.count
        if self.bottom:
            return int(depth < self.bottom and leads_down(type))
        return min(type.bound, self.chance.choice((0, 1, 2, 3, 5) if depth < DEPTH_MAX else (0,)))

    def one(self, members, depth):
        """A member that leads down, while there is farther to go."""
        down = depth < (self.bottom or self.chance.randrange(DEPTH_MAX))
        return self.chance.choice([member for member in members if leads_down(member.type) == down] or members)

    def members(self, type, depth):
        free = [member for member in type.members if isinstance(type, wire.Table) or member.optional]
        if self.bottom and depth > 0:
            return self.one_way(type, free, depth)
        share = 0.5 if depth < DEPTH_MAX else 0.1 if depth < 2 * DEPTH_MAX else 0
        return {member.name: self.draw(member.type, depth + 1) for member in type.members
                if member not in free or self.chance.random() < share}

    def one_way(self, type, free, depth):
        """All that must be there, and one that leads down."""
        way = self.one(type.members, depth) if type.members and depth < self.bottom else None
        return {member.name: self.draw(member.type, depth + 1 if member is way else BOTTOM) for member in type.members
                if member is way or member not in free}


# damage

def flip(chance, data):
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def set_byte(chance, data):
    data[chance.randrange(len(data))] = chance.choice((0, 1, 2, 0x7f, 0x80, 0xff))


def set_word(chance, data):
    at = chance.randrange(0, len(data), 4)
    old = int.from_bytes(data[at:at + 4], "little")
    new = chance.choice((0, 1, 2, old + 1, old - 1, old + 4, old - 4, old ^ 1 << 31, old ^ 7 << 28, 0xffffffff, 0x7fffffff))
    data[at:at + 4] = (new & 0xffffffff).to_bytes(4, "little")


def cut(chance, data):
    del data[chance.randrange(len(data)):]


def cut_within(chance, data):
    at = chance.randrange(0, len(data), 4)
    del data[at:at + chance.choice((1, 4, 8))]


def insert(chance, data):
    at = chance.randrange(0, len(data) + 1, 4)
    data[at:at] = chance.choice((b"\0\0\0\0", chance.randbytes(chance.randrange(1, 9))))


def repeat(chance, data):
    at = chance.randrange(0, len(data), 4)
    data[at:at] = data[at:at + 4 * chance.randrange(1, 5)]


def swap(chance, data):
    a, b = (chance.randrange(0, len(data), 4) for _ in range(2))
    left, right = bytes(data[a:a + 4]), bytes(data[b:b + 4])
    if len(left) == len(right) == 4:
        data[a:a + 4], data[b:b + 4] = right, left


def append(chance, data):
    data += chance.randbytes(chance.randrange(1, 9))


DAMAGES = (flip, set_byte, set_word, set_word, cut, cut_within, insert, repeat, swap, append)


def damaged(chance, data):
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if data:
            chance.choice(DAMAGES)(chance, data)
    return bytes(data)


# a schema

PLACES = """
/// Every type in every place.
package matrix;

enum Odd : i16 { MINUS = -7; ZERO = 0; MUCH = 32767; }
strict enum Few : u8 { ONE = 1; TWO = 2; LAST = 255; }
bits Wide : u64 { LOW = 0x1; TOP = 0x8000000000000000; }
strict bits Narrow : u8 { A = 0x1; B = 0x10; }
newtype Count = u64;
newtype Code = i16;
newtype Word = string<6>;
newtype Blob = bytes<5>;
struct Point { u8 x; f64 y; }
struct Deep { Point point; Tree? tree; vec<Deep> below; }
table Tree { 1: u8 leaf; 2: Tree left; 9: vec<Tree> others; 268435455: Either either; }
union Either { 1: u8 small; 2: Either more; 3: Tree tree; 70: Deep deep; }
strict union Strict { 1: u8 small; 5: vec<Strict> many; 6: Point point; }
table Empty {}
interface Any {}
"""

KINDS = ("bool u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 string string<3> bytes bytes<2> port port<Any> Odd Few Wide Narrow Count "
         "Code Word Blob Point Deep Tree Either Strict Empty").split()
DEFAULTS = {"bool": "false", "u8": "200", "u16": "7", "u32": "70000", "u64": "18446744073709551615", "i8": "-1", "i16": "-7",
            "i32": "-70000", "i64": "-9223372036854775808", "f32": "0.5", "f64": "-1", "string": '"text\\n"',
            "string<3>": '"abc"', "Odd": "MINUS", "Few": "TWO", "Wide": "LOW | TOP", "Narrow": "A"}


def matrix():
    """The schema's text: per type a method, whose request has it as parameter, in structs, tables and unions."""
    lines, methods = [PLACES], []
    for index, kind in enumerate(KINDS):
        held = [kind, "vec<%s>" % kind, "vec<%s, 2>" % kind, "array<%s, 2>" % kind]
        members = list(zip("abcd", held))
        lines.append("struct S%d { u8 first; %s %s u8 last; }" % (
            index, " ".join("%s %s;" % (each, name) for name, each in members),
            " ".join("%s? o%s;" % (each, name) for name, each in members)))
        numbered = " ".join("%d: %s %s;" % (number * 3 + 1, each, name) for number, (name, each) in enumerate(members))
        lines += [form % (index, numbered) for form in ("table T%d { %s }", "union U%d { %s }", "strict union X%d { %s }")]
        late = ", %s late = %s" % (kind, DEFAULTS[kind]) if kind in DEFAULTS else ""
        methods.append("    {0}: m{1}(u8 lead, {2} plain, S{1} s, T{1} t, U{1} u, X{1} x, {2}? maybe{3}) -> (vec<S{1}> s, "
                       "array<U{1}, 2> u);".format(index + 1, index, kind, late))
    lines += ["interface Matrix {", *methods, "}"]
    return "\n".join(lines) + "\n"
