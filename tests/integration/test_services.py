# SPDX-License-Identifier: MIT
"""Services that manifests declare: started on demand, by a p-kernel that nobody can fool about who they are."""
import functools
import itertools
import json
import os
import random
import re
import resource
import signal
import stat
import struct
import subprocess
import time

from peer import ACTIVATION_FAILED, NO_PORT, PEER_DIED
from process import until
from system import BUILD, SystemCase

RACES = int(os.environ.get("VOLUME", 300))
DESCRIBE = struct.pack("<QIi", 0, 0, 0)

DUMP = """#!/usr/bin/python3
import json, os, signal, sys
limits = {name: os.readlink("/proc/self/fd/" + name) for name in os.listdir("/proc/self/fd")
          if os.path.exists("/proc/self/fd/" + name)}
blocked = [line for line in open("/proc/self/status") if line.startswith(("SigBlk", "SigIgn"))]
json.dump({"environment": dict(os.environ), "descriptors": limits, "directory": os.getcwd(), "arguments": sys.argv[1:],
           "session": os.getsid(0) == os.getpid(), "pid": os.getpid(), "signals": blocked, "uid": os.getuid()},
          open("dump.json", "w"))
"""

# Checks in by its number, and ends when it is asked; its child lives on, with a copy of its connection.
LEAVES_A_CHILD = """#!/usr/bin/python3
import os, signal, socket, struct
connection = socket.socket(fileno=3)
connection.sendall(struct.pack(">BBBBI", 1, 8, 1, 0, 24) + struct.pack(">IIQ", 1, 0, 15002))
connection.recv(24, socket.MSG_WAITALL)
connection.recv(1)
child = os.fork()
if child == 0:
    os.setsid()
    signal.alarm(120)
    signal.pause()
with open("child", "w") as file:
    file.write(str(child))
"""

# A service as they were before: it answers each message with its header's first bytes and what it held.
LEGACY = """#!/usr/bin/python3
import socket, struct
connection = socket.socket(fileno=3)
def receive():
    header = connection.recv(8, socket.MSG_WAITALL)
    return header, connection.recv(struct.unpack(">I", header[4:])[0] - 8, socket.MSG_WAITALL) if header else b""
connection.sendall(struct.pack(">BBBBI", 0, 8, 1, 0, 24) + struct.pack(">IIQ", 1, 0, 15003))
header, body = receive()
while True:
    header, body = receive()
    if not header:
        break
    source, size = struct.unpack(">Q8xI", body[:20])
    answer = header[:2] + body[24:24 + size]
    body = struct.pack(">QQII", 15003, source, len(answer), 0) + answer
    connection.sendall(struct.pack(">BBBBI", 0, 8, 5, 0, 8 + len(body)) + body)
"""


