# SPDX-License-Identifier: GPL-2.0
"""Run a root program with files, folders and commands of a test in the places of the machine's"""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

# Its arguments: the folder of commands, PLACE SOURCE ..., --, the program and its arguments
ENTER = """
set -eu
mount -t overlay -o "lowerdir=$1:/usr/sbin" overlay /usr/sbin
shift
while [ "$1" != -- ]; do
    if [ "$2" = tmpfs ]; then mount -t tmpfs tmpfs "$1"; else mount --bind "$2" "$1"; fi
    shift 2
done
shift
exec "$@"
"""


@dataclass
class Scratch:
    """A mount namespace of its own for each run; its commands are in front of /usr/sbin"""

    folder: Path
    binds: dict[str, str] = field(default_factory=dict)     # the mounted files, by place

    def __post_init__(self) -> None:
        (self.folder / "sbin").mkdir(parents=True)

    def command(self, name: str, script: str) -> None:
        """Put a shell script in the place of a command"""
        path = self.folder / "sbin" / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def own(self, place: str, **files: str) -> Path:
        """Put an empty folder, or one with these files, in the place of another"""
        path = self.folder / place.strip("/").replace("/", "-")
        path.mkdir()
        for name, text in files.items():
            (path / name).write_text(text, encoding="utf-8")
        self.binds[place] = str(path)
        return path

    def own_file(self, place: str, data: bytes) -> Path:
        """Put a file in the place of another"""
        path = self.folder / place.strip("/").replace("/", "-")
        path.write_bytes(data)
        self.binds[place] = str(path)
        return path

    def argv(self, *program: str | Path) -> list[str]:
        """The command that runs a program there, as root"""
        mounts = [word for pair in self.binds.items() for word in pair]
        return ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", ENTER, "sh",
                str(self.folder / "sbin"), *mounts, "--", *map(str, program)]

    def run(self, *program: str | Path, seconds: int = 60) -> subprocess.CompletedProcess[str]:
        """Run a program there; its messages are in stdout, too"""
        environment = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        return subprocess.run(self.argv(*program), check=False, env=environment, text=True,
                              errors="replace", timeout=seconds, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
