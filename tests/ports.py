"""Ports for processes that a test starts: free when they are asked for, and still free when the process listens.

A port that the kernel hands out (`bind` to 0) is given to the next who asks as soon as it is closed: another test
process with its servers, or any outgoing connection. So these are below the range that it hands out from.
"""

import itertools
import os
import socket

_FIRST, _MOST = 20_000, 12_000  # Linux hands out from 32768 on, others from 49152
_next = itertools.count(os.getpid() * 97)  # two processes hardly ever ask for the same, and one never twice


def free_port() -> int:
    while True:
        port = _FIRST + next(_next) % _MOST
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
