# SPDX-License-Identifier: MIT
"""What `darqidl schema` writes, read by wire.py: idl/darq/schema.didl by hand, and the types that it describes."""
import wire

BOOL, BYTES, TEXT = wire.BOOL, wire.Bytes(0), wire.Text(0)
U8, U32, U64, I64 = (wire.NUMBERS[name] for name in ("u8", "u32", "u64", "i64"))


def table(*rows):
    return wire.Table([wire.Member(name, number + 1, type) for number, (name, type) in enumerate(rows)])


def vec(element):
    return wire.Row(element, 0, None)


MEMBER = table(("name", TEXT), ("number", I64), ("type", U32), ("optional", BOOL), ("fallback", BYTES), ("sensitive", BOOL))
TYPE = table(("kind", U8), ("name", TEXT), ("element", U32), ("bound", U32), ("strict", BOOL), ("members", vec(MEMBER)),
             ("interface", U64))
METHOD = table(("ordinal", U32), ("name", TEXT), ("oneway", BOOL), ("request", U32), ("reply", U32), ("error", U32),
               ("timeout_ms", U32), ("idempotent", BOOL), ("upload", U8), ("upload_item", U32), ("download", U8),
               ("download_item", U32))
INTERFACE = table(("id", U64), ("name", TEXT), ("bases", vec(U64)), ("methods", vec(METHOD)))
SCHEMA = table(("revision", U32), ("types", vec(TYPE)), ("interfaces", vec(INTERFACE)))

NUMBERS = {1: "u8", 2: "u16", 3: "u32", 4: "u64", 5: "i8", 6: "i16", 7: "i32", 8: "i64", 9: "f32", 10: "f64"}
STRING_KIND, BYTES_KIND, VEC, ARRAY, PORT, ENUM, BITS, ERROR, NEWTYPE, STRUCT, TABLE, UNION, LIST = range(11, 24)
ITEMS = 2


class Types:
    """The types of a schema; one that contains itself gets its members when all are there."""

    def __init__(self, rows):
        self.rows, self.made = rows, {}

    def get(self, index):
        if index not in self.made:
            row = self.rows[index]
            make = {STRUCT: wire.Struct, TABLE: wire.Table, LIST: wire.ParameterList,
                    UNION: lambda members: wire.Union(members, row.get("strict", False))}.get(row.get("kind", 0))
            if make is None:
                self.made[index] = self.simple(row)
            else:
                self.made[index] = make([])
                self.made[index].__init__(self.members(row), *([row.get("strict", False)] if row["kind"] == UNION else []))
        return self.made[index]

    def members(self, row):
        return [wire.Member(each["name"], each.get("number", 0), self.get(each.get("type", 0)),
                            each.get("optional", False), each.get("fallback")) for each in row.get("members", [])]

    def simple(self, row):
        kind, bound, element = row.get("kind", 0), row.get("bound", 0), row.get("element", 0)
        if kind == 0:
            return BOOL
        if kind in NUMBERS:
            return wire.NUMBERS[NUMBERS[kind]]
        if kind in (STRING_KIND, BYTES_KIND):
            return (wire.Text if kind == STRING_KIND else wire.Bytes)(bound)
        if kind == PORT:
            return wire.Port()
        if kind == NEWTYPE:
            return self.get(element)
        if kind in (VEC, ARRAY):
            return wire.Row(self.get(element), *((bound, None) if kind == VEC else (0, bound)))
        return self.set_of(kind, row, self.get(element))

    def set_of(self, kind, row, base):
        known = [each.get("number", 0) for each in row["members"]]
        mask = sum(number & 0xffffffffffffffff for number in known)
        allowed = lambda value: True
        if row.get("strict") and kind == ENUM:
            allowed = lambda value: value in known
        elif row.get("strict"):
            allowed = lambda value: value & ~mask == 0
        result = wire.Set(base, allowed)
        result.known, result.strict, result.bits = known, row.get("strict", False), kind == BITS
        result.names = {number & 0xffffffffffffffff if result.bits else number: each["name"]
                        for number, each in zip(known, row["members"])}
        return result


def named(data):
    """The types of a schema that have a name, and its methods' parameter lists, by what darqctl calls them."""
    schema = wire.read_all(SCHEMA, data, 0)
    types = Types(schema["types"])
    result = {row["name"]: types.get(index) for index, row in enumerate(schema["types"])
              if row.get("name") and row.get("kind") != ERROR}
    for interface in schema.get("interfaces", []):
        for method in interface.get("methods", []):
            for part in ("request", "reply"):
                if not (part == "reply" and method.get("oneway")):
                    name = "%s.%s.%s" % (interface["name"], method["name"], part)
                    result[name] = types.get(method.get(part, 0))
    return result


def lists(data):
    """Every parameter list of a schema: (interface id, ordinal, part, type); parts: request, reply, upload, download."""
    schema = wire.read_all(SCHEMA, data, 0)
    types = Types(schema["types"])
    for interface in schema.get("interfaces", []):
        for method in interface.get("methods", []):
            parts = [(0, "request"), *([] if method.get("oneway") else [(1, "reply")])]
            parts += [(2, "upload_item")] if method.get("upload") == ITEMS else []
            parts += [(3, "download_item")] if method.get("download") == ITEMS else []
            for part, name in parts:
                yield interface["id"], method["ordinal"], part, types.get(method.get(name, 0))
