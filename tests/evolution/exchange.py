# SPDX-License-Identifier: MIT
"""What programs of two versions understand of one another: every list of every method, in both directions."""
import copy
import json
import random
import subprocess

from schema import LISTS, Schema
from values import Draw, Encoder, Meaning, agree

VALUES = 12


def stripped(tree):
    """Without what isn't on the wire but for names."""
    if isinstance(tree, list):
        return [stripped(each) for each in tree]
    if isinstance(tree, dict):
        return {key: stripped(each) for key, each in tree.items() if key not in (
            "line", "column", "doc", "attributes", "c_name", "deprecated", "sensitive", "alias", "reserved", "methods")}
    return tree


class Version:
    """A schema, and payloads of its lists. write_data: writes it as data, for a reader, and gives the file."""

    def __init__(self, schema, write_data, seed, newer=False, undeclared=True):
        self.schema, self.write_data, self.seed, self.newer, self.undeclared = schema, write_data, seed, newer, undeclared
        self.signatures, self.drawn, self.written = {}, {}, None
        for interface in schema.interfaces():
            for method in interface["methods"]:
                for name in LISTS:
                    if isinstance(method.get(name), list):
                        self.signatures[interface["full_name"], method["name"], name] = self.signature(method[name])

    def data(self):
        if self.written is None:
            self.written = self.write_data()
        return self.written

    def with_names(self, renamed):
        """The same version, knowing what its names became."""
        version = copy.copy(self)
        version.schema = Schema(self.schema.files, renamed)
        return version

    def payloads(self, key):
        """Values of a list, and their bytes."""
        if key not in self.drawn:
            members = method_of(self.schema, key)[1][key[2]]
            chance = random.Random("%s %s" % (self.seed, key))
            payloads = []
            for number in range(VALUES if members else 1):
                value = Draw(self.schema, chance, self.undeclared, number).list(members)
                payloads.append((value, Encoder(self.schema).list(members, value)))
            self.drawn[key] = payloads
        return self.drawn[key]

    def signature(self, members):
        """All that decides how a list is written and understood."""
        plain = json.dumps(stripped(members), sort_keys=True)
        met, waiting = {}, [plain]
        while waiting:
            text = waiting.pop()
            for name, declaration in self.schema.declarations.items():
                if name not in met and '"%s"' % name in text:
                    met[name] = json.dumps(stripped(declaration), sort_keys=True)
                    if declaration["kind"] != "interface":
                        waiting.append(met[name])
        return plain + json.dumps(met, sort_keys=True)


def key_in(version, other, key):
    """A list of a version, as the other one calls it."""
    names = version.schema.renamed
    back = {(owner, new): old for (owner, old), new in other.schema.renamed.items()}

    def other_name(owner, name):
        return names.get((owner, name), back.get((owner, name), name))

    interface = other_name("", key[0])
    return interface, other_name(key[0], key[1]), key[2]


def method_of(schema, key):
    interface = schema.declarations.get(key[0], {"methods": []})
    return interface, next((each for each in interface["methods"] if each["name"] == key[1]), None)


def shape_of(method):
    """What both ends of a call must agree upon before a payload is looked at."""
    return [method.get("oneway", False)] + [method.get(name) if method.get(name) == "bytes" else name in method
                                            for name in ("upload", "download")]


def call_failures(writer, reader):
    """What of the writer's calls the reader doesn't serve, or answers in another way."""
    failures = []
    ids = {each["id"]: each for each in reader.schema.interfaces()}
    for interface in writer.schema.interfaces():
        known = reader.schema.declarations.get(key_in(writer, reader, (interface["full_name"], "", ""))[0])
        serving = ids.get(interface["id"])
        if serving is None:
            if known is not None or not writer.newer:
                failures.append("%s: NO_INTERFACE" % interface["full_name"])
            continue
        missing = writer.schema.ancestors(interface) - reader.schema.ancestors(serving)
        if missing and not writer.newer:
            failures.append("%s: NO_INTERFACE of a base" % interface["full_name"])
        for method in interface["methods"]:
            failures += method_failures(writer, reader, interface, method, serving)
    return failures


def method_failures(writer, reader, interface, method, serving):
    key = key_in(writer, reader, (interface["full_name"], method["name"], ""))
    same = next((each for each in serving["methods"] if each["number"] == method["number"]), None)
    known = method_of(reader.schema, key)[1]
    where = "%s.%s" % (interface["full_name"], method["name"])
    if same is None:
        return ["%s: UNIMPLEMENTED" % where] if known is not None or not writer.newer else []
    if known is not same:
        return ["%s: another method answers" % where]
    if shape_of(same) != shape_of(method):
        return ["%s: another kind of call" % where]
    return error_failures(writer, reader, method, same, where)


def error_failures(writer, reader, method, same, where):
    if "error" not in method or "error" not in same:
        return []
    written, read = writer.schema.declarations[method["error"]], reader.schema.declarations[same["error"]]
    names = {each["number"]: reader.schema.renamed.get((read["full_name"], each["name"]), each["name"]) for each in read["members"]}
    failures = []
    for each in written["members"]:
        name = writer.schema.renamed.get((written["full_name"], each["name"]), each["name"])
        if names.get(each["number"], name) != name or (each["number"] not in names and name in names.values()):
            failures.append("%s: error %s is read as %s" % (where, name, names.get(each["number"])))
    return failures


def ask(command, payloads):
    """A line for each (interface id, ordinal, list, bytes), of a program as read.c and code.c are."""
    lines = "".join("%s %d %s %s\n" % (id_, ordinal, name, "null" if data is None else data.hex())
                    for id_, ordinal, name, data in payloads)
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    answers = done.stdout.splitlines()
    if done.returncode != 0 or len(answers) != len(payloads):
        raise RuntimeError("%s: status %d, %d answers for %d payloads\n%s" % (
            command[0], done.returncode, len(answers), len(payloads), done.stderr))
    return answers


def read_all(program, reader, payloads):
    """What a program of a version reads: for each payload a value, or the reason as a str."""
    return [line if line.startswith("!") else json.loads(line) for line in ask([program, reader.data()], payloads)]


def failures(program, writer, reader):
    """What a reader refuses or misunderstands of what a writer writes; also how many payloads were read."""
    found, payloads, expected = call_failures(writer, reader), [], []
    for key in writer.signatures:
        other = key_in(writer, reader, key)
        interface, method = method_of(writer.schema, key)
        answering = method_of(reader.schema, other)[1]
        if answering is None or not isinstance(answering.get(key[2]), list) or shape_of(answering) != shape_of(method):
            continue
        if writer.signatures[key] == reader.signatures.get(other):
            continue
        for value, data in writer.payloads(key):
            payloads.append((method_of(reader.schema, other)[0]["id"], answering["number"], key[2], data))
            expected.append((key, method[key[2]], answering[key[2]], value))
    for (key, mine, theirs, value), answer in zip(expected, read_all(program, reader, payloads) if payloads else []):
        if isinstance(answer, str):
            found.append("%s.%s %s: refused: %s" % (*key, answer[1:]))
        elif not agree(Meaning(writer.schema).list(mine, value), Meaning(reader.schema).list(theirs, answer)):
            found.append("%s.%s %s: %s was read as %s" % (*key, json.dumps(value), json.dumps(answer)))
    return found, len(payloads)
