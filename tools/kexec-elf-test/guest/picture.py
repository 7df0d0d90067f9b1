#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""picture.py [VMLINUX]: draw where kexec_file_load() puts a kernel

Reads what the kernel says of a load with "kexec -d" from standard input, and
draws memory with the lowest address on top. VMLINUX names the parts.
"""

import re
import subprocess
import sys

UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
WIDTH = 26


def size(n):
    """A number of bytes for people"""
    for unit, name in UNITS:
        if n >= unit:
            return f"{n / unit:.4g} {name}"
    return f"{n} bytes"


def part_names(vmlinux):
    """What the PT_LOADs with bytes in the file are, in ascending order"""
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


def read_load(lines, names):
    """The last load that the kernel tells of: (base, end of span, regions)"""
    base = end = 0
    regions, parts = [], 0
    for line in lines:
        m = re.search(r"Kernel span at 0x(\w+) size=0x(\w+)", line)
        if m:
            # The kernel tries the next hole: what it said before is void
            base, end = int(m[1], 16), int(m[1], 16) + int(m[2], 16)
            regions, parts = [], 0
        m = re.search(r"Loaded (.*) at 0x(\w+) bufsz=0x(\w+) memsz=0x(\w+)", line)
        if not m:
            continue
        name, start, bufsz, memsz = m[1], int(m[2], 16), int(m[3], 16), int(m[4], 16)
        if name == "kernel":
            name = names[parts] if parts < len(names) else f"part {parts}"
            parts += 1
            regions.append((start, start + bufsz, name))
        else:
            regions.append((start, start + memsz, name))
    return base, end, sorted(regions)


def rows(base, end, regions):
    """Regions with what is between them, inside the kernel's span and out"""
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
    names = part_names(sys.argv[1]) if len(sys.argv) > 1 else []
    base, end, regions = read_load(sys.stdin, names)
    if not regions:
        sys.exit("picture: the kernel told nothing of a load")

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
