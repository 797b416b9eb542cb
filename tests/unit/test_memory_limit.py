"""A worker that wants too much memory is refused it, and lives."""

import subprocess
import sys

import pytest

SCRIPT = """
from workers.processes import limit_memory
limit_memory(300)
try:
    block = bytearray(600 * 2**20)
except MemoryError:
    block = bytearray(10 * 2**20)
    print("refused, and alive")
"""

STACKS = """
import threading
from workers.processes import limit_memory
limit_memory(450)
hold = threading.Event()
threads = [threading.Thread(target=hold.wait, daemon=True) for _ in range(72)]
for thread in threads:
    thread.start()
hold.set()
print("all have started")
"""
DEEP = """
import json, threading
from workers.processes import limit_memory
limit_memory(300)

class Endless:
    def __lt__(self, other):
        return sorted([self, other]) == []

def dive(action):
    try:
        action()
    except RecursionError:
        print("refused")

for action in (lambda: json.loads("[" * 100_000), lambda: Endless() < Endless()):
    thread = threading.Thread(target=dive, args=(action,))
    thread.start()
    thread.join()
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_what_goes_beyond_the_limit_is_refused_and_the_process_goes_on() -> None:
    done = run(SCRIPT)
    assert (done.returncode, done.stdout.strip()) == (0, "refused, and alive"), done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_the_stacks_of_a_workers_threads_take_little_of_the_limit() -> None:
    done = run(STACKS)
    assert (done.returncode, done.stdout.strip()) == (0, "all have started"), done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_a_recursion_without_end_is_refused_before_a_threads_stack_is_full() -> None:
    done = run(DEEP)
    assert (done.returncode, done.stdout.split()) == (0, ["refused", "refused"]), done.stderr