def running(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Services(SystemCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("services"))
        self.kernel.stop()
        self.kernel = self.new_kernel("--services", self.path("services"), "--state", self.path("state"))
        self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % self.kernel.port

    # manifests

    def manifest(self, name, *lines, mode=0o644):
        path = self.path(os.path.join("services", name + ".service"))
        with open(path, "w") as file:
            file.write("\n".join(("[Service]", "Name=" + name) + lines) + "\n")
        os.chmod(path, mode)
        return path

    def program(self, name, text):
        self.write(name, text.encode())
        os.chmod(self.path(name), 0o755)
        return self.path(name)

    def tool(self, *arguments, data=b""):
        return self.run_program("bin/darqctl", *arguments, data=data)

    def reload(self):
        return self.tool("reload")

    def storage_manifest(self, *lines, options=""):
        self.manifest("storage", "Port=11001",
                      "Exec=%s/examples/storage-service --db %%S/storage.sqlite%s" % (BUILD, options), *lines)
        self.assertEqual(self.reload().returncode, 0)

    def entry(self, name):
        """What the p-kernel tells of a service, by its own interface; None if it isn't declared."""
        done = self.tool("call", "1", "list_services")
        entries = {entry["name"]: entry for entry in json.loads(done.stdout)["services"]}
        return entries.get(name)

    def state(self, name):
        return self.entry(name)["state"]

    def pid(self, name):
        return self.entry(name)["pid"]

    # calls

    def caller(self):
        peer = self.peer()
        return peer, peer.port()

    def refused(self, peer, source, port):
        """A call that isn't executed: the reason."""
        peer.call(source, port, DESCRIBE)
        notice = peer.notice()
        self.assertEqual(notice.code, ACTIVATION_FAILED)
        return notice.detail

    def test_nothing_but_a_manifest_starts_it_and_starts_it_again(self):
        self.storage_manifest()
        self.assertEqual(self.state("storage"), "STOPPED")
        self.write("value", b"something")
        self.assertEqual(self.storage("set", "key", "value").returncode, 0)
        first = self.pid("storage")
        done = self.tool("call", "storage", "get", '{"key": "key"}')
        self.assertEqual(json.loads(done.stdout)["value"], "c29tZXRoaW5n", done.stderr)
        self.assertEqual(self.pid("storage"), first)
        peer, source = self.caller()
        peer.call(source, 11001, DESCRIBE)
        self.assertEqual(peer.message().source, 11001)
        os.kill(first, signal.SIGKILL)
        until(lambda: not running(first), "its end")
        peer.call(source, 11001, DESCRIBE)
        self.assertEqual(peer.message().source, 11001)  # the same connection, the same port
        self.assertEqual(json.loads(self.tool("call", "storage", "get", '{"key": "key"}').stdout)["value"], "c29tZXRoaW5n")
        self.assertNotEqual(self.pid("storage"), first)

    def test_a_call_that_it_was_handed_is_not_sent_again(self):
        self.storage_manifest()
        peer, source = self.caller()
        peer.call(source, 11001, DESCRIBE)
        peer.message()
        pid = self.pid("storage")
        os.kill(pid, signal.SIGSTOP)
        peer.call(source, 11001, DESCRIBE)
        until(lambda: self.tool("list", "connections").stdout.count(" 1\n"), "the call to be handed over")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(peer.notice().code, PEER_DIED)

    def test_starts_that_fail_say_why_and_work_again_once_mended(self):
        fine = '#!/bin/sh\nexec "%s/examples/storage-service" --db "$STATE_DIRECTORY/db"\n' % BUILD
        broken = {
            "exits": ("#!/bin/sh\nexit 3\n", "it ended with exit status 3"),
            "dies": ("#!/bin/sh\nkill -SEGV $$\n", "it was ended by SIGSEGV"),
            "waits": ("#!/bin/sh\nexec sleep 60\n", "it did not check in within 400 ms"),
            "closes": ("#!/bin/sh\nexec 3>&-\nexit 4\n", "it ended with exit status 4"),
        }
        for name, (text, _) in broken.items():
            self.manifest(name, "Exec=" + self.program(name, text), "StartTimeout=" + ("400ms" if name == "waits" else "1m"))
        self.manifest("missing", "Exec=" + self.path("missing"), "StartTimeout=1m")
        self.reload()
        for name in [*broken, "missing"]:
            handle = self.tool("ping", name)
            self.assertIn("DARQ_E_ACTIVATION_FAILED", handle.stderr)
            reason = broken[name][1] if name in broken else "it can't be executed: No such file or directory"
            self.assertIn(reason, handle.stderr)
            self.assertIn("it was not executed", handle.stderr)
        # "storage" is the name that the program checks in under: a mended program under its own name.
        self.manifest("storage", "Exec=" + self.program("storage", "#!/bin/sh\nexit 5\n"), "Restart=2/60m")
        self.reload()
        until(self.storage_backs_off, "a back-off that lasts until it is looked at")  # each lasts twice as long
        self.program("storage", fine)
        until(lambda: self.tool("ping", "storage").returncode == 0, "the mended service")

    def storage_backs_off(self):
        self.assertIn("exit status 5", self.tool("ping", "storage").stderr)
        return self.state("storage") == "BACKING_OFF"

    def test_everybody_who_waits_is_told(self):
        self.manifest("late", "StartTimeout=1m", "Port=15001", "Exec=" + self.program(
            "late", "#!/bin/sh\nuntil [ -e go ]; do sleep 0.05; done\nexit 9\n"))
        self.reload()
        callers = [self.caller() for _ in range(5)]
        for peer, source in callers:
            peer.call(source, 15001, DESCRIBE)
            self.assertTrue(peer.alive())  # the p-kernel has seen the call, which came before
        until(lambda: os.path.isdir(self.path("state/late")), "it to be started")
        self.write("state/late/go", b"")
        for peer, source in callers:
            self.assertEqual(peer.notice().detail, "it ended with exit status 9")
        self.assertEqual(self.entry("late")["starts"], 1)

    def test_what_a_process_is_started_with(self):
        self.manifest("dump", 'Exec=%s one "two words" %%S 100%%%%' % self.program("dump", DUMP), "StartTimeout=1m")
        self.reload()
        self.tool("ping", "dump")
        state = self.path("state/dump")
        with open(os.path.join(state, "dump.json")) as file:
            seen = json.load(file)
        self.assertEqual(seen["arguments"], ["one", "two words", state, "100%"])
        self.assertEqual(set(seen["environment"]) - {"LC_CTYPE"},
                         {"PATH", "LANG", "HOME", "USER", "LOGNAME", "STATE_DIRECTORY", "DARQ_PKERNEL"})
        self.assertEqual(seen["environment"]["DARQ_PKERNEL"], "fd:3:%d" % seen["pid"])
        self.assertEqual(seen["directory"], state)
        self.assertEqual(seen["environment"]["STATE_DIRECTORY"], state)
        self.assertEqual(set(seen["descriptors"]), {"0", "1", "2", "3"})
        self.assertEqual(seen["descriptors"]["0"], "/dev/null")
        self.assertTrue(seen["descriptors"]["1"].startswith("pipe:"))
        self.assertEqual(seen["descriptors"]["1"], seen["descriptors"]["2"])
        self.assertTrue(seen["descriptors"]["3"].startswith("socket:"))
        self.assertTrue(seen["session"])
        self.assertIn("0000000000000000", seen["signals"][0])
        self.assertEqual(stat.S_IMODE(os.stat(state).st_mode), 0o700)

    def test_it_runs_as_its_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root can start a service as another user")
        folder = self.directory.name  # the runner's own folders are nobody else's
        while os.path.basename(folder).startswith("darq-"):
            os.chmod(folder, 0o711)
            folder = os.path.dirname(folder)
        self.manifest("dump", "Exec=" + self.program("dump", DUMP), "User=nobody", "StartTimeout=1m")
        self.manifest("nouser", "Exec=/bin/true", "User=no-such-user")
        done = self.reload()
        self.assertIn("there is no user no-such-user", done.stderr)
        self.assertIsNone(self.entry("nouser"))
        self.tool("ping", "dump")
        with open(self.path("state/dump/dump.json")) as file:
            self.assertEqual(json.load(file)["uid"], 65534)
        self.assertEqual(os.stat(self.path("state/dump")).st_uid, 65534)

    def test_what_it_says_goes_to_the_log_and_never_holds_anybody_up(self):
        self.manifest("loud", "StartTimeout=1m", "Exec=" + self.program(
            "loud", "#!/bin/sh\necho first\nprintf 'odd \\033 line\\n'\nyes chatter | head -n 20000 >&2\necho last\n"))
        self.reload()
        started = time.monotonic()
        self.tool("ping", "loud")
        for said in (r"loud\[\d+\]: first\n", r"loud\[\d+\]: odd \? line\n", "exit status"):
            until(lambda: re.search(said, self.kernel.text()), said)
        lines = self.kernel.text().count("chatter")
        self.assertLess(lines, min(101 * (time.monotonic() - started + 2), 20000))  # 100 of them in a second

    def test_imposters_of_the_same_user_get_nothing(self):
        self.storage_manifest()
        peer, source = self.caller()
        self.assertEqual(peer.open(11001)[0], 2)
        done = self.start("examples/storage-service", "--db", self.path("imposter.sqlite"))
        self.assertNotEqual(done.wait(), 0)
        self.assertIn("NOT_ALLOWED", done.text().upper().replace(" ", "_") + done.text())
        self.processes.remove(done)
        peer.call(source, 11001, DESCRIBE)
        peer.message()
        pid = self.pid("storage")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(peer.open(11001)[0], 2)  # nor when it has died

    def test_a_manifest_that_others_can_write_is_ignored(self):
        self.manifest("open", "Exec=/bin/true", mode=0o666)
        self.manifest("group", "Exec=/bin/true", mode=0o664)
        os.symlink(self.manifest("target", "Exec=/bin/true"), self.path("services/link.service"))
        os.mkfifo(self.path("services/pipe.service"))
        done = self.reload()
        self.assertEqual(done.returncode, 1)
        for text in ("open.service: group or others can write it", "group.service: group or others can write it",
                     "link.service: a symbolic link", "pipe.service: not a regular file"):
            self.assertIn(text, done.stderr)
            self.assertIn(text.split(":")[0], self.kernel.text())
        self.assertIsNotNone(self.entry("target"))
        for name in ("open", "group", "link", "pipe"):
            self.assertIsNone(self.entry(name))
        os.chmod(self.path("services"), 0o777)
        self.reload()
        self.assertIsNone(self.entry("target"))

    def test_what_is_broken_is_told_with_its_line(self):
        self.manifest("good", "Exec=/bin/true")
        self.manifest("port", "Port=1", "Exec=/bin/true")
        self.manifest("key", "Exec=/bin/true", "Colour=red")
        self.write("services/other.service", b"[Service]\nName=else\nExec=/bin/true\n")
        self.write("services/notes.txt", b"not a manifest")
        done = self.reload()
        self.assertIn("port.service: line 3: Port: expected a number from 2 to 4294967295", done.stderr)
        self.assertIn("key.service: line 4: 'Colour' is not a key of a manifest", done.stderr)
        self.assertIn("other.service: the file is not called as the service is", done.stderr)
        self.assertNotIn("notes", done.stderr)
        self.assertEqual([line.split()[0] for line in self.tool("list", "services").stdout.splitlines()[1:]], ["good"])

    def test_a_manifest_that_is_broken_changes_nothing(self):
        self.storage_manifest()
        for broken in (("Exec=relative",), ("Exec=/bin/true", "User=nobody-at-all"), ("Exec=/bin/true", "Allow=")):
            self.manifest("storage", *broken)
            done = self.reload()
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, "storage.service: .*; what it said before holds on")
            self.assertEqual(self.tool("ping", "storage").returncode, 0)
            self.assertEqual(self.tool("stop", "storage").returncode, 0)
        os.unlink(self.path("services/storage.service"))
        self.reload()
        until(lambda: not self.entry("storage"), "its end")

    def test_names_that_are_no_text_keep_nothing_from_being_told(self):
        self.manifest("good", "Exec=%s/examples/hello-service" % BUILD, "Activate=at-start")
        with open(os.path.join(os.fsencode(self.path("services")), b"caf\xe9\n.service"), "wb") as file:
            file.write(b"[Service]\nName=good\n")
        self.kernel.stop()
        self.kernel = self.new_kernel("--services", self.path("services"), "--state", self.path("state"))
        self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % self.kernel.port
        until(lambda: self.entry("good")["starts"] > 0, "good is started")
        self.assertIn("caf??.service: ", self.reload().stderr)

    def test_a_reason_that_is_cut_within_a_character_is_told(self):
        for name in ("odd", "even"):
            path = "/" + "x" * (name == "odd") + "\u00e9" * 1000
            self.manifest(name, "Exec=" + path, "StartTimeout=1m")
            self.assertEqual(self.reload().returncode, 0)
            done = self.tool("call", name, "ping")
            self.assertIn("could not be started: /", done.stderr)
            self.await_stopped(name)

    def begin_with(self, descriptors):
        """What a p-kernel says that has so many descriptors, until it routes or ends."""
        command = [os.path.join(BUILD, "bin", "pkernel"), "--listen", "tcp:127.0.0.1:0", "--services", self.path("services"),
                   "--state", self.path("state")]
        limit = functools.partial(resource.setrlimit, resource.RLIMIT_NOFILE, (descriptors, descriptors))
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=limit) as process:
            said = "".join(itertools.takewhile(lambda line: not line.endswith(": ready\n"), process.stderr))
            process.terminate()
            return said

    def test_without_descriptors_to_read_them_it_does_not_begin(self):
        self.manifest("good", "Exec=/bin/true")
        shortages = 0
        for descriptors in range(5, 16):
            said = self.begin_with(descriptors)
            shortages += "every manifest is ignored" in said
            self.assertTrue("cannot start" in said or "1 services are declared" in said, said)
        self.assertGreater(shortages, 0)
        self.assertNotIn("cannot start", said)

    def test_sighup_reads_them_again(self):
        self.manifest("new", "Exec=/bin/true")
        self.assertIsNone(self.entry("new"))
        self.kernel.process.send_signal(signal.SIGHUP)
        until(lambda: self.entry("new"), "the new service")
        os.unlink(self.path("services/new.service"))
        self.kernel.process.send_signal(signal.SIGHUP)
        until(lambda: not self.entry("new"), "its end")

    def test_register_stores_and_declares(self):
        self.write("manifest", b"[Service]\nName=added\nExec=/bin/true\n")
        done = self.tool("register", self.path("manifest"))
        self.assertEqual((done.returncode, done.stdout), (0, "added\n"), done.stderr)
        self.assertEqual(self.state("added"), "STOPPED")
        self.assertEqual(self.read("services/added.service"), self.read("manifest"))
        self.write("manifest", b"[Service]\nName=added\n")
        done = self.tool("register", self.path("manifest"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected an Exec", done.stderr)
        self.write("manifest", b"[Service]\nName=../evil\nExec=/bin/true\n")
        self.assertEqual(self.tool("register", self.path("manifest")).returncode, 1)
        self.assertEqual(sorted(os.listdir(self.path("services"))), ["added.service"])

    def test_the_first_to_be_registered_makes_the_directory(self):
        self.kernel.stop()
        self.kernel = self.new_kernel("--services", self.path("not/yet/there"), "--state", self.path("state"))
        self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % self.kernel.port
        self.write("manifest", b"[Service]\nName=first\nExec=/bin/true\n")
        self.assertEqual(self.tool("register", "manifest").returncode, 0)
        self.assertEqual(os.listdir(self.path("not/yet/there")), ["first.service"])
        self.assertEqual(self.reload().stdout, "1 services\n")
        os.rename(self.path("not/yet/there"), self.path("gone"))
        self.write("not/yet/there", b"a file")
        self.assertIn("it can't be stored in %s: Not a directory" % self.path("not/yet/there"),
                      self.tool("register", "manifest").stderr)

    def test_the_longest_manifest_can_be_registered(self):
        text = b"[Service]\nName=long\nExec=/bin/true\n#"
        for size, status in ((1 << 16, 0), ((1 << 16) + 1, 1)):
            self.write("manifest", text + b"c" * (size - len(text)))
            done = self.tool("register", self.path("manifest"))
            self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(os.path.getsize(self.path("services/long.service")), 1 << 16)

    def test_what_cannot_be_declared_is_told_to_who_asked(self):
        self.peer().port(15004)
        self.peer().port(15006)
        self.manifest("taken", "Port=15004", "Exec=/bin/true")
        self.manifest("moved", "Port=15005", "Exec=/bin/true")
        done = self.reload()
        self.assertEqual((done.returncode, done.stdout), (1, "1 services\n"), done.stderr)
        self.assertIn("taken: its port is somebody's already", done.stderr)
        for name, lines, why in (("taken", "Port=15004\nExec=/bin/true", "its port is somebody's already"),
                                 ("moved", "Port=15006\nExec=/bin/true", "it keeps the one that it has")):
            self.write("manifest", ("[Service]\nName=%s\n%s\n" % (name, lines)).encode())
            done = self.tool("register", self.path("manifest"))
            self.assertEqual(done.returncode, 1)
            self.assertIn("it is stored, but not in force: %s: " % name, done.stderr)
            self.assertIn(why, done.stderr)
        self.assertEqual(self.entry("moved")["port"], 15005)
        self.assertIn("moved: its new port is somebody's already", self.reload().stderr)

    def test_a_service_under_another_name_has_its_port_at_once(self):
        self.manifest("zoo", "Port=15004", "Exec=/bin/true")
        self.assertEqual(self.reload().returncode, 0)
        os.remove(self.path("services/zoo.service"))
        self.manifest("ark", "Port=15004", "Exec=/bin/true")
        done = self.reload()
        self.assertEqual((done.returncode, done.stdout), (0, "1 services\n"), done.stderr)
        self.assertEqual(self.entry("ark")["port"], 15004)

    def test_another_port_is_for_when_it_does_not_run(self):
        self.storage_manifest()
        self.assertEqual(self.tool("start", "storage").returncode, 0)
        until(lambda: self.state("storage") == "RUNNING", "the service")
        for lines in (["Port=15004", "Exec=/bin/true"], ["Port=11001", "Activate=never"]):
            self.manifest("storage", *lines)
            done = self.reload()
            self.assertEqual((done.returncode, done.stdout), (1, "1 services\n"), done.stderr)
            self.assertIn("storage: while it runs its port, and how it is activated, stay as they are", done.stderr)
            self.assertEqual((self.state("storage"), self.entry("storage")["port"]), ("RUNNING", 11001))
        self.assertEqual(self.tool("stop", "storage").returncode, 0)
        until(lambda: self.state("storage") == "STOPPED", "its end")
        peer, source = self.caller()
        self.assertEqual(self.refused(peer, source, 11001), "its manifest says Activate=never now")
        self.assertEqual(self.reload().returncode, 0)
        peer.call(source, 11001, DESCRIBE)
        self.assertEqual(peer.notice().code, NO_PORT)
        self.storage_manifest()
        self.assertIn("interface storage.Storage", self.tool("describe", "storage").stdout)

    def test_start_and_stop(self):
        self.storage_manifest()
        self.assertEqual(self.tool("start", "storage").returncode, 0)
        until(lambda: self.state("storage") == "RUNNING", "the service")
        pid = self.pid("storage")
        self.assertEqual(self.tool("stop", "storage").returncode, 0)
        until(lambda: self.state("storage") == "STOPPED", "its end")
        self.assertFalse(running(pid))
        self.assertEqual(self.tool("stop", "nobody").returncode, 1)

    def test_services_end_with_the_p_kernel_however_it_ends(self):
        self.storage_manifest()
        self.manifest("helper", "Exec=" + self.program("helper", "#!/bin/sh\nsleep 600 &\necho $! > child\nexec sleep 600\n"),
                      "StartTimeout=1m")
        self.reload()
        self.tool("ping", "storage")
        self.tool("start", "helper")
        until(lambda: os.path.exists(self.path("state/helper/child")) and self.read("state/helper/child"), "its child")
        pids = [self.pid("storage"), self.pid("helper"), int(self.read("state/helper/child"))]
        self.kernel.process.kill()
        until(lambda: not any(running(pid) for pid in pids), "the services to end")
        self.kernel.stop()
        self.kernel = self.new_kernel()

    def test_without_its_starter_the_p_kernel_goes_on_and_says_so(self):
        self.storage_manifest()
        self.manifest("late", "Exec=/bin/false")
        self.assertEqual(self.reload().returncode, 0)
        self.start_hello()
        router = self.kernel.process.pid
        with open("/proc/%d/task/%d/children" % (router, router)) as file:
            starter = int(file.read())
        os.kill(starter, signal.SIGKILL)
        until(lambda: "the p-kernel's starter has gone" in self.kernel.text(), "it to be missed")
        for words in (("ping", "late"), ("start", "late"), ("reload",),
                      ("register", os.path.join(self.path("services"), "late.service"))):
            done = self.tool(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("starter has gone", done.stderr)
        self.assertEqual(self.hello("Ada").returncode, 0)
        self.assertEqual(self.tool("list").returncode, 0)

    def test_what_a_service_leaves_running_ends_with_it(self):
        self.manifest("parent", "Exec=" + self.program("parent", "#!/bin/sh\nsleep 600 &\necho $! > child\nexit 1\n"))
        self.reload()
        self.tool("ping", "parent")
        until(lambda: not running(int(self.read("state/parent/child"))), "its child's end")

    def test_who_keeps_the_connection_of_one_that_has_ended_holds_nobody_up(self):
        """A child in a session of its own, which nobody ends, with a copy of the descriptor. It outlives what we wait for."""
        self.manifest("early", "StartTimeout=2m", "Port=15001", "Exec=" + self.program(
            "early", "#!/bin/sh\nsetsid sleep 120 &\necho $! > child\nsleep 0.1\nexit 1\n"))
        self.manifest("late", "StartTimeout=2m", "Port=15002", "Exec=" + self.program("late", LEAVES_A_CHILD))
        self.reload()
        for port, code in ((15001, ACTIVATION_FAILED), (15002, PEER_DIED)):
            peer, source = self.caller()
            peer.call(source, port, DESCRIBE)
            self.assertEqual(peer.notice().code, code)
        for name in ("early", "late"):
            self.await_stopped(name)
            os.kill(int(self.read("state/%s/child" % name)), signal.SIGKILL)

    def await_stopped(self, name):
        until(lambda: self.state(name) == "STOPPED", "%s to end" % name)

    def test_one_that_says_no_hello_is_served_in_its_own_form(self):
        self.manifest("legacy", "StartTimeout=1m", "Port=15003", "Exec=" + self.program("legacy", LEGACY))
        self.reload()
        peer, source = self.caller()
        call = peer.call(source, 15003, b"first", ports=[peer.port()], timeout=60000)
        answer = peer.message()
        self.assertEqual((answer.call, answer.payload), (call, bytes([1, 8]) + b"first"))

    def test_objects_are_resolved_to_the_service_of_their_type(self):
        self.storage_manifest("Types=text.plain text.markdown")
        for name in ("text.plain::readme", "text.markdown::a:b:c"):
            self.assertEqual(self.tool("resolve", name).stdout, "11001\n")
        for name, reason in (("text.html::x", "no service implements this type"), ("text.plain", "expected type:location:id"),
                             ("text.plain:cellar:x", "this location can't be reached")):
            done = self.tool("resolve", name)
            self.assertEqual(done.returncode, 1)
            self.assertIn(reason, done.stderr)

    def test_an_idle_exit_loses_no_request(self):
        """Requests come at random times around the moment at which the service decides to go."""
        seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
        print("seed", seed)
        draw = random.Random(seed)
        self.storage_manifest("Restart=1000/1s", options=" --idle 1")
        peer, source = self.caller()
        for _ in range(RACES):
            time.sleep(draw.uniform(0, 0.004))
            sent = [peer.call(source, 11001, DESCRIBE) for _ in range(draw.randint(1, 3))]
            for number in sent:
                answer = peer.message()
                self.assertEqual((answer.call, answer.source), (number, 11001))
        starts = self.entry("storage")["starts"]
        print(starts, "starts for", RACES, "rounds")
        self.assertGreater(starts, RACES // 20)

    def test_one_with_nothing_to_do_goes(self):
        self.storage_manifest(options=" --idle 50")
        self.tool("ping", "storage")
        until(lambda: self.state("storage") == "STOPPED", "it to go")
        self.assertEqual(self.entry("storage")["failure"], "it ended with exit status 0")
