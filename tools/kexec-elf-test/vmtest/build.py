# SPDX-License-Identifier: GPL-2.0
"""Builds of Linux, and the script that makes them, once and one at a time"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from .project import TEST, Cache


@dataclass(frozen=True)
class Build:
    """A Linux that is built: "7.3", or "7.3-64k", a way of building it"""

    name: str
    source: Path
    out: Path

    @property
    def version(self) -> str:
        """The version of Linux, without the way of building it"""
        return self.name.partition("-")[0]

    @property
    def slow(self) -> bool:
        """Is everything slower on this kernel, because of KASAN and kmemleak?"""
        return self.name.endswith("-faults")

    @property
    def vmlinux(self) -> Path:
        """The file, with debug information"""
        return self.out / "vmlinux"

    @property
    def image(self) -> Path:
        """The flat Image"""
        return self.out / "arch/arm64/boot/Image"

    def configured(self, option: str) -> bool:
        """Is that option built in?"""
        return f"\n{option}=y\n" in (self.out / ".config").read_text()

    # The source tells the features of a Linux, not its version

    @property
    def loads_in_place(self) -> bool:
        """Are segments loaded where they are to run, in CMA or elsewhere?"""
        return "segment_cma" in (self.source / "include/linux/kexec.h").read_text()

    @property
    def hands_over(self) -> bool:
        """Does it have kexec handover?"""
        return (self.source / "include/linux/kexec_handover.h").exists()

    @property
    def passes_keys(self) -> bool:
        """Does it pass the keys of encrypted disks to a crash kernel?"""
        return (self.source / "kernel/crash_dump_dm_crypt.c").exists()

    def environment(self) -> dict[str, str]:
        """The same for a shell script"""
        return {"LINUX_VERSION": self.name, "LINUX": str(self.source), "BUILD": str(self.out)}


@dataclass(frozen=True)
class Preparer:
    """Runs setup/prepare.sh, which returns at once if all is up to date"""

    cache: Cache

    def run(self, *words: str) -> None:
        """Prepare that, or raise an error in the words of the script"""
        # It ends with us, however we end
        with FileLock(str(self.cache.root / "prepare.lock")):
            done = subprocess.run(["nice", "setpriv", "--pdeathsig", "TERM",
                                   TEST / "setup/prepare.sh", *words], check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError(f"prepare.sh {' '.join(words)}: exit {done.returncode}; "
                               f"see {self.cache.logs}")

    def linux(self, name: str) -> Build:
        """A Linux with the project laid over it, built that way"""
        self.run("linux", name)
        return Build(name, self.cache.source(name.partition("-")[0]),
                     self.cache.root / f"build/linux-{name}")

    def make(self, name: str, *words: str) -> str:
        """Run make in a build of Linux; the output"""
        return subprocess.run([TEST / "setup/prepare.sh", "make", name, *words], check=False,
                              text=True, errors="replace", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

    def new_tree(self, build: Build, fragment: Path) -> None:
        """Copy the source of that Linux without the project, and configure it with a fragment"""
        self.run("tree", build.name, str(build.source), str(build.out), str(fragment))

    def make_tree(self, build: Build, *words: str) -> tuple[int, str]:
        """Run make in such a tree; the exit code and the output"""
        done = subprocess.run([TEST / "setup/prepare.sh", "make-tree", build.name, build.source,
                               build.out, *words], check=False, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def user_space(self) -> None:
        """The initramfs of guests, with kexec-tools"""
        self.run("user-space")

    def distro(self, name: str) -> Path:
        """The vmlinux of the newest kernel in Debian with that flavour and version, like cloud-7"""
        self.run("distro", name)
        return self.cache.root / "distro" / name / "vmlinux"


def clean_environment(**more: str) -> dict[str, str]:
    """The environment for a script of ours, which finds everything prepared"""
    return {**os.environ, "PREPARED": "1", **more}
