"""The load, in a process of its own: one thread, sixteen connections, each with one request on its way.

`python -m tests.performance.throughput.load PORT SCENARIO RUN SECONDS` prints what it saw as JSON. The first second
warms up and is not counted.
"""

import json
import selectors
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from .wire import SCENARIOS, Request

CONNECTIONS, WARM_UP = 16, 1.0
# Seconds between two that connect: of sixteen at once one worker of a server may take all, and the other none.
APART = 0.02


class Connection:
    def __init__(self, number: int, port: int, request: Request) -> None:
        self.number, self.request, self.sent = number, request, 0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer, self.began = b"", 0.0

    def send(self) -> None:
        content = self.request(self.number, self.sent)
        self.sent, self.answer, self.began = self.sent + 1, b"", time.perf_counter()
        self.socket.sendall(content)

    def receive(self) -> bool:
        """Whether the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError(f"the server hung up after {self.answer[:200]!r}")
        self.answer += chunk
        head, end, body = self.answer.partition(b"\r\n\r\n")
        if not end:
            return False
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return len(body) >= int(length)


def run(port: int, scenario: str, number: int, seconds: float) -> dict[str, Any]:
    request = SCENARIOS[scenario](number)
    return drive(lambda n: Connection(n, port, request), seconds)


def drive(connect: Callable[[int], Connection], seconds: float) -> dict[str, Any]:
    """What sixteen of these connections saw in so many seconds."""
    selector = selectors.DefaultSelector()
    begin = time.perf_counter() + WARM_UP
    for n in range(CONNECTIONS):
        connection = connect(n)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send()
        time.sleep(APART)
    statuses: Counter[str] = Counter()
    took: list[float] = []
    busy, end = 0.0, begin + seconds
    while (now := time.perf_counter()) < end:
        for key, _ in selector.select(1.0):
            connection = key.data
            if connection.receive():
                if now >= begin:
                    took.append(time.perf_counter() - connection.began)
                    statuses[connection.answer[9:12].decode()] += 1
                connection.send()
        if now < begin:
            busy = time.process_time()
    busy = time.process_time() - busy
    if wrong := [status for status in statuses if status[0] != "2"]:
        raise RuntimeError(f"answers with {wrong}")
    milliseconds = sorted(1000 * each for each in took)
    return {
        "rate": len(took) / seconds, "median": statistics.median(milliseconds),
        "p99": milliseconds[int(len(took) * 0.99)], "generator": busy / seconds, "statuses": statuses,
    }  # fmt: skip


if __name__ == "__main__":
    port, scenario, number, seconds = sys.argv[1:]
    print(json.dumps(run(int(port), scenario, int(number), float(seconds))))
