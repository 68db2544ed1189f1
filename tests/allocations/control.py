# SPDX-License-Identifier: MIT
"""The counters that a test shares with a process whose calls fail, see control.h: armed, lasting, fails, made, failed, error."""
import mmap
import os
import struct

SIZE = 48


def environment(library, variable, program, path):
    """What a program is started with so that its calls fail by a Control of this path. The library stands before a sanitizer's."""
    options = "verify_asan_link_order=0:detect_leaks=1:abort_on_error=1:" + os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": str(library), variable: "%s:%s" % (program, path), "ASAN_OPTIONS": options}


class Control:
    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(SIZE))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), SIZE)

    def arm(self, fails, lasting, error=0):
        self.memory[8:SIZE] = struct.pack("=QQQQQ", lasting, fails, 0, 0, error)
        self.memory[0:8] = struct.pack("=Q", 1)

    def disarm(self):
        """How many calls there were, and how many of them failed."""
        self.memory[0:8] = bytes(8)
        return struct.unpack("=QQ", self.memory[24:40])

    def close(self):
        self.memory.close()
