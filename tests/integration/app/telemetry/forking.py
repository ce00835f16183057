"""A parent that counts, and children that count more; run as a process of its own, since it forks.

Prints one JSON object a line: what the parent shows after each step.
"""

import json
import os
import signal
import sys
import threading

from app.telemetry.children import CHILDREN
from app.telemetry.metrics import POLLS, begin_anew, exposition
from app.telemetry.registry import READING


def child(*counted: str) -> int:
    """Fork a child that counts these and waits to be killed; return once it has counted."""
    CHILDREN.prepare()
    ready, done = os.pipe()
    pid = os.fork()
    if pid == 0:
        begin_anew()
        CHILDREN.begin()
        for exchange in counted:
            POLLS.labels(exchange, "ok").inc()
        os.write(done, b"x")
        signal.pause()
    os.read(ready, 1)
    return pid


def kill(pid: int) -> None:
    """End a child as a crash would."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def show(step: str) -> None:
    """Print the sums."""
    lines = exposition()[0].decode().splitlines()
    sums = {
        line.split('exchange="')[1].split('"')[0]: float(line.split()[-1])
        for line in lines
        if "meic_polls_total{" in line
    }
    sys.stdout.write(json.dumps({"step": step, "sums": sums}) + "\n")


def read_slowly(begun: threading.Event) -> None:
    """Hold what one who reads figures holds, for a while."""
    with READING, POLLS._lock:
        begun.set()
        threading.Event().wait(0.3)


def child_of_a_moment_in_which_figures_are_read() -> int:
    """Fork while another thread reads figures."""
    begun = threading.Event()
    reader = threading.Thread(target=read_slowly, args=(begun,))
    reader.start()
    begun.wait()
    pid = child("south")
    reader.join()
    return pid


def main() -> None:
    """Go through the life of a worker with children."""
    POLLS.labels("north", "ok").inc()
    first = child("north", "south")
    second = child("north")
    show("two children")
    kill(first)
    show("one has died")
    third = child("south")
    show("another took its place")
    os.kill(second, signal.SIGSTOP)
    show("one hangs")
    os.kill(second, signal.SIGCONT)
    show("it goes on")
    for pid in (second, third):
        kill(pid)
    CHILDREN.prepare()
    show("all have died")
    kill(child_of_a_moment_in_which_figures_are_read())


if __name__ == "__main__":
    main()
