# SPDX-License-Identifier: MIT
"""tshark with the dissector, over captures that a case writes.

No run of tshark may end in a Lua error, whatever it reads.
"""
import json
import os
import re
import subprocess
import tempfile

import capture
from system import BUILD

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FOLDER = os.path.join(ROOT, "libdarqwire/wireshark")
DISSECTOR = os.path.join(FOLDER, "darq.lua")
SCHEMAS = ["idl/kernel.didl", "idl/storage.didl", "examples/hello/hello.didl", "tests/golden/c/streams.didl"]
WRONG = "_ws.expert.group == 0x07000000"  # malformed


def table_of(paths, *includes):
    words = [word for path in ("idl", "tests/golden/c", *includes) for word in ("-I", os.path.join(ROOT, path))]
    done = subprocess.run([os.path.join(BUILD, "bin/darqidl"), "wireshark", *words, *paths], capture_output=True, timeout=60,
                          cwd=ROOT, check=True)
    return done.stdout


class Shark:
    """tshark with the dissector, a table, and a home of its own."""

    def __init__(self, case, table=None):
        directory = tempfile.TemporaryDirectory(prefix="darq-shark-")
        case.addCleanup(directory.cleanup)
        self.case = case
        self.directory = directory.name
        self.capture = os.path.join(self.directory, "capture.pcap")
        self.environment = dict(os.environ, HOME=self.directory, DARQ_WIRESHARK="")
        self.environment.pop("XDG_CONFIG_HOME", None)
        self.script = ["-X", "lua_script:" + DISSECTOR]
        if table is not None:
            self.environment["DARQ_WIRESHARK"] = self.write("names.darq.lua", table)

    def write(self, name, data):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run(self, *arguments):
        """(standard output, standard error) of tshark over the capture."""
        done = subprocess.run(["tshark", *self.script, "-r", self.capture, *arguments], stdin=subprocess.DEVNULL,
                              env=self.environment, cwd=self.directory, capture_output=True, timeout=120, check=False)
        output, said = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        self.case.assertEqual(done.returncode, 0, said)
        self.case.assertIsNone(re.search("^.*Lua Error.*$", output + said, re.M))
        return output, said

    def read(self, link, records):
        self.write("capture.pcap", capture.pcap(link, records))

    def rows(self, fields, *arguments):
        """A list of the fields' values for each packet; several values of one are joined by |."""
        words = [word for field in fields for word in ("-e", field)]
        output = self.run("-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", *words, *arguments)[0]
        return [line.split("\t") for line in output.splitlines()]

    def column(self, field, *arguments):
        return [row[0] for row in self.rows([field], *arguments)]

    def wrong(self, *arguments):
        """The numbers of packets with something malformed."""
        return [int(number) for number in self.column("frame.number", "-Y", WRONG, *arguments)]

    def pairs(self):
        """Of each packet, all (field, value) of the dissector in their order."""
        packets = json.loads(self.run("-T", "json")[0], object_pairs_hook=list)
        return [[pair for pair in leaves(packet) if pair[0].startswith("darq.")] for packet in packets]


def leaves(value):
    """(field, value) in their order; an item that only holds others has an empty value."""
    for key, each in value:
        if isinstance(each, list):
            if not key.endswith("_tree"):
                yield key, ""
            yield from leaves(each)
        elif isinstance(each, str):
            yield key, each
