# SPDX-License-Identifier: MIT
"""Running the compiler that was built, and reading .didl as words."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DARQ_BUILD", ROOT / "build")).absolute()
DARQIDL = str(BUILD / "bin" / "darqidl")
INCLUDES = ["-I", str(ROOT / "idl"), "-I", str(ROOT / "tests/golden/c"), "-I", str(ROOT / "tests/golden/good")]

WORDS = re.compile(rb'"(?:[^"\\\n]|\\[^\n])*"|//[^\n]*|/\*.*?\*/|->|\.\.|[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9A-Za-z_]+|\S',
                   re.S)


def words(text):
    """The tokens and comments of a schema, in order; a comment's lines without the space around them."""
    found = WORDS.findall(text.removeprefix(b"\xef\xbb\xbf"))
    return [b"\n".join(line.strip() for line in each.split(b"\n")) if is_comment(each) else each for each in found]


def is_comment(word):
    return word.startswith((b"//", b"/*"))


def darqidl(*arguments, data=b"", directory=None, seconds=60):
    """(exit status, standard output, standard error)"""
    done = subprocess.run([DARQIDL, *map(str, arguments)], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=directory, timeout=seconds, check=False)
    return done.returncode, done.stdout, done.stderr


def schema_of(path, directory, beside=None):
    """The schema as data of a file; beside: the folder where its imports stand, if that isn't its own."""
    output = pathlib.Path(directory) / "schema"
    status, _, said = darqidl("schema", *INCLUDES, "-I", beside or path.parent, "-o", output, path)
    if status != 0:
        raise AssertionError("%s: %s" % (path, said.decode(errors="replace")))
    return output.read_bytes()


def good_schemas():
    """Every schema of the repository that is none of the deliberately bad ones."""
    return sorted(path for folder in ("idl", "examples", "tests") for path in (ROOT / folder).rglob("*.didl")
                  if "bad" not in path.parts)


class CompilerCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def write(self, name, text):
        path = self.directory / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path
