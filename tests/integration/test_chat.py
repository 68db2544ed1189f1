# SPDX-License-Identifier: MIT
"""A room of many clients: what one says all are told, and so is who comes, goes and dies."""
import os
import signal
import subprocess
import tempfile

from process import WAIT, until
from system import BUILD, SystemCase

GUESTS = 20
MEMBERS = 64  # MAX_MEMBERS in chat.didl


class Guest:
    """A client with a pipe to speak through and a file of what it printed."""

    def __init__(self, case, name):
        self.name = name
        self.log = tempfile.NamedTemporaryFile(dir=case.directory.name, prefix="log-", delete=False)
        self.process = subprocess.Popen([os.path.join(BUILD, "examples", "chat-client"), name], env=case.environment,
                                        stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT)

    def lines(self):
        with open(self.log.name, errors="replace") as file:
            return file.read().split("\n")

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def told(self, line):
        until(lambda: line in self.lines(), "%s to be told: %s; it was told %s" % (self.name, line, self.lines()))

    def end(self):
        """The end of its input, and so its end."""
        self.process.stdin.close()
        return self.process.wait(WAIT)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.log.close()


class Chat(SystemCase):
    def setUp(self):
        super().setUp()
        self.guests = []
        self.service = self.start("examples/chat-service")
        until(lambda: self.run_program("examples/chat-client", "probe").returncode == 0 or not self.service.running(),
              "the room")

    def tearDown(self):
        for guest in self.guests:
            guest.close()
        super().tearDown()

    def guest(self, name):
        guest = Guest(self, name)
        self.guests.append(guest)
        return guest

    def pair(self):
        """Two who know of each other."""
        ann = self.guest("ann")
        ann.say("anybody?")
        ann.told("<ann> anybody?")
        ben = self.guest("ben")
        ben.told("* ann is here")
        ann.told("* ben came")
        return ann, ben

    def test_everybody_is_told_what_anybody_says(self):
        guests = [self.guest("guest%d" % number) for number in range(GUESTS)]
        for guest in guests:
            guest.say("I am " + guest.name)
            guest.told("<%s> I am %s" % (guest.name, guest.name))
        guests[7].say("all of you")
        for guest in guests:
            guest.told("<guest7> all of you")
            self.assertEqual(guest.lines().count("<guest7> all of you"), 1)

    def test_lines_keep_their_order(self):
        ann, ben = self.pair()
        for number in range(500):
            ann.say("line %d" % number)
        ben.told("<ann> line 499")
        self.assertEqual([line for line in ben.lines() if line.startswith("<ann> line")],
                         ["<ann> line %d" % number for number in range(500)])

    def test_who_goes_has_left(self):
        ann, ben = self.pair()
        self.assertEqual(ben.end(), 0, ben.lines())
        ann.told("* ben left")

    def test_who_is_killed_has_left_and_the_name_is_free(self):
        ann, ben = self.pair()
        ben.process.kill()
        ann.told("* ben left")
        again = self.guest("ben")
        again.told("* ann is here")
        again.say("back")
        ann.told("<ben> back")

    def test_a_name_is_had_once(self):
        self.pair()
        done = self.run_program("examples/chat-client", "ann")
        self.assertEqual((done.returncode, done.stderr), (1, "chat: somebody has that name\n"))

    def test_a_name_without_a_word_is_none(self):
        for name in ("", "two words", "tab\t", "\x1b[2J"):
            done = self.run_program("examples/chat-client", name)
            self.assertEqual((done.returncode, done.stderr), (1, "chat: that is no name\n"), name)

    def test_control_characters_do_not_reach_a_terminal(self):
        ann, ben = self.pair()
        ben.say("\x1b[2Jgone\x07")
        ann.told("<ben> ?[2Jgone?")

    def test_a_line_that_is_too_long_comes_in_parts(self):
        ann, ben = self.pair()
        ann.say("x" * 1500)
        until(lambda: "".join(line[6:] for line in ben.lines() if line.startswith("<ann> x")) == "x" * 1500, "1,500 bytes")

    def test_a_full_room_lets_nobody_in_until_somebody_goes(self):
        guests = [self.guest("guest%d" % number) for number in range(MEMBERS)]
        for guest in guests:
            guest.say("here")
            guest.told("<%s> here" % guest.name)
        done = self.run_program("examples/chat-client", "late")
        self.assertEqual((done.returncode, done.stderr), (1, "chat: the room is full\n"))
        guests[0].process.kill()
        guests[1].told("* guest0 left")
        late = self.guest("late")
        late.told("* guest%d is here" % (MEMBERS - 1))

    def test_who_does_not_listen_delays_nobody(self):
        ann, ben = self.pair()
        ben.process.send_signal(signal.SIGSTOP)
        for number in range(3000):
            ann.say("%d %s" % (number, "x" * 900))
        ann.told("<ann> 2999 " + "x" * 900)
        carl = self.guest("carl")
        carl.told("* ben is here")
        ann.told("* carl came")
        ben.process.send_signal(signal.SIGCONT)
        ben.told("<ann> 0 " + "x" * 900)

    def test_a_room_that_dies_is_told(self):
        ann, _ = self.pair()
        self.service.kill()
        self.processes.remove(self.service)
        ann.say("hello?")
        self.assertEqual(ann.process.wait(WAIT), 1)
        self.assertIn("chat: ", "\n".join(ann.lines()))
