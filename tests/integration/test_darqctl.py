# SPDX-License-Identifier: MIT
"""darqctl: what it says, and its exit status."""
import json
import os
import socket
import struct
import subprocess
import threading

from peer import OPENED, WELCOME, frame
from process import until
from system import BUILD, SystemCase

# What a p-kernel says at first: a greeting, and the number of the port that was asked for.
GREETING = frame(WELCOME, struct.pack(">IIQQQII", 1, 0, 1, 77, 1 << 20, 65536, 0)) + \
    frame(OPENED, struct.pack(">IB3xQ", 1, 0, 1 << 33))
ALL = {"services", "ports", "connections"}
# What a shell does when somebody presses Tab behind the words, the last of which may be empty.
PRESS_TAB = """
source <(darqctl completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_darqctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Darqctl(SystemCase):
    def tool(self, *arguments, data=b""):
        return self.run_program("bin/darqctl", *arguments, data=data)

    def test_status_counts_what_is_there(self):
        self.start_hello()
        self.await_alone()
        rows = dict(line.rsplit(maxsplit=1) for line in self.tool("status").stdout.splitlines() if "up for" not in line)
        self.assertEqual(rows["connections"], "2")
        self.assertEqual(rows["violations"], "0")

    def await_alone(self):
        """Clients that have ended are forgotten: the service and who asks are left."""
        until(lambda: self.counters()["connections"] == 2, "clients to be forgotten")

    def test_list_names_the_services(self):
        self.start_storage()
        lines = [line.split() for line in self.tool("list", "ports").stdout.splitlines()]
        self.assertIn(["11001", "storage"], [[line[0], line[-1]] for line in lines])

    def test_it_is_asked_about_itself_without_a_p_kernel(self):
        self.environment["DARQ_PKERNEL"] = "unix:/nonexistent"
        for words in (["--help"], ["-h"], ["help"], ["-a", "unix:/nowhere", "--help"]):
            done = self.tool(*words)
            self.assertEqual((done.returncode, done.stderr, done.stdout[:14]), (0, "", "usage: darqctl"), words)
        for program in ("darqctl", "darqidl", "pkernel"):
            self.assertRegex(self.run_program("bin/" + program, "--version").stdout, r"^%s \d+\.\d+\n$" % program)
        done = self.tool("descrbe", "hello")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "darqctl: no command 'descrbe'; 'darqctl --help' lists them\n"))

    def test_misuse_is_told_without_a_p_kernel(self):
        self.environment["DARQ_PKERNEL"] = "unix:/nonexistent"
        for words in ("status now", "list all", "ping 1 2", "ping -x", "call hello", "call", "describe", "monitor -x", "monitor 1",
                      "locations 1", "location add", "location new a", "top --interval 0", "start", "stop a b", "register",
                      "reload now", "resolve", "send", "request -t", "receive 1 2", "receive x", "encode a", "completion ksh"):
            done = self.tool(*words.split())
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("usage: darqctl %s " % words.split()[0], done.stderr)
            self.assertNotIn("p-kernel can't be reached", done.stderr)
        for words, why in (("location add X", "a location is 1 to 63 of a-z, 0-9 and '-'"), ("top -c x", "x: not a number"),
                           ("register /nonexistent", "/nonexistent"), ("monitor -t x", "x: not a number"),
                           ("monitor --schema /nonexistent", "/nonexistent")):
            done = self.tool(*words.split())
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(why, done.stderr)
        self.assertIn("the p-kernel can't be reached at unix:/nonexistent", self.tool("status").stderr)

    def test_options_stand_among_the_other_words(self):
        for words in (["-c", "2", "1"], ["1", "-c", "2"], ["-c", "1", "1", "-c", "2"]):
            self.assertEqual(self.tool("ping", *words).stdout.count("port 1 answered"), 2, words)
        self.assertEqual(self.tool("call", "1", "-t", "5000", "statistics").returncode, 0)

    def test_what_the_p_kernel_refuses_is_told_in_its_words(self):
        self.write("manifest", b"[Service]\nName=Upper\n")
        for words, said in ((["start", "nobody"], "nobody: no such service\n"),
                            (["resolve", "text"], "text: expected type:location:id\n"),
                            (["register", "manifest"], "manifest: line 2: Name: expected up to 255 of a-z, 0-9,"),
                            (["call", "1", "check_in", '{"name": "a@b"}'], "1: check_in: NOT_ALLOWED: expected up to 255 of a-z, 0-9")):
            done = self.tool(*words)
            self.assertEqual((done.returncode, done.stderr[:len(said)]), (1, said))
        self.assertIn('"nobody": nobody serves it, and no manifest declares it', self.tool("call", "nobody", "get").stderr)

    def test_an_output_that_takes_nothing_is_told(self):
        for words in (["status"], ["list"], ["list", "--json"], ["describe", "1"], ["call", "1", "statistics"], ["--help"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([os.path.join(BUILD, "bin/darqctl"), *words], env=self.environment, stdout=full,
                                      stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr), (1, "darqctl: standard output: No space left on device\n"))

    def test_what_is_printed_without_a_standard_output_goes_nowhere(self):
        """Not to the p-kernel either, whose socket would have been given the free number."""
        self.start_hello()
        for program in ("bin/darqctl list", "examples/hello-client Ada", "examples/hello-client ''"):
            for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
                subprocess.run("exec %s/%s %s" % (BUILD, program, closed), shell=True, env=self.environment, timeout=60)
        counters = json.loads(self.tool("status", "--json").stdout)
        self.assertEqual((counters.get("violations"), counters.get("skipped")), (0, 0), counters)

    def test_list_of_more_ports_than_a_page(self):
        peer = self.peer()
        for number in range(20000, 20600):
            peer.port(number)
        listed = {line.split()[0] for line in self.tool("list", "ports").stdout.splitlines()}
        self.assertTrue({str(number) for number in range(20000, 20600)} <= listed)

    def test_list_connections_tells_full_peers_from_legacy_ones(self):
        self.peer()
        self.peer(hello=False).port()
        kinds = [line.split()[2] for line in self.tool("list", "connections").stdout.splitlines()[1:]]
        self.assertEqual(sorted(kinds), ["full", "full", "legacy"])

    def test_lists_are_json_for_programs(self):
        self.start_storage()
        whole = json.loads(self.tool("list", "--json").stdout)
        self.assertEqual(set(whole), ALL)
        self.assertIn({"number": 11001, "name": "storage"},
                      [{key: port.get(key) for key in ("number", "name")} for port in whole["ports"]])
        self.assertEqual({connection["principal"] for connection in whole["connections"]}, {"uid:%d" % os.getuid()})
        for name in ALL:
            self.assertEqual(set(json.loads(self.tool("list", name, "--json").stdout)), {name})
            self.assertEqual(set(json.loads(self.tool("list", "--json", name).stdout)), {name})
        self.await_alone()
        self.assertEqual(self.counters()["violations"], 0)

    def test_a_list_of_many_pages_is_json_too(self):
        peer = self.peer()
        for number in range(20000, 20600):
            peer.port(number)
        listed = {port["number"] for port in json.loads(self.tool("list", "ports", "--json").stdout)["ports"]}
        self.assertTrue(set(range(20000, 20600)) <= listed)

    def complete(self, *words):
        environment = dict(self.environment, PATH="%s/bin:%s" % (BUILD, os.environ["PATH"]))
        done = subprocess.run(["bash", "-c", PRESS_TAB, "bash", "darqctl", *words], env=environment, capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_a_shell_completes_commands_and_names(self):
        for shell in ("zsh", "fish"):
            self.assertIn("darqctl completion words", self.tool("completion", shell).stdout)
        self.assertEqual(self.complete("st"), ["status", "start", "stop"])
        self.assertEqual(self.complete("list", "p"), ["ports"])
        self.assertEqual(self.complete("list", "--l"), ["--location"])
        self.assertEqual(self.complete("list", "--location", ""), [])  # without a link
        self.assertEqual(self.complete("completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.complete("call", "st"), [])  # no manifest declares anything
        self.write("storage.service", b"[Service]\nName=storage\nPort=11001\nActivate=never\n")
        os.mkdir(self.path("services"))
        self.kernel.stop()
        self.kernel = self.new_kernel("--services", self.path("services"), "--state", self.path("state"))
        self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % self.kernel.port
        self.assertEqual(self.tool("register", "storage.service").returncode, 0)
        self.assertEqual(self.complete("call", ""), ["storage"])
        self.assertEqual(self.complete("stop", ""), [])
        self.assertEqual(self.complete("call", "storage", ""), [])  # it doesn't run, and isn't started for that
        self.start_storage()
        until(lambda: self.complete("stop", "") == ["storage"], "it to run")
        self.assertEqual(self.complete("call", "storage", "e"), ["exists"])
        self.assertEqual(self.complete("-a", self.environment["DARQ_PKERNEL"], "call", "-t", "5", "storage", "u"), ["update"])

    def test_the_words_of_others_do_not_command_the_terminal(self):
        peer = self.peer()
        port = peer.port(20000)
        text = "\x1b]0;mine\x07 \u009b2J \x7f \u00e4"

        def refuse():
            slot = peer.message().source
            body = text.encode() + b"\0"
            peer.reply(slot, struct.pack("<QIi", 0, 0, -133) + struct.pack("<I", len(body)) + body)
            peer.fail(peer.message().source, 68, text)

        thread = threading.Thread(target=refuse)
        thread.start()
        self.assertIn("doesn't describe itself", self.tool("describe", str(port)).stderr)
        done = self.tool("request", str(port))
        thread.join()
        self.assertIn("\\x1b]0;mine\\x07 \\x9b2J \\x7f \u00e4", done.stderr)
        for control in "\x1b\x07\u009b\x7f":
            self.assertNotIn(control, done.stderr)

    def test_ping_asks_the_p_kernel_or_a_service(self):
        self.start_storage()
        for target in ([], ["storage"], ["11001"]):
            done = self.tool("ping", *target)
            self.assertEqual((done.returncode, done.stdout.count("answered in")), (0, 1), done.stderr)
        self.assertEqual(self.tool("ping", "nobody").returncode, 1)

    def test_send_to_nobody_says_so(self):
        done = self.tool("send", "12345", data=b"anybody there?")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NO_PORT", done.stderr)

    def test_call_prints_the_answer(self):
        peer = self.peer()
        port = peer.port(12000)

        def answer():
            request = peer.message()
            peer.reply(request.source, request.payload[::-1])

        thread = threading.Thread(target=answer)
        thread.start()
        done = self.tool("request", str(port), data=b"backwards")
        thread.join()
        self.assertEqual((done.returncode, done.stdout), (0, "sdrawkcab"))

    def test_call_of_a_service_with_a_payload_made_by_hand(self):
        self.start_storage()
        done = self.tool("request", "storage", data=struct.pack("<QIi", 0, 0, 0))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_receive_gives_up_in_time(self):
        done = self.tool("receive", "-t", "50", "12000")
        self.assertEqual(done.returncode, 1)
        self.assertIn("listening on port 12000", done.stderr)

    def test_a_port_in_use_is_not_received_from(self):
        self.peer().port(12000)
        self.assertIn("IN_USE", self.tool("receive", "12000").stderr)

    def test_misuse_is_told_with_the_usage(self):
        rows = {"call": ((), ("storage",), ("a", "b", "c", "d"), ("-t", "x", "a", "b")), "describe": ((), ("a", "b")),
                "completion": ((), ("ksh",), ("bash", "x")), "decode": (("a",), ("a", "b", "c", "d")), "encode": (("a",), ("a", "b", "c", "d")),
                "list": (("services", "ports"), ("all",), ("--location",), ("--location", "--json"), ("ports", "--location", "attic"),
                         ("--location", "attic", "--location", "attic")),
                "location": ((), ("add",), ("remove", "a")), "locations": (("x",),),
                "monitor": (("x",), ("--nothing",)), "ping": (("a", "b"), ("-c", "x")), "receive": (("1", "2"), ("-t", "x")),
                "register": ((), ("a", "b")), "reload": (("x",),), "request": ((), ("a", "b", "c"), ("-x", "a")),
                "resolve": ((), ("a", "b")), "send": ((), ("a", "b", "c")), "start": ((), ("a", "b")), "status": (("x",),),
                "stop": ((), ("a", "b")), "top": (("x",), ("--interval", "0"))}
        for command, misuses in rows.items():
            for words in misuses:
                done = self.tool(command, *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""), (command, words))
                self.assertIn("usage: darqctl %s " % command, done.stderr)

    def test_what_is_not_there_is_named(self):
        self.write("file", b"{}")
        for words, name in ((("send", "nobody"), "nobody"), (("send", "1", "missing"), "missing"), (("request", "nobody"), "nobody"),
                            (("request", "1", "missing"), "missing"), (("request", "12345"), "12345"), (("call", "nobody", "get"), "nobody"),
                            (("call", "12345", "get"), "12345"), (("start", "nobody"), "nobody"), (("stop", "nobody"), "nobody"),
                            (("resolve", "text:here:x"), "text:here:x"), (("register", "missing"), "missing"),
                            (("register", "file"), "file"), (("encode", "missing", "T"), "missing"), (("locations",), "link"),
                            (("location", "add", "attic"), "link"), (("list", "--location", "attic"), "attic: no such location"),
                            (("list", "services", "--location", "Attic"), "1 to 63 of a-z"),
                            (("send", "99999999999999999999"), "not a number"),
                            (("decode", "file", "T"), "file"), (("send", "1", "."), "directory"),
                            (("top", "-c", "x"), "not a number"), (("monitor", "-t", "-1"), "not a number"),
                            (("monitor", "--schema", "missing"), "missing"), (("monitor", "--pcap", "no/where"), "no/where")):
            done = self.tool(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertIn(name, done.stderr)

    def test_our_own_location_without_a_link_says_so(self):
        self.kernel.stop()
        self.kernel = self.new_kernel("--location", "here")
        self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % self.kernel.port
        done = self.tool("list", "--location", "here")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("here: it has no service link", done.stderr)

    def test_without_a_p_kernel_each_says_so(self):
        self.environment["DARQ_PKERNEL"] = "unix:" + self.path("nowhere")
        for words in (("status",), ("list",), ("list", "--location", "a"), ("ping",), ("call", "a", "b"), ("describe", "a"), ("monitor",),
                      ("top",), ("reload",), ("send", "1"), ("locations",), ("encode", "a", "b")):
            done = self.tool(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertIn("can't be reached at " + self.environment["DARQ_PKERNEL"], done.stderr)
        self.assertEqual(self.complete("call", ""), [])

    def test_a_p_kernel_that_ends_is_told_of(self):
        """One that takes connections, greets, and hangs up at the first thing that is asked of it."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.environment["DARQ_PKERNEL"] = "tcp:127.0.0.1:%d" % server.getsockname()[1]

            def hang_up():
                while True:
                    try:
                        with server.accept()[0] as one:
                            one.recv(4096)
                            one.sendall(GREETING)
                            one.recv(4096)
                    except OSError:
                        return
            threading.Thread(target=hang_up, daemon=True).start()
            for words in (("status",), ("list",), ("list", "--json"), ("list", "--location", "a"), ("ping",), ("call", "1", "list"),
                          ("describe", "1"), ("monitor",), ("top",), ("reload",), ("send", "1"), ("request", "1"), ("locations",),
                          ("register", "file"), ("start", "a"), ("stop", "a"), ("resolve", "a:b:c"), ("receive",)):
                self.write("file", b"[Service]\n")
                done = self.tool(*words)
                self.assertEqual((done.returncode, done.stdout), (1, ""), words)
                self.assertRegex(done.stderr, "LOST|lost")

    def test_the_address_may_be_given(self):
        address = self.environment.pop("DARQ_PKERNEL")
        self.assertEqual(self.tool("-a", address, "ping").returncode, 0)
        self.assertEqual(self.tool("-a", address).returncode, 2)
        self.assertIn("usage: darqctl", self.tool("-a").stderr)
        done = self.tool("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("usage: darqctl", done.stdout)

    def test_pings_are_a_second_apart_and_counted(self):
        done = self.tool("ping", "-c", "2")
        self.assertEqual((done.returncode, done.stdout.count("answered in")), (0, 2))

    def test_a_full_disk_is_told_of(self):
        peer = self.peer()
        peer.port(12000)
        threading.Thread(target=lambda: peer.reply(peer.message().source, b"answer"), daemon=True).start()
        for words in (("list",), ("list", "--json"), ("status",), ("status", "--json"), ("request", "12000"), ("ping",),
                      ("completion", "bash"), ("top", "-c", "1", "--interval", "20"), ("--help",)):
            with open("/dev/full", "w") as full:
                done = subprocess.run([os.path.join(BUILD, "bin/darqctl"), *words], env=self.environment, stdout=full,
                                      stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("standard output: ", done.stderr)

    def test_misuse_has_a_status_of_its_own(self):
        for words in ([], ["nonsense"], ["ping", "-c"], ["send"], ["list", "nonsense"], ["status", "now"],
                      ["receive", "x"], ["request", "-t", "soon", "12000"], ["call", "storage"], ["list", "all"]):
            self.assertEqual(self.tool(*words).returncode, 2, words)
