# SPDX-License-Identifier: MIT
"""The compiler's list of the names that the library has (darqidl/library.c) is that of the public headers."""
import os
import re
import subprocess
import unittest

from darqidl import BUILD, ROOT

INCLUDE = os.path.join(ROOT, "libdarqwire", "include")
NAME = re.compile(r"\b(?:darq|DARQ)_[A-Za-z0-9_]*[A-Za-z0-9]\b")

# Used in the headers, and declared by generated ones.
GENERATED = {"darq_schema", "darq_schema_interface", "darq_schema_member", "darq_schema_type"}


def declared():
    headers = "".join("#include <darq/%s>\n" % name for name in sorted(os.listdir(os.path.join(INCLUDE, "darq"))))
    lines = subprocess.run(["gcc", "-std=c11", "-I", INCLUDE, "-I", os.path.join(BUILD, "gen"), "-E", "-dD", "-xc", "-"],
                           input=headers, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    names, ours = set(), False
    for line in lines:
        if re.match(r"# \d+ \"", line):
            ours = INCLUDE in line
        elif ours:
            names.update(NAME.findall(line))
    return names - GENERATED


class Library(unittest.TestCase):
    def test_the_list_is_that_of_the_headers(self):
        with open(os.path.join(ROOT, "darqidl", "library.c")) as file:
            listed = re.findall(r'^        "(\w+)",$', file.read(), re.M)
        self.assertEqual(listed, sorted(declared()))
