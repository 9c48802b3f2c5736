"""What is given back leaves the process."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, runpy, sys, threading
assert runpy.run_path(sys.argv[1])["bound"]()
kept = []
def work():
    large = [b"x" * 2**24 for _ in range(3)]  # as Pillow holds a picture
    kept.append(bytes(100_000))  # what lies behind it
bytes(2**24)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
pages = int(open("/proc/self/statm").read().split()[1])
print(pages * os.sysconf("SC_PAGESIZE") / 1e6)
"""
HOLES = """
import os, runpy, sys, time
runpy.run_path(sys.argv[1])["trim_for_ever"](0.01)
def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
before, blocks = megabytes(), [bytes(1000) for _ in range(200_000)]
assert megabytes() > before + 150
kept = blocks[::100]  # every hundredth, to the end
del blocks
for _ in range(1000):
    if megabytes() < before + 50:
        print("given back")
        break
    time.sleep(0.01)
"""
GNU = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="is about the C library of GNU")


@GNU
def test_pictures_that_came_and_went_in_threads_leave_no_holes():
    path = Path(__file__).parents[1] / "gan_demo/allocator.py"

    command = [sys.executable, "-c", PROGRAM, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert float(said) < 40  # megabytes; without `bound`, 160


@GNU
def test_what_lies_free_between_what_is_kept_leaves_the_process():
    path = Path(__file__).parents[1] / "gan_demo/allocator.py"
    command = [sys.executable, "-c", HOLES, str(path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout
