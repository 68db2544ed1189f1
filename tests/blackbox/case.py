# SPDX-License-Identifier: MIT
"""What the black-box tests share: a p-kernel for each case, held to a clean end."""
import os
import unittest

from peer import Kernel, Peer


class KernelCase(unittest.TestCase):
    """Each test gets a fresh p-kernel; it must end with status 0 and without a report of any kind."""

    options = ()
    unix = False

    def setUp(self):
        self.kernel = Kernel(os.environ["PKERNEL"], *self.options)
        self.peers = []

    def tearDown(self):
        for peer in self.peers:
            peer.close()
        status, text = self.kernel.stop()
        self.assertEqual(status, 0, text)
        for word in ("AddressSanitizer", "runtime error", "Assertion", "LeakSanitizer"):
            self.assertNotIn(word, text)

    def peer(self, hello=True, unix=None):
        peer = Peer(self.kernel, hello, self.unix if unix is None else unix)
        self.peers.append(peer)
        return peer

    def both(self):
        """A caller with a port and a callee with a numbered port that anyone may call."""
        caller, callee = self.peer(), self.peer()
        return caller, caller.port(), callee, callee.port(12000)
