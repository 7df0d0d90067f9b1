#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""mok.py FILE LOG QEMU-COMMAND...: enrol the key in FILE, on the disk that QEMU boots, by MokManager

shim starts MokManager when it refuses what it is to boot. Presses the keys that a user would
press, each once the words before it are there. LOG gets the console. Exit: 1 if words do not come.
"""

import os
import subprocess
import sys
import time

DOWN, ENTER = b"\x1b[B", b"\r"
SECONDS = 120

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


def main():
    file, log, *command = sys.argv[1:]
    seen, deadline = b"", time.monotonic() + SECONDS
    with open(log, "wb") as console, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as qemu:
        os.set_blocking(qemu.stdout.fileno(), False)
        for words, keys in DIALOG:
            words = words or file.encode()
            while words not in seen:
                part = qemu.stdout.read() or b""
                console.write(part)
                seen += part
                if time.monotonic() > deadline or qemu.poll() is not None:
                    qemu.kill()
                    sys.exit(f"mok: {words.decode()!r} has not come")
                time.sleep(0.1)
            seen = seen.partition(words)[2]
            time.sleep(1)       # The menu is drawn after its title
            qemu.stdin.write(keys)
            qemu.stdin.flush()
        # With -no-reboot, QEMU ends where the machine boots again
        while qemu.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        qemu.kill()


main()
