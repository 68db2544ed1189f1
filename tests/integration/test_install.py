# SPDX-License-Identifier: MIT
"""An installed copy, and a user who takes the hello example out of the tree and changes its interface."""
import glob
import os
import shlex
import shutil
import struct
import subprocess
import tempfile
import unittest

import capture
from peer import Kernel, message
from process import Process, until

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# The variables that make was given, so that what is installed is what was tested.
VARIABLES = [word for word in shlex.split(os.environ.get("DARQ_MAKE", "")) if "=" in word]
SANITIZE = dict(word.split("=", 1) for word in VARIABLES).get("SANITIZE")
CC = dict(word.split("=", 1) for word in VARIABLES).get("CC", "gcc")
CFLAGS = "-g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror" + \
    (" -fsanitize=" + SANITIZE if SANITIZE else "")

MAKEFILE = """
include $(shell pkg-config --variable=makefile darqwire)

all: service client
service: service.o hello.darq.o
client: client.o hello.darq.o
"""

PKG_CONFIG_BUILD = """set -e
$(pkg-config --variable=darqidl darqwire) hello.didl
$CC $CFLAGS $(pkg-config --cflags darqwire) service.c hello.darq.c -o service $(pkg-config --libs darqwire)
$CC $CFLAGS $(pkg-config --cflags darqwire) client.c hello.darq.c -o client $(pkg-config --libs darqwire)
"""


