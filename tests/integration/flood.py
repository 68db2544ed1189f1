# SPDX-License-Identifier: MIT
"""Programs of the flood tests that run beside the test: flood.py connections|senders|fillers PORT NUMBER [TARGET [SIZE]].

connections: opens that many, says Hello on each, and answers each line on its standard input: "ask" by a round trip over
every connection, anything else by ending. senders: that many connections send 16 KiB messages to TARGET, a hundred a
second each, until the standard input ends; says when the first is refused, and at the end how many were, by code.
fillers: that many connections send messages of SIZE bytes to TARGET as fast as they are taken; when each has been refused
a hundred times it says how many were, by code, and stays until the standard input ends.
"""
import collections
import os
import select
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "blackbox"))

from peer import UNDELIVERABLE, Peer, message

Address = collections.namedtuple("Address", "port")


def connections(address, number):
    peers = [Peer(address) for _ in range(number)]
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() != "ask":
            break
        print("alive", sum(peer.alive() for peer in peers), flush=True)


def refusals(peers, codes):
    """Takes what has come, without waiting."""
    readable = select.select([peer.socket for peer in peers], [], [], 0)[0]
    for peer in peers:
        while peer.socket in readable or len(peer.input) >= 8:
            frame = peer.receive(0.001)
            if frame is None:
                break
            if frame.type == UNDELIVERABLE:
                codes[int.from_bytes(frame.body[8:12], "big")] += 1


def senders(address, number, target):
    peers = [Peer(address) for _ in range(number)]
    sources = [peer.port() for peer in peers]
    codes = collections.Counter()
    sent = 0
    print("ready", flush=True)
    due = time.monotonic()
    while not select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
        for peer, source in zip(peers, sources):
            peer.send(message(source, target, bytes(16384), call=1))
            sent += 1
        full = bool(codes)
        refusals(peers, codes)
        if codes and not full:
            print("full", flush=True)
        due += 0.01
    print("sent", sent, "refused", " ".join("%d:%d" % pair for pair in sorted(codes.items())), flush=True)


def fillers(address, number, target, size):
    peers = [Peer(address) for _ in range(number)]
    bursts = [message(peer.port(), target, bytes(size), call=1) * max(1, min(50, 100000 // size)) for peer in peers]
    refused = [collections.Counter() for _ in peers]
    while min(codes.total() for codes in refused) < 100:
        for peer, burst, codes in zip(peers, bursts, refused):
            peer.send(burst)
            refusals([peer], codes)
    total = sum(refused, collections.Counter())
    print("refused", " ".join("%d:%d" % pair for pair in sorted(total.items())), flush=True)
    sys.stdin.read()


def main():
    address, number = Address(int(sys.argv[2])), int(sys.argv[3])
    if sys.argv[1] == "connections":
        connections(address, number)
    elif sys.argv[1] == "senders":
        senders(address, number, int(sys.argv[4]))
    else:
        fillers(address, number, int(sys.argv[4]), int(sys.argv[5]))


if __name__ == "__main__":
    main()
