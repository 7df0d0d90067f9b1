#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""picture.py LOG [VMLINUX]: draw where kexec_file_load() puts a kernel

LOG is a console with the lines that the first kernel prints for "kexec -d". The lowest address is
on top. VMLINUX names the parts.
"""

import os
import re
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from vmtest import console  # noqa: E402 (the path comes first)

UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
WIDTH = 26


def size(n):
    """A number of bytes, in the largest unit"""
    for unit, name in UNITS:
        if n >= unit:
            return f"{n / unit:.4g} {name}"
    return f"{n} bytes"


def part_names(vmlinux):
    """The names of the PT_LOADs with bytes in the file, in ascending order"""
    loads = []
    out = subprocess.run(["readelf", "-lW", vmlinux], capture_output=True,
                         text=True, check=False).stdout
    for line in out.splitlines():
        m = re.match(r" +LOAD +0x\w+ 0x\w+ 0x(\w+) 0x(\w+) 0x\w+ (...)", line)
        if m and int(m[2], 16):
            loads.append((int(m[1], 16), m[3]))
    names = []
    for _, flags in sorted(loads):
        name = "data" if "W" in flags else "text" if "E" in flags else "rodata"
        if name == "text" and "data" in names:
            name = "init text"
        if name == "data" and "E" in flags and not names:
            name = "text and data"
        names.append(name)
    return names


def regions_of(load, names):
    """The loaded parts, in ascending order: (start, end, name)"""
    regions, parts = [], 0
    for name, start, bufsz, memsz in load.placed:
        if name == "kernel":
            name = names[parts] if parts < len(names) else f"part {parts}"
            parts += 1
            memsz = bufsz       # The rest is a gap or the BSS.
        regions.append((start, start + memsz, name))
    return sorted(regions)


def rows(base, end, regions):
    """The regions and the gaps between them, inside the kernel's span and above"""
    at = base
    inside = [r for r in regions if base <= r[0] < end]
    for i, (start, stop, name) in enumerate(inside):
        if start > at:
            yield at, start, "gap (zero)" if i else "text_offset"
        yield start, stop, name
        at = stop
    if at < end:
        yield at, end, "BSS"
    at = end
    for start, stop, name in [r for r in regions if r[0] >= end]:
        if start > at:
            yield at, start, None
        yield start, stop, {"dtb": "device tree"}.get(name, name)
        at = stop


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    names = part_names(sys.argv[2]) if len(sys.argv) > 2 else []
    loads = console.read_log(sys.argv[1]).get(0, console.Kernel()).loads
    regions = regions_of(loads[-1], names) if loads else []
    if not regions:
        sys.exit("picture: the kernel printed nothing about a load")
    base, end = loads[-1].base, loads[-1].end

    edge = "+" + "-" * WIDTH + "+"
    drawn_end = False
    print()
    for start, stop, name in rows(base, end, regions):
        note = "  base" if start == base else ""
        if start == end and not drawn_end:
            note, drawn_end = "  end of the kernel's span", True
        if name is None:
            print(f"  {start:#014x}  {edge}{note}")
            print(f"  {'':14}  {':':{WIDTH + 1}}:  {size(stop - start)} free")
            continue
        print(f"  {start:#014x}  {edge}{note}")
        print(f"  {'':14}  | {name:<{WIDTH - 2}} |  {size(stop - start)}")
    print(f"  {stop:#014x}  {edge}")
    print()


main()
