# SPDX-License-Identifier: GPL-2.0
"""The fields of a vmlinux that tests read, and vmlinux-edit, which changes them"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


def output(*command: str | Path) -> str:
    """The output of a command"""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@dataclass(frozen=True)
class Load:
    """A PT_LOAD: its place in the file, its linked address, its sizes, and its flags: like RW"""

    offset: int
    address: int
    filesz: int
    memsz: int
    flags: str


def loads(file: Path) -> list[Load]:
    """All PT_LOADs; linkers leave empty ones"""
    rows = [line.split() for line in output("readelf", "-lW", file).splitlines()]
    return [Load(int(r[1], 0), int(r[2], 0), int(r[4], 0), int(r[5], 0), "".join(r[6:-1]))
            for r in rows if r[:1] == ["LOAD"]]


def with_bytes(file: Path) -> list[Load]:
    """The PT_LOADs that have bytes in the file"""
    return [load for load in loads(file) if load.filesz]


def load_end(file: Path) -> int:
    """Where the last of them ends in the file"""
    return max(load.offset + load.filesz for load in with_bytes(file))


def build_id(file: Path) -> str:
    """The build-id"""
    return str(re.findall(r"Build ID: (\w+)", output("readelf", "-nW", file))[0])


def symbol(file: Path, name: str) -> str:
    """The linked address of a symbol, in hexadecimal"""
    return str(re.findall(rf"(?m)^(\w+) . {name}$", output("aarch64-linux-gnu-nm", file))[0])


@dataclass(frozen=True)
class Editor:
    """Tools that make a vmlinux of another"""

    command: Path

    def edit(self, source: Path, to: Path, *edits: str) -> None:
        """Make a copy with changed fields: see qemu/vmlinux-edit.c"""
        to.unlink(missing_ok=True)
        subprocess.run([self.command, source, to, *edits], check=True)


def strip(source: Path, to: Path) -> Path:
    """Make a copy without debug information"""
    subprocess.run(["aarch64-linux-gnu-strip", "-o", to, source], check=True)
    return to


def flatten(vmlinux: Path, to: Path) -> Path:
    """Make its Image, as the build of the kernel does"""
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", "-R", ".note",
                    "-R", ".note.gnu.build-id", "-R", ".comment", "-S", vmlinux, to], check=True)
    return to
