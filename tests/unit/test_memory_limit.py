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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_what_goes_beyond_the_limit_is_refused_and_the_process_goes_on() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "refused, and alive"), done.stderr
