# SPDX-License-Identifier: GPL-2.0
"""Run a guest, and read its console"""

import re
import shutil
import subprocess
import time
from dataclasses import dataclass

from .build import Build
from .console import Kernel, read_log
from .disk import Disk
from .machine import Machine
from .project import Cache

DONE = re.compile(r"^@off\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Console:
    """What the kernels of a guest have printed"""

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

    def base(self, hop: int) -> int:
        """Where the kernel after HOP jumps is: its text, or up to 2 MiB before"""
        return int(self.fact(hop, "text").partition("-")[0], 16) & ~0x1fffff

    def tail(self) -> str:
        """The last words of the guest"""
        return "the console ends with:\n" + "\n".join(self.text.splitlines()[-5:])


def run(machine: Machine, disk: Disk, build: Build, cache: Cache, name: str, append: str = "",
        seconds: int = 120) -> Console:
    """Boot a build, and run the job on the disk until a kernel prints "@off". The cache folder
    keeps the console, as check-NAME.log."""
    console = disk.folder.with_suffix(".log")
    console.unlink(missing_ok=True)
    image = disk.image()
    command = machine.command(console, build.out / machine.arch.boot_image, cache.initramfs,
                              append, image)
    end = time.monotonic() + seconds * (12 if build.slow else 1)
    with open(disk.folder.with_suffix(".qemu"), "wb") as words, \
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=words, stderr=words) as qemu:
        try:
            while qemu.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
                if console.exists() and DONE.search(console.read_text(errors="replace")[-200:]):
                    break
        finally:
            qemu.kill()
    image.unlink()
    if not console.exists():
        raise RuntimeError(disk.folder.with_suffix(".qemu").read_text(errors="replace"))
    shutil.copyfile(console, cache.logs / f"check-{name}.log")
    text = console.read_text(errors="replace").replace("\r", "")
    return Console(text, read_log(str(console)), disk)
