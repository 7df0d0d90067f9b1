# SPDX-License-Identifier: GPL-2.0
"""A user space for guests that Debian does not serve: guest/tiny-init.c, with nolibc of Linux"""

import subprocess
from pathlib import Path

from .elf import output
from .project import TEST

NOLIBC = ("-Os", "-Wall", "-static", "-nostdlib", "-nostdinc", "-ffreestanding",
          "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-s")


def tiny_initramfs(linux: Path, folder: Path, triplet: str, *options: str) -> Path:
    """Make its initramfs in a new folder, with the nolibc of that source"""
    root = folder / "root"
    (root / ".kexec-vmlinux").mkdir(parents=True)
    headers = (str(linux / "tools/include/nolibc"), f"/usr/{triplet}/include",
               f"/usr/include/{triplet}", "/usr/include")
    output(f"{triplet}-gcc", *options, *NOLIBC, *(f"-isystem{h}" for h in headers), "-o",
           root / ".kexec-vmlinux/init", TEST / "guest/tiny-init.c")
    archive = folder / "initramfs.cpio"
    names = "".join(f"{p.relative_to(root)}\n" for p in sorted(root.rglob("*")))
    with open(archive, "wb") as to:
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], check=True, cwd=root,
                       input=names.encode(), stdout=to)
    return archive
