# SPDX-License-Identifier: GPL-2.0
"""Where the project and the cache are, and the lists that the project keeps in files"""

import os
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
TEST = TOP / "tools/kexec-elf-test"


def lines(path: Path) -> list[list[str]]:
    """The words of each line that is not a comment"""
    text = path.read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def linux_versions() -> list[str]:
    """The versions of Linux that are served, the newest first"""
    return [words[0] for words in lines(TOP / "patches/linux/versions") if "loaded" not in words]


def kernels() -> list[str]:
    """The names of all builds of Linux: VERSION, or VERSION-WAY"""
    versions = linux_versions()
    ways = [words[0].replace("NEWEST", versions[0]) for words in lines(TEST / "setup/builds")]
    return list(dict.fromkeys(versions + ways))


@dataclass(frozen=True)
class Cache:
    """The folder of sources and builds"""

    root: Path

    @classmethod
    def default(cls) -> "Cache":
        """The cache folder of the user"""
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ["HOME"], ".cache")
        return cls(Path(base) / "kexec-vmlinux")

    @property
    def logs(self) -> Path:
        """The logs of builds, and the consoles of guests"""
        return self.root / "log"

    @property
    def initramfs(self) -> Path:
        """The user space of guests"""
        return self.root / "guest/initramfs.cpio"

    def source(self, version: str) -> Path:
        """The newest source of that version of Linux, with the project laid over it"""
        def release(path: Path) -> list[int]:
            return [int(n) for n in path.name.split("-")[1].split(".")]

        found = [p for p in (self.root / "src").glob(f"linux-{version}.*") if p.is_dir()]
        return max(found, key=release)
