# SPDX-License-Identifier: MIT
"""What is done while allocations fail: the services that are there, and the programs that call them."""
import os
from collections import namedtuple

from system import BUILD

# files: what must be there; services: programs with arguments; probe: what says that they answer; clients: programs with
# arguments and what they are told. declared: manifests, for services that the p-kernel starts; then services is empty. before:
# what an attempt that failed may have left is removed by that, whatever comes of it.
Scenario = namedtuple("Scenario", "services probe clients files declared before", defaults=({}, {}, ()))

FILE = {"in": bytes(range(256)) * 300}
STORAGE = ("Port=11001", "Exec=%s/examples/storage-service --db %%S/storage.sqlite" % BUILD)

SCENARIOS = {
    "streams": Scenario([["tests/streams-service"]], ["tests/streams-client", "list", "0"],
                        [(["tests/streams-client", kind, size], b"")
                         for kind, size in (("list", "50"), ("load", "40"), ("upload", "70000"), ("download", "70000"))]),
    "storage": Scenario([["examples/storage-service", "--db", "storage.sqlite"]], ["examples/storage-client", "list"],
                        [(["examples/storage-client", *words], b"")
                         for words in (("set", "key", "in"), ("get", "key", "out"), ("list",), ("delete", "key"))], FILE, {},
                        ["examples/storage-client", "delete", "key"]),
    "calls": Scenario([["tests/calls-service"]], ["bin/darqctl", "ping", "storage"], [(["tests/calls-client"], b"")]),
    "chat": Scenario([["examples/chat-service"]], ["examples/chat-client", "probe"],
                     [(["examples/chat-client", "ann"], b"hello\nbye\n")]),
    "raffle": Scenario([["examples/raffle-service"]], ["examples/raffle-poll", "100"], [(["examples/raffle-poll", "300"], b"")]),
    "copy": Scenario([["examples/copy-receive", "arrived"]], ["bin/darqctl", "ping", "copy"],
                     [(["examples/copy-send", "in"], b"")], FILE),
    "objects": Scenario([], ["bin/darqctl", "call", "text", "list", "{}"], [(["tests/objects-client", "edit"], b"")], {},
                        {"storage": STORAGE,
                         "text": ("Exec=%s/examples/text-service --idle 300" % BUILD, "Types=text.plain")},
                        ["bin/darqctl", "call", "text", "delete", '{"id": "edited"}']),
    "activation": Scenario([], ["bin/darqctl", "call", "hello", "greet", '{"name": "Ada"}'],
                           [(["bin/darqctl", *words], b"")
                            for words in (("call", "hello", "greet", '{"name": "Ada"}'), ("list", "services"),
                                          ("stop", "hello"))], {},
                           {"hello": ("Exec=%s/examples/hello-service" % BUILD,)}, ["bin/darqctl", "stop", "hello"]),
    "tool": Scenario([], ["bin/darqctl", "call", "hello", "greet", '{"name": "Ada"}'],
                     [(["bin/darqctl", *words], b"")
                      for words in (("stop", "hello"), ("status",), ("list",), ("list", "--json"), ("describe", "hello"), ("ping", "hello"),
                                    ("send", "1", "nothing"), ("request", "hello", "question"), ("register", "manifest"), ("reload",),
                                    ("start", "hello"), ("resolve", "text::x"), ("completion", "words", "call", "hello", ""),
                                    ("monitor", "-t", "20", "--json", "--payload"), ("monitor", "-t", "20", "--pcap", "captured"),
                                    ("top", "-c", "1", "--interval", "20"))],
                     {"nothing": b"", "question": bytes(16), "manifest": b"[Service]\nName=late\nActivate=never\nTypes=text\n"},
                     {"hello": ("Exec=%s/examples/hello-service" % BUILD,)}),
}


def program_of(command):
    return os.path.basename(command[0])
