# SPDX-License-Identifier: MIT
"""Many calls at a time inside other programs' event loops, answered in random order, some of them cancelled."""
import signal

from process import stopped, ticks, until
from system import SystemCase

# Every call ended with its own answer, or was cancelled and the service saw that.
MATCHED = "9950 won, 50 withdrawn, the service saw 50 give up\nthe timer ticked meanwhile\n"


class Raffle(SystemCase):
    def setUp(self):
        super().setUp()
        self.service = self.start("examples/raffle-service")
        until(lambda: self.run_program("examples/raffle-poll", "100").returncode == 0 or not self.service.running(),
              "the raffle")

    def assert_all_match(self, program):
        done = self.run_program(program, "10000")
        self.assertEqual((done.returncode, done.stdout), (0, MATCHED), done.stderr)

    def test_ten_thousand_calls_in_a_loop_around_poll(self):
        self.assert_all_match("examples/raffle-poll")

    def test_ten_thousand_calls_in_the_loop_of_libuv(self):
        self.assert_all_match("examples/raffle-uv")

    def halfway(self, program):
        """A player in the midst of its calls, whose service stands still; another one if the two were faster than we."""
        while True:
            player = self.start(program, "300000")
            until(lambda: ticks(player) > 5 or not player.running(), "it to have done something")
            self.service.signal(signal.SIGSTOP)
            until(lambda: stopped(self.service.process.pid), "the service to stand still")
            if player.running():
                return player
            self.service.signal(signal.SIGCONT)
            self.processes.remove(player)

    def test_a_service_that_ends_ends_the_loop(self):
        for program in ("examples/raffle-poll", "examples/raffle-uv"):
            player = self.halfway(program)
            self.service.kill()
            self.assertEqual(player.wait(), 1, player.text())
            self.assertIn("raffle: ", player.text())
            self.processes.remove(player)
            self.processes.remove(self.service)
            self.service = self.start("examples/raffle-service")
            until(lambda: self.run_program("examples/raffle-poll", "100").returncode == 0, "the next raffle")
