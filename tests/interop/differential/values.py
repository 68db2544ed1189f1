# SPDX-License-Identifier: MIT
"""Values as JSON, written from "Values as JSON" in darqctl(1): what json.loads() gives, and wire.py's values."""
import base64

import wire

WHOLE = 1 << 53         # integers up to here are numbers
REALS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def to_json(type, value):
    if isinstance(type, wire.Set):
        return set_to_json(type, value)
    if isinstance(type, (wire.Bool, wire.Text)):
        return value
    if isinstance(type, wire.Number):
        return real_to_json(value) if type.real else integer_to_json(value)
    if isinstance(type, wire.Bytes):
        return base64.b64encode(value).decode()
    if isinstance(type, wire.Row):
        return [to_json(type.element, each) for each in value]
    if isinstance(type, wire.Union):
        name, each = value
        return {name: base64.b64encode(each).decode() if name[0] == "#" else to_json(type.by_name[name].type, each)}
    return {member.name: to_json(member.type, value[member.name]) for member in type.members if member.name in value}


def integer_to_json(value):
    return value if -WHOLE <= value <= WHOLE else str(value)


def real_to_json(value):
    for name, real in REALS.items():
        if value == real or (value != value and real != real):
            return name
    return value


def set_to_json(type, value):
    if not type.bits:
        return type.names.get(value, value)
    names = [name for bit, name in type.names.items() if value & bit]
    known = sum(bit for bit in type.names if value & bit)
    return "|".join(names) if value and known == value else integer_to_json(value)


def from_json(type, value):
    if isinstance(type, wire.Set):
        return set_from_json(type, value)
    if isinstance(type, (wire.Bool, wire.Text)):
        return value
    if isinstance(type, wire.Number):
        return REALS[value] if value in REALS else (float if type.real else int)(value)
    if isinstance(type, wire.Bytes):
        return base64.b64decode(value)
    if isinstance(type, wire.Row):
        return [from_json(type.element, each) for each in value]
    if isinstance(type, wire.Union):
        [(name, each)] = value.items()
        return name, from_json(type.by_name[name].type, each)
    given = {member.name: from_json(member.type, value[member.name]) for member in type.members
             if value.get(member.name) is not None}
    return {**defaults(type), **given} if isinstance(type, wire.ParameterList) else given


def defaults(type):
    return {member.name: wire.read_all(member.type, member.fallback, 0) for member in type.members
            if member.fallback is not None}


def set_from_json(type, value):
    if not isinstance(value, str):
        return value
    numbers = {name: number for number, name in type.names.items()}
    return sum(numbers[name] for name in value.split("|")) if type.bits else numbers[value]