def make(*arguments):
    return subprocess.run(["make", "-s", *VARIABLES, *arguments], cwd=ROOT, check=True, timeout=300,
                          capture_output=True, text=True)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="darq-install-")
        cls.root = os.path.join(cls.directory.name, "root")
        cls.prefix = os.path.join(cls.root, "opt/darq")
        make("install", "DESTDIR=" + cls.root, "PREFIX=/opt/darq")
        cls.environment = dict(os.environ, CC=CC, CFLAGS=CFLAGS, LDFLAGS="-fsanitize=" + SANITIZE if SANITIZE else "",
                               PKG_CONFIG_PATH=os.path.join(cls.prefix, "lib/pkgconfig"))

    @classmethod
    def tearDownClass(cls):
        make("uninstall", "DESTDIR=" + cls.root, "PREFIX=/opt/darq")
        left = [path for path in glob.glob(cls.root + "/**", recursive=True) if not os.path.isdir(path)]
        cls.directory.cleanup()
        assert not left, "uninstall leaves %s" % left

    def setUp(self):
        self.work = tempfile.mkdtemp(dir=self.directory.name)

    def at(self, name):
        return os.path.join(self.work, name)

    def edit(self, name, old, new):
        with open(self.at(name)) as file:
            text = file.read()
        self.assertIn(old, text)
        with open(self.at(name), "w") as file:
            file.write(text.replace(old, new))

    def copy_hello(self):
        """The example out of the tree, with a longer name and one more result."""
        for name in ("hello.didl", "service.c", "client.c"):
            shutil.copy(os.path.join(ROOT, "examples/hello", name), self.work)
        self.edit("hello.didl", "string<64> name", "string<100> name")
        self.edit("hello.didl", "u64 count)", "u64 count, u32 letters)")
        self.edit("service.c", ".count = ++greeter->count,",
                  ".count = ++greeter->count, .letters = (uint32_t)request->name.size,")
        self.edit("client.c", "(unsigned long long)reply->count",
                  "(unsigned long long)reply->count + reply->letters")

    def shell(self, command):
        done = subprocess.run(command, shell=True, cwd=self.work, env=self.environment, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def greet(self, **variables):
        """Runs what was built under the installed p-kernel: a name of 80 letters is greeted as number 1 + 80."""
        kernel = Kernel(os.path.join(self.prefix, "bin/pkernel"))
        environment = dict(self.environment, DARQ_PKERNEL="tcp:127.0.0.1:%d" % kernel.port, **variables)
        service = Process([self.at("service")], environment, self.work)
        try:
            outputs = []

            def greeted():
                done = subprocess.run([self.at("client"), "x" * 80], env=environment, timeout=60,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                outputs.append(done.stdout)
                return done.returncode == 0

            until(lambda: greeted() or not service.running(), "a greeting")
            self.assertEqual(outputs[-1], "Hello, %s! (greeting 81)\n" % ("x" * 80), outputs[-1] + service.text())
            self.assertEqual(service.end(), 0, service.text())
        finally:
            service.kill()
            status, text = kernel.stop()
        self.assertEqual(status, 0, text)

    def test_darq_mk_builds_it(self):
        self.copy_hello()
        with open(self.at("Makefile"), "w") as file:
            file.write(MAKEFILE)
        self.shell("make -j2")
        self.greet()
        self.assertIn("Nothing to be done", self.shell("make"))

    def test_darq_mk_finds_interfaces_in_folders(self):
        self.copy_hello()
        for folder in ("src", "idl", "idl/base"):
            os.mkdir(self.at(folder))
        for name in ("service.c", "client.c"):
            shutil.move(self.at(name), self.at("src"))
        shutil.move(self.at("hello.didl"), self.at("idl"))
        self.edit("idl/hello.didl", "package hello;", 'package hello;\nimport "greeting.didl";')
        self.edit("idl/hello.didl", "u32 letters)", "u32 letters, greeting.Tone? tone)")
        with open(self.at("idl/base/greeting.didl"), "w") as file:
            file.write("package greeting;\nenum Tone : u8 { LOUD = 1; }\n")
        with open(self.at("Makefile"), "w") as file:
            file.write("DARQ_DIDL := idl/hello.didl idl/base/greeting.didl\n" + MAKEFILE.replace(
                "service: service.o hello.darq.o\nclient: client.o hello.darq.o",
                "service client: %: src/%.o $(DARQ_OBJECTS)\n\t$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@"))
        self.shell("make -j4")
        self.greet()

    def test_darq_mk_builds_anew_what_an_interface_changes(self):
        self.copy_hello()
        with open(self.at("Makefile"), "w") as file:
            file.write(MAKEFILE)
        self.shell("make")
        self.edit("hello.didl", "letters", "characters")
        self.assertNotEqual(subprocess.run(["make"], cwd=self.work, env=self.environment, timeout=120,
                                           capture_output=True).returncode, 0)
        self.edit("service.c", "letters", "characters")
        self.edit("client.c", "letters", "characters")
        self.shell("make")

    def test_pkg_config_builds_it(self):
        self.copy_hello()
        self.shell(PKG_CONFIG_BUILD)
        self.greet(LD_LIBRARY_PATH=os.path.join(self.prefix, "lib"))

    def test_the_static_library_is_enough(self):
        self.copy_hello()
        self.shell(PKG_CONFIG_BUILD.replace("--libs darqwire", "--variable=libdir darqwire)/libdarqwire.a $(true"))
        self.greet()

    def test_every_header_compiles_alone(self):
        headers = sorted(glob.glob(os.path.join(self.prefix, "include/darq/*.h")))
        self.assertGreater(len(headers), 5)
        for header in headers:
            for command in ("$CC -std=c11 -xc", "$CC -std=c17 -xc", "g++ -std=c++17 -xc++"):
                self.shell("echo '#include <darq/%s>' | %s -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror "
                           "-fsyntax-only $(pkg-config --cflags darqwire) -" % (os.path.basename(header), command))

    def test_what_is_there(self):
        for name in ("bin/darqidl", "bin/pkernel", "bin/darqctl", "lib/libdarqwire.a", "lib/libdarqwire.so",
                     "lib/libdarqwire.so.0", "share/darq/darq.mk", "share/darq/idl/storage.didl",
                     "share/darq/idl/darq/object.didl", "include/darq/darq.h",
                     "share/man/man1/darqctl.1", "lib/systemd/system/pkernel.service"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, name)), name)

    def test_the_dissector_knows_the_systems_interfaces(self):
        plugins = self.at(".local/lib/wireshark/plugins")
        os.makedirs(plugins)
        os.symlink(os.path.join(self.prefix, "share/darq/wireshark"), plugins + "/darq")
        exists = struct.pack("<QIiII", 0x33362CA5889C9759, 3, 0, 8, 4) + b"key\0"
        with open(self.at("capture.pcap"), "wb") as file:
            file.write(capture.pcap(capture.USER0, [capture.record(message(5, 11001, exists, call=1, flags=1))]))
        done = subprocess.run(["tshark", "-r", self.at("capture.pcap"), "-T", "fields", "-e", "_ws.col.Info", "-e",
                               "darq.storage.Storage.exists.request.key"], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=dict(os.environ, HOME=self.work))
        self.assertEqual((done.returncode, done.stdout), (0, "storage.Storage.exists request, call 1\tkey\n"), done.stderr)
