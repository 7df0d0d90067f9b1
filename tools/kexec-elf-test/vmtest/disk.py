# SPDX-License-Identifier: GPL-2.0
"""The disk of a guest: kernels with build-ids of their own, a job, and an initrd"""

import gzip
import hashlib
import os
import secrets
import shutil
import subprocess
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from .build import Build
from .elf import Editor, build_id
from .project import TEST


def cpio(name: str, data: bytes, mode: int = 0o100600) -> bytes:
    """A file in the format of an initramfs"""
    def entry(name: str, mode: int, data: bytes) -> bytes:
        encoded = name.encode() + b"\0"
        fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        head = b"070701" + b"".join(b"%08x" % n for n in fields) + encoded
        return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)

    return entry(name, mode, data) + entry("TRAILER!!!", 0, b"")


@dataclass
class Disk:
    """The folder that a guest finds at /mnt"""

    folder: Path
    build: Build
    editor: Editor
    user_space: Path                # the initramfs of the first kernel
    ballast: str = ""               # the hash of a random file in the initrd
    checksum: int = 0               # its CRC-32
    build_ids: dict[str, str] = field(default_factory=dict)     # by the names of kernels

    @classmethod
    def new(cls, folder: Path, job: str, build: Build, editor: Editor, user_space: Path,
            ballast: int) -> "Disk":
        """A disk with that job, and an initrd with so many random bytes"""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        random = os.urandom(ballast)
        disk = cls(folder, build, editor, user_space, hashlib.sha256(random).hexdigest(),
                   zlib.crc32(random))
        (folder / "initrd").write_bytes(user_space.read_bytes() + cpio("ballast", random))
        shutil.copyfile(TEST / f"guest/jobs/{job}.sh", folder / "job")
        return disk

    def kernel(self, name: str, source: Path, *edits: str, vmlinux: Path | None = None) -> Path:
        """Put a kernel on the disk, with a build-id by which the running kernel is known; it is of
        the build unless its vmlinux is given"""
        self.build_ids[name] = secrets.token_hex(20)
        own = f"build-id={build_id(vmlinux or self.build.vmlinux)}:{self.build_ids[name]}"
        self.editor.edit(source, self.folder / name, *edits, own)
        return self.folder / name

    def link(self, name: str, source: Path) -> None:
        """Put a large file on the disk as it is"""
        try:
            os.link(source, self.folder / name)
        except OSError:             # another file system
            shutil.copyfile(source, self.folder / name)

    def attribute(self, name: str) -> Path:
        """Where to write the extended attribute security.ima of a file; only root can give it to
        the file itself"""
        attributes = self.folder.with_suffix(".ima")
        attributes.mkdir(exist_ok=True)
        return attributes / name

    def pad_initrd(self, size: int) -> None:
        """Append zeroes, which Linux skips"""
        with open(self.folder / "initrd", "ab") as initrd:
            initrd.write(bytes(size))

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
        for path in self.folder.with_suffix(".ima").glob("*"):
            subprocess.run(["debugfs", "-w", "-R", f"ea_set -f {path} /{path.name} security.ima",
                            image], check=True, stderr=subprocess.DEVNULL)
        return image
