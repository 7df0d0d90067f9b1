# SPDX-License-Identifier: GPL-2.0
"""The series that scripts/series.sh writes"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .project import TOP

SERIES = TOP / "scripts/series.sh"
LETTER = "0000-cover-letter.patch"


@dataclass(frozen=True)
class Writer:
    """series.sh, with a configuration of git"""

    source: Path
    folder: Path            # the current folder of the commands
    user: bool = True

    def run(self, *words: str | Path) -> tuple[int, str]:
        """The exit code and the messages"""
        config = self.folder / f"gitconfig-{self.user}"
        config.write_text("[user]\n\tname = A. Hacker\n\temail = hacker@example.org\n"
                          if self.user else "")
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(words, check=False, text=True, cwd=self.folder, env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.rstrip("\n")

    def commit(self, tree: Path) -> Path:
        """Commit all files of a tree, a new git tree unless it is one"""
        for words in "init -q", "add -A -f .", "commit -q --allow-empty -m files":
            assert self.run("git", "-C", tree, *words.split())[0] == 0
        return tree

    def write(self, *words: str | Path) -> tuple[int, str]:
        """series.sh"""
        return self.run(SERIES, *words)


@dataclass(frozen=True)
class Series:
    """All series, in a folder"""

    writer: Writer
    out: Path
    topics: list[str]

    def patches(self, topic: str) -> list[Path]:
        """The patches of a series"""
        return [p for p in sorted((self.out / topic).glob("*.patch")) if p.name != LETTER]

    def all(self) -> list[Path]:
        """The patches of all series, in order"""
        return [patch for topic in self.topics for patch in self.patches(topic)]

    def stands_on(self, topic: str) -> list[str]:
        """The series that a cover letter names"""
        letter = (self.out / topic / LETTER).read_text()
        found: list[str] = re.findall("(?m)^It applies on top of: (.*)", letter)
        return found[0].split(", ") if found else []


def written(writer: Writer, out: Path, project: str = "Linux") -> Series:
    """The series in a folder, in the order of the topics"""
    known = subprocess.run(["bash", "-c", '. scripts/patches.sh; use_patches "$1"; topics', "-",
                            project], check=True, cwd=TOP, text=True, stdout=subprocess.PIPE)
    return Series(writer, out, [t for t in known.stdout.split() if (out / t).exists()])
