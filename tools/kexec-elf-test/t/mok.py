#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""mok.py FILE LOG QEMU-COMMAND...: enrol the key in FILE, on the disk that QEMU boots

shim starts MokManager if it refuses what it is to boot. mok.py waits for each text of the
dialog, and then sends the key presses. LOG gets the console. Exit: 1 if a text does not appear,
or if the machine does not restart.
"""

import os
import subprocess
import sys
import time

DOWN, ENTER = b"\x1b[B", b"\r"
SECONDS = 90    # for each step

# What is on the screen, and what to press then
DIALOG = (
    (b"Verification failed", ENTER),
    (b"Press any key", ENTER),
    (b"Continue boot", DOWN + ENTER),       # Enroll key from disk
    (b"Pci(", ENTER),                       # the disk
    (None, DOWN + ENTER),                   # the file, after the folder
    (b"View key 0", DOWN + ENTER),          # Continue
    (b"Enroll the key", DOWN + ENTER),      # Yes
    (b"Reboot", ENTER),
)


def wait_for(qemu, words, seen, console):
    """Read the console until the words are there, or QEMU ends; False after SECONDS"""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ended = qemu.poll() is not None
        part = qemu.stdout.read() or b""
        console.write(part)
        seen += part
        if words in seen or ended:
            return seen.partition(words)[2], words in seen
        time.sleep(0.1)
    return seen, False


def main():
    file, log, *command = sys.argv[1:]
    seen = b""
    with open(log, "wb") as console, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as qemu:
        os.set_blocking(qemu.stdout.fileno(), False)
        for words, keys in DIALOG:
            seen, there = wait_for(qemu, words or file.encode(), seen, console)
            if not there:
                qemu.kill()
                sys.exit(f"mok: {words or file} does not appear")
            time.sleep(1)       # The menu is drawn after its title
            os.write(qemu.stdin.fileno(), keys)
        # With -no-reboot, QEMU ends when the machine restarts
        wait_for(qemu, b"\0not printed", seen, console)
        if qemu.poll() is None:
            qemu.kill()
            sys.exit("mok: the machine does not restart")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit("mok: QEMU has ended")
