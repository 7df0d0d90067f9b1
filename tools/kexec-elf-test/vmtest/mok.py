# SPDX-License-Identifier: GPL-2.0
"""Enrol a key in MokManager, which shim starts if it refuses the program that it is to boot"""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

DOWN, ENTER = b"\x1b[B", b"\r"
SECONDS = 90    # for each step


def wait_for(qemu: "subprocess.Popen[bytes]", words: bytes, seen: bytes,
             log: IO[bytes]) -> tuple[bytes, bool]:
    """Read the console until the words are there, or QEMU ends. The bytes after them, and whether
    they came within SECONDS."""
    assert qemu.stdout
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ended = qemu.poll() is not None
        part = qemu.stdout.read() or b""
        log.write(part)
        seen += part
        if words in seen or ended:
            return seen.partition(words)[2], words in seen
        time.sleep(0.1)
    return seen, False


def enrol(file: str, log: Path, command: Sequence[str]) -> None:
    """Run QEMU, and answer the dialog for the key in that file on its disk: wait for each text, and
    then press keys. With -no-reboot, QEMU ends when the machine restarts."""
    dialog = (
        (b"Verification failed", ENTER),
        (b"Press any key", ENTER),
        (b"Continue boot", DOWN + ENTER),       # Enroll key from disk
        (b"Pci(", ENTER),                       # the disk
        (file.encode(), DOWN + ENTER),          # the file, after the folder
        (b"View key 0", DOWN + ENTER),          # Continue
        (b"Enroll the key", DOWN + ENTER),      # Yes
        (b"Reboot", ENTER),
    )
    seen = b""
    with open(log, "wb") as console, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as qemu:
        assert qemu.stdin and qemu.stdout
        os.set_blocking(qemu.stdout.fileno(), False)
        try:
            for words, keys in dialog:
                seen, found = wait_for(qemu, words, seen, console)
                assert found, f"{words!r} does not appear"
                time.sleep(1)       # The menu is drawn after its title
                os.write(qemu.stdin.fileno(), keys)
            wait_for(qemu, b"\0not printed", seen, console)
            assert qemu.poll() is not None, "the machine does not restart"
        finally:
            qemu.kill()
