#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Frames in plain Python, written from "Frames" in libdarqwire/README.md, against frame.c: frames.py PROGRAM [STEP]

A frame of every type with each form of header: as it is, every truncation, every value of every byte (every STEPth, 1 if
it isn't given), in its direction; in the other one as it is and every truncation. Python and C must say the same of each.
"""
import os
import struct
import subprocess
import sys

TO, FROM = 1, 2         # the p-kernel
MESSAGES, CHUNKS, UNDELIVERABLE = (5, 7), (6, 8), 16
PORTS_MAX = 64

# type: directions, the fixed part as struct tells it ("x": not looked at)
TYPES = {1: (TO, ">I4xQ"), 2: (FROM, ">IB3xQ"), 3: (TO, ">I4xQ"), 4: (FROM, ">IB3xQ"), 5: (TO, ">QQI4x"), 7: (FROM, ">QQI4x"),
         6: (TO, ">QQQQII"), 8: (FROM, ">QQQQII"), 9: (TO, ">"), 10: (TO, ">"), 11: (TO, ">II"), 12: (FROM, ">IIQQQI4x"),
         16: (TO | FROM, ">QII"), 17: (TO | FROM, ">QQQQ"), 18: (TO | FROM, ">Q8x"), 19: (TO | FROM, ">Q"), 20: (TO | FROM, ">Q")}


def said(data, direction):
    """What frames.c has to say."""
    if data[:1] > b"\1":
        return "bad"
    if len(data) > 1 and (data[1] % 8 != 0 or not 8 <= data[1] <= 64):
        return "bad"
    if len(data) < 8:
        return "short"
    kind = data[2] if TYPES.get(data[2], (0, ""))[0] & direction else 0
    header, length, form = data[1], int.from_bytes(data[4:8], "big"), TYPES.get(kind, (0, ">"))[1]
    if length < header + struct.calcsize(form):
        return "bad"
    call = (0, 0, 0, 0)
    if header >= 24:
        if len(data) < 24:
            return "short"
        call = struct.unpack_from(">QIHH", data, 8)
    words = [kind, length, header, *call]
    if len(data) >= header + struct.calcsize(form):
        words += fixed(kind, form, data, header, length, call[3])
    return " ".join(map(str, words))


def fixed(kind, form, data, header, length, ports):
    fields = list(struct.unpack_from(form, data, header))
    end = header + struct.calcsize(form)
    if kind in (1, 3):
        fields.insert(1, 0)     # no result
    if kind in MESSAGES:
        end += fields[2]
        if ports:
            end = (end + 7) // 8 * 8 + ports * 8
        fields.append("fits" if end <= length and ports <= PORTS_MAX else "beyond")
    elif kind in CHUNKS or kind == UNDELIVERABLE:
        end += fields[4 if kind in CHUNKS else 2]
        fields.append("fits" if end <= length else "beyond")
    return fields


def frames():
    """One of every type, with each form of header and something behind it."""
    for kind, (_, form) in TYPES.items():
        for header in (8, 16, 24, 32):
            size = struct.calcsize(form)
            fields = [0x0102030405060708 + index for index in range(form.count("Q"))]
            body = bytearray(struct.pack(form.replace("I", "4x").replace("B", "x"), *fields))
            if kind in MESSAGES:
                body[16:20] = (5).to_bytes(4, "big")
            elif kind in CHUNKS:
                body[32:36] = (5).to_bytes(4, "big")
            elif kind == UNDELIVERABLE:
                body[12:16] = (5).to_bytes(4, "big")
            ports = 1 if kind in MESSAGES and header >= 24 else 0
            behind = b"hello" + bytes(-(header + size + 5) % 8) + bytes(8) * ports
            call = struct.pack(">QIHH", 77, 1000, 1, ports)[:header - 8]
            more = 8 * (PORTS_MAX + 4) if ports else 0      # still to come: room for more ports than there may be
            start = bytes((1, header, kind, 0)) + (header + size + len(behind) + more).to_bytes(4, "big")
            yield start + call + bytes(max(0, header - 24)) + bytes(body) + behind


def truncations(frame):
    for size in range(len(frame) + 1):
        yield frame[:size]


def mutants(frame, step):
    yield from truncations(frame)
    for at in range(len(frame)):
        for byte in range(at % step, 256, step):
            yield frame[:at] + bytes((byte,)) + frame[at + 1:]


def ask(program, frames, direction):
    records = b"".join(struct.pack("<II", direction, len(each)) + each for each in frames)
    done = subprocess.run([*os.environ.get("EMULATOR", "").split(), program], input=records, stdout=subprocess.PIPE, timeout=300)
    lines = done.stdout.decode().splitlines()
    if done.returncode != 0 or len(lines) != len(frames):
        return ["status %d after %d of %d frames" % (done.returncode, len(lines), len(frames))]
    return ["%s: Python says %s, C says %s" % (frame.hex(), said(frame, direction), line)
            for frame, line in zip(frames, lines) if said(frame, direction) != line]


def main(program, step="1"):
    count = passed = failed = 0
    for frame in frames():
        for direction in (TO, FROM):
            asked = list(mutants(frame, int(step)) if TYPES[frame[2]][0] & direction else truncations(frame))
            count += len(asked)
            complaints = ask(program, asked, direction)
            passed, failed = passed + (not complaints), failed + bool(complaints)
            for complaint in complaints[:3]:
                print("FAILED", complaint)
    print("%d frames\n%d passed, %d failed" % (count, passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
