# SPDX-License-Identifier: GPL-2.0
"""Run a guest, and read its console"""

import re
import shutil
import subprocess
import time
from dataclasses import dataclass

from .console import Kernel, read_log
from .disk import Disk
from .machine import Machine
from .project import Cache

DONE = re.compile(r"^@off\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Console:
    """The lines of the kernels of a guest"""

    text: str
    kernels: dict[int, Kernel]      # by the number of jumps before them
    disk: Disk

    def fact(self, hop: int, name: str) -> str:
        """The value that the kernel after that many jumps printed as @NAME, or a fact about its
        loads; ''"""
        kernel = self.kernels.get(hop)
        return str(dict(kernel.facts()).get(name, "")) if kernel else ""

    def facts(self, hop: int, *names: str) -> list[str]:
        """Several of them"""
        return [self.fact(hop, name) for name in names]

    def booted(self, hop: int, kernel: str) -> None:
        """Assert: that file is the kernel after HOP jumps, and its initrd is the one on the disk"""
        assert self.facts(hop, "build-id", "ballast") == [self.disk.build_ids[kernel],
                                                          self.disk.ballast], self.tail()

    def number(self, hop: int, name: str) -> int:
        """A value in hexadecimal with 0x, or decimal"""
        return int(self.fact(hop, name), 0)

    def areas(self, hop: int, name: str) -> list[range]:
        """Ranges of addresses, START-END in hexadecimal"""
        ends = [word.split("-") for word in self.fact(hop, name).split()]
        return [range(int(start, 16), int(end, 16) + 1) for start, end in ends]

    def area(self, hop: int, name: str) -> range:
        """One such range; empty without one"""
        return next(iter(self.areas(hop, name)), range(0))

    def not_misplaced(self) -> None:
        """Assert: no kernel finds itself misplaced"""
        assert "@firmware-bug" not in self.text

    def base(self, hop: int) -> int:
        """Where the kernel after HOP jumps is: its text, or up to 2 MiB before"""
        return int(self.fact(hop, "text").partition("-")[0], 16) & ~0x1fffff

    def tail(self) -> str:
        """The last words of the guest"""
        return "the console ends with:\n" + "\n".join(self.text.splitlines()[-5:])


def stop(qemu: "subprocess.Popen[bytes]", linger: int) -> None:
    """Give it some seconds to end by itself, since plugins write their reports at the end; then
    make it end"""
    for act, seconds in (qemu.poll, linger), (qemu.terminate, 3), (qemu.kill, 3):
        act()
        try:
            qemu.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            pass


def run(machine: Machine, disk: Disk, cache: Cache, name: str, append: str = "",
        seconds: int = 120, linger: int = 3) -> Console:
    """Boot the build of a disk, and run the job there until a kernel prints "@off", and some
    seconds more at most. The cache folder keeps the console, as check-NAME.log."""
    console = disk.folder.with_suffix(".log")
    console.unlink(missing_ok=True)
    image = disk.image()
    command = machine.command(console, disk.build.out / machine.arch.boot_image, disk.user_space,
                              append, image)
    end = time.monotonic() + seconds * (12 if disk.build.slow else 1)
    with open(disk.folder.with_suffix(".qemu"), "wb") as words, \
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=words, stderr=words) as qemu:
        try:
            while qemu.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
                if console.exists() and DONE.search(console.read_text(errors="replace")[-200:]):
                    break
        finally:
            stop(qemu, linger)
    image.unlink()
    if not console.exists():
        raise RuntimeError(disk.folder.with_suffix(".qemu").read_text(errors="replace"))
    shutil.copyfile(console, cache.logs / f"check-{name}.log")
    text = console.read_text(errors="replace").replace("\r", "")
    return Console(text, read_log(str(console)), disk)
