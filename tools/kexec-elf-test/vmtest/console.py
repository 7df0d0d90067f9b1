#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""console.py LOG: print the facts in a guest's console log, as HOP, NAME and VALUE with tabs

HOP counts the jumps from kernel to kernel. The init and the jobs of a guest print lines
"@NAME VALUE"; of several with the same name, the first counts. Lines "@dmesg TEXT" hold what the
kernel printed about a load. A line "@load" separates several loads in one kernel. The facts about
the Nth load are named load.N.*, those about the last load also load.*: see Load.facts().
"""

import re
import sys
from collections.abc import Iterable, Iterator

PAGE = 4096
NOTHING_TO_COPY = 0x4       # The list of pages is its end, IND_DONE


class Load:
    """Where kexec_file_load() has put a kernel and the rest"""

    def __init__(self) -> None:
        self.bases: list[int] = []      # of each hole that was tried
        self.base: int | None = None    # of the span
        self.end = self.size = 0
        # name, address, bytes from the file, bytes in memory
        self.placed: list[tuple[str, int, int, int]] = []
        # address or None, bytes in memory
        self.segments: list[tuple[int | None, int]] = []
        self.read: int | None = None
        self.head: int | None = None

    def add(self, line: str) -> None:
        """Take in a line of dmesg"""
        def number(pattern: str) -> list[int]:
            m = re.search(pattern, line)
            return [int(n, 16) for n in m.groups()] if m else []

        if n := number(r"Kernel span at 0x(\w+) size=0x(\w+)"):
            # The kernel tries the next hole, and gives up what it placed before
            self.base, self.size = n
            self.end = self.base + self.size
            self.bases.append(self.base)
            self.placed, self.segments = [], []
        elif m := re.search(r"Loaded (.*) at 0x(\w+) bufsz=0x(\w+) memsz=0x(\w+)", line):
            self.placed.append((m[1], int(m[2], 16), int(m[3], 16), int(m[4], 16)))
        elif n := number(r"segment\[\d+\]: .* mem=0x(\w+) memsz=0x(\w+)"):
            self.segments.append((n[0], n[1]))
        elif n := number(r"segment\[\d+\]\.memsz *= *0x(\w+)"):
            self.segments.append((None, n[0]))
        elif n := number(r"kernel_size: 0x(\w+)"):
            self.read, = n
        elif n := number(r"head:0x(\w+) "):
            self.head, = n

    def at(self, name: str) -> list[int]:
        """The addresses of the parts with that name, in ascending order"""
        return sorted(p[1] for p in self.placed if p[0] == name)

    def strangers(self) -> str:
        """The segments in the span that are not the kernel's, or the lack of any segment"""
        own = self.at("kernel")
        if not self.segments or not own:
            return "no segments"
        return " ".join(f"{at:#x}" for at, size in self.segments if at is not None and
                        at not in own and at < self.end and at + size > (self.base or 0))

    def moved(self) -> int:
        """The bytes of all segments, in whole pages"""
        return sum(-(-size // PAGE) * PAGE for _, size in self.segments)

    def copied(self) -> int:
        """The bytes that are copied at the jump"""
        return 0 if self.head == NOTHING_TO_COPY else self.moved()

    def places(self) -> str:
        """All addresses in one line, as kexec-elf-plan's are printed by plan.t"""
        names = {"initrd": "initrd", "dtb": "device tree", "elf core header": "elfcorehdr"}
        lines = [f"{name} {at:#x}" for told, name in names.items() for at in self.at(told)]
        lines += [f"kernel {at:#x}" for at in self.at("kernel")]
        return ", ".join(sorted([f"base {self.base or 0:#x} span {self.size:#x}"] + lines))

    def facts(self) -> Iterator[tuple[str, str | int]]:
        """Name and value of all that is known"""
        if self.base is not None:
            yield "base", f"{self.base:#x}"
            yield "end", f"{self.end:#x}"
            yield "bases", " ".join(f"{b:#x}" for b in self.bases)
            yield "places", self.places()
            yield "strangers", self.strangers()
            yield "parts", len(self.at("kernel"))
        for name in ("initrd", "dtb"):
            for at in self.at(name):
                yield name, f"{at:#x}"
        if self.segments:
            yield "copied", self.copied()
        if self.read is not None:
            yield "read", f"{self.read:#x}"


class Kernel:
    """The lines of one kernel and its user space"""

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = {}    # the values by name
        self.loads: list[Load] = []

    def add(self, name: str, value: str) -> None:
        """Take in a line "@NAME VALUE" """
        if name == "load" or (name == "dmesg" and not self.loads):
            self.loads.append(Load())
        if name == "dmesg":
            self.loads[-1].add(value)
        self.said.setdefault(name, []).append(value)

    def facts(self) -> Iterator[tuple[str, str | int]]:
        """Name and value of all that is known"""
        for name, values in self.said.items():
            yield name, values[0]
        for i, load in enumerate(self.loads, 1):
            for name, value in load.facts():
                yield f"load.{i}.{name}", value
                if load is self.loads[-1]:
                    yield f"load.{name}", value


def read(lines: Iterable[str]) -> dict[int, Kernel]:
    """The kernels of a console, by the number of jumps before them"""
    kernels: dict[int, Kernel] = {}
    hop = 0
    for line in lines:
        m = re.match(r"@([\w.+-]+) ?(.*)", line.rstrip("\r\n"))
        if not m:
            continue
        if m[1] == "boot":
            hop = int(m[2].partition("hop=")[2] or 0)
        kernels.setdefault(hop, Kernel()).add(m[1], m[2])
    return kernels


def read_log(path: str) -> dict[int, Kernel]:
    """read(), for a file; a console can hold anything"""
    with open(path, encoding="utf-8", errors="replace") as log:
        return read(log)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for hop, kernel in read_log(sys.argv[1]).items():
        for name, value in kernel.facts():
            print(hop, name, value, sep="\t")


if __name__ == "__main__":
    main()
