# SPDX-License-Identifier: MIT
"""The generated C of a version as a program (code.c), and whether it understands what exchange.py's reader understands."""
import os
import pathlib
import subprocess

from exchange import ask, key_in, method_of, read_all, shape_of
from values import Meaning

HERE = pathlib.Path(__file__).resolve().parent


def compile_c(output, *arguments, root):
    sanitize = os.environ.get("SANITIZE")
    done = subprocess.run(
        [*os.environ.get("CC", "gcc").split(), "-std=c11", "-O0", "-w", *(["-fsanitize=" + sanitize, "-fno-sanitize-recover=all"] if sanitize else []),
         "-D_GNU_SOURCE", "-I", root / "libdarqwire/include", "-o", output, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout)
    return output


class Generated:
    """Builds programs of what darqidl has written. What doesn't change from one version to the next is compiled once."""

    def __init__(self, root, archive, directory):
        self.root, self.archive, self.directory = root, archive, directory
        self.rest = compile_c(directory / "code.o", "-c", HERE / "code.c", root=root)
        self.part = None    # what was written of the import, and its object

    def object_of_part(self, directory):
        text = (directory / "part.darq.h").read_text() + (directory / "part.darq.c").read_text()
        if self.part is None:
            self.part = text, compile_c(self.directory / "part.o", "-c", directory / "part.darq.c", root=self.root)
        return self.part[1] if text == self.part[0] else directory / "part.darq.c"

    def build(self, version, directory):
        names = [each["c_name"] + "_interface" for each in version.schema.interfaces()]
        table = directory / "all.c"
        table.write_text('#include "whole.darq.c"\nextern const struct darq_interface *const interfaces[];\n'
                         "const struct darq_interface *const interfaces[] = {%s, NULL};\n" % (
                             ", ".join("&" + name for name in names)))
        return compile_c(directory / "code", "-I", directory, table, self.object_of_part(directory), self.rest, self.archive,
                         root=self.root)


def plain(meaning):
    """A meaning without what repacking may change: the order of ports, and what was left out or filled in."""
    if isinstance(meaning, list):
        return [plain(each) for each in meaning]
    if not isinstance(meaning, tuple):
        return meaning
    if meaning[0] == "port":
        return "port"
    if meaning[0] in ("struct", "table", "list"):
        return (meaning[0], {name: plain(each) for name, each in meaning[1].items()})
    return tuple(plain(each) for each in meaning if not isinstance(each, set))


def repack(program, payloads):
    """What generated code makes of payloads: bytes, or the reason as a str."""
    answers = ask([program], payloads)
    return [line if line.startswith("!") else bytes.fromhex(line[3:]) for line in answers]


def same_verdict(left, right):
    return isinstance(left, str) == isinstance(right, str)


def fault(walker, writer, writer_program, reader, reader_program):
    """Where the generated code of a reader differs from the walker in what it makes of what the writer's code packs; None:
    nowhere. Also the number of payloads."""
    total = 0
    for key in writer.signatures:
        other = key_in(writer, reader, key)
        interface, method = method_of(writer.schema, key)
        serving, answering = method_of(reader.schema, other)
        if answering is None or not isinstance(answering.get(key[2]), list) or shape_of(answering) != shape_of(method):
            continue
        if writer.signatures[key] == reader.signatures.get(other):
            continue
        mine = [(interface["id"], method["number"], key[2], data) for _, data in writer.payloads(key)]
        packed = repack(writer_program, mine)
        refused = next((each for each in packed if isinstance(each, str)), None)
        if refused is not None:
            return "%s.%s %s: its own code refuses it: %s" % (*key, refused), total
        theirs = [(serving["id"], answering["number"], key[2], data) for data in packed]
        walked = read_all(walker, reader, theirs)
        read = repack(reader_program, theirs)
        total += len(packed)
        why = next((("%s.%s %s: " % key) + "%s by code, %s by schema" % pair for pair in zip(read, walked)
                    if not same_verdict(*pair) and not is_unknown(pair)), None)
        why = why or repacked_fault(walker, reader, answering, key, theirs, walked, read)
        if why is not None:
            return why, total
        if not method[key[2]] and all(each.get("optional") or "default" in each for each in answering[key[2]]):
            line, = ask([reader_program], [(serving["id"], answering["number"], key[2], None)])
            if line.startswith("!"):
                return "%s.%s %s: NULL is refused: %s" % (*key, line), total
    return None, total


def is_unknown(pair):
    """A union's unknown member is read, and can't be packed again."""
    return isinstance(pair[0], str) and "#" in repr(pair[1])


def repacked_fault(walker, reader, answering, key, theirs, walked, read):
    """What was read by code and packed again has to be what was walked."""
    fine = [number for number, each in enumerate(read) if not isinstance(each, str)]
    again = read_all(walker, reader, [(*theirs[number][:3], read[number]) for number in fine]) if fine else []
    meaning = Meaning(reader.schema)
    for number, answer in zip(fine, again):
        if isinstance(answer, str):
            return "%s.%s %s: packed again it is refused: %s" % (*key, answer)
        members = answering[key[2]]
        if plain(meaning.list(members, answer)) != plain(meaning.list(members, walked[number])):
            return "%s.%s %s: %s by code, %s by schema" % (*key, answer, walked[number])
    return None
