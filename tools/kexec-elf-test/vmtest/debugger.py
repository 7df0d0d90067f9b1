# SPDX-License-Identifier: GPL-2.0
"""kernel-gdb beside a guest"""

import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .disk import Disk
from .guest import Console
from .machine import Machine
from .plugin import Lab
from .project import TOP

GDB = TOP / "tools/kernel-gdb/kernel-gdb"
BATCH = ("-nx", "-batch")
# The job of the guest waits for that
LET_GO = ("-ex", "set var panic_timeout = 4711")


def gdb(*words: str | Path, folder: Path | None = None) -> tuple[int, str]:
    """Run kernel-gdb. The exit code, and the text without the line that gdb prints where a target
    stopped."""
    done = subprocess.run([GDB, *words], check=False, text=True, errors="replace", timeout=100,
                          cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    lines = [line for line in done.stdout.splitlines() if not line.endswith(" in ?? ()")]
    return done.returncode, "\n".join(lines)


def commands(*words: str) -> list[str]:
    """Commands of gdb, as options"""
    return [option for word in words for option in ("-ex", word)]


def at_mark(log: Path, work: Callable[[str], str]) -> str:
    """Do that once the console of a guest has "@attach"; the answer, or ''"""
    for _ in range(600):
        text = log.read_text(errors="replace").replace("\r", "") if log.exists() else ""
        if re.search("^@attach$", text, re.MULTILINE):
            return work(text)
        time.sleep(0.1)
    return ""


def debug(lab: Lab, disk: Disk, machine: Machine, work: Callable[[str], str],
          append: str = "") -> tuple[Console, str]:
    """Run a guest, and beside it, with its console so far, a debugger"""
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(at_mark, disk.folder.with_suffix(".log"), work)
        # The debugger may stop the kernel until it has ended
        return lab.run(machine, disk, append, linger=60), answer.result()
