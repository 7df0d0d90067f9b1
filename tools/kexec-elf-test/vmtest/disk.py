# SPDX-License-Identifier: GPL-2.0
"""The disk of a guest: kernels that are known by their build-ids, a job, and an initrd"""

import gzip
import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .build import Build
from .elf import Editor, build_id
from .project import TEST, Cache


def cpio(name: str, data: bytes) -> bytes:
    """A file in the format of an initramfs"""
    def entry(name: str, mode: int, data: bytes) -> bytes:
        encoded = name.encode() + b"\0"
        fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        head = b"070701" + b"".join(b"%08x" % n for n in fields) + encoded
        return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)

    return entry(name, 0o100600, data) + entry("TRAILER!!!", 0, b"")


@dataclass
class Disk:
    """What a guest finds at /mnt"""

    folder: Path
    build: Build
    editor: Editor
    ballast: str = ""               # the hash of a random file in the initrd
    build_ids: dict[str, str] = field(default_factory=dict)     # by the names of kernels

    @classmethod
    def new(cls, folder: Path, job: str, build: Build, editor: Editor, cache: Cache) -> "Disk":
        """A disk with that job and an initrd"""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        disk = cls(folder, build, editor)
        random = os.urandom(1000000)
        disk.ballast = hashlib.sha256(random).hexdigest()
        (folder / "initrd").write_bytes(cache.initramfs.read_bytes() + cpio("ballast", random))
        shutil.copyfile(TEST / f"guest/jobs/{job}.sh", folder / "job")
        return disk

    def kernel(self, name: str, source: Path, *edits: str) -> Path:
        """Put a kernel on the disk, with a build-id by which the running kernel is known"""
        self.build_ids[name] = secrets.token_hex(20)
        own = f"build-id={build_id(self.build.vmlinux)}:{self.build_ids[name]}"
        self.editor.edit(source, self.folder / name, *edits, own)
        return self.folder / name

    def gzip(self, name: str) -> None:
        """Compress a file"""
        path = self.folder / name
        path.write_bytes(gzip.compress(path.read_bytes(), 1))

    def image(self) -> Path:
        """The disk as a file system, in a file beside the folder"""
        size = sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file()) // 1024
        image = self.folder.with_suffix(".img")
        image.unlink(missing_ok=True)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-b", "4096", "-m", "0", "-N", "256",
                        "-d", self.folder, image, f"{size + size // 50 + 4096}k"],
                       check=True, stdout=subprocess.DEVNULL)
        return image
