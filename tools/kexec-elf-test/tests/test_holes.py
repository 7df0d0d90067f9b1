# SPDX-License-Identifier: GPL-2.0
"""Holes for a copied kernel that leave no room for the initrd"""

import re
from dataclasses import replace

import pytest
from vmtest.devicetree import DeviceTree
from vmtest.guest import Console
from vmtest.machine import Machine, sparse_memory
from vmtest.plugin import Lab

SUITES = "check all@EACH"


@pytest.fixture(scope="module")
def copy(lab: Lab) -> str:
    """Only a copied kernel needs a hole that leaves room for the rest, wherever memory is free"""
    return "copy=1" if lab.build.loads_in_place else ""


@pytest.mark.parametrize("kind", ["vmlinux", "Image"])
def test_retry(lab: Lab, copy: str, kind: str) -> None:
    """The first hole has no room for the initrd, and another is tried.

    Two ranges of memory are more than 32 GB apart. In the lower one, the firmware has left 24 MB:
    enough for the kernel, not for its initrd. That must not be in the upper one while the kernel is
    in the lower (booting.rst: within 32 GB). The second kernel sees all 34 GB, which are not
    filled: the host may have less.
    """
    tree = DeviceTree(Machine().device_tree(lab.folder / "dtb"))
    tree.usable(0x40000000, 0x10000000, 0x840000000, 0x80000000)
    tree.reserve(0x41800000, 0xe800000)
    disk = lab.disk("chain", f"retry-{kind}")
    disk.pad_initrd(12000000)
    disk.kernel("k1", lab.build.image if kind == "Image" else lab.build.vmlinux)
    guest = lab.run(Machine(memory="34G", board="virt,memory-backend=ram",
                            more=(*sparse_memory("34G"), "-dtb", str(tree.path))), disk,
                    f"{copy} cma=0 swiotlb=512 carry=page_poison=0")
    bases = guest.fact(0, "load.bases")
    assert re.fullmatch("(0x40[0-9a-f]{6} )+0x8[4-9a-f][0-9a-f]{7}", bases)
    guest.booted(1, "k1")
    assert hex(guest.base(1)) == bases.split()[-1]


def room(guest: Console) -> int:
    """The number of free bytes above the kernel, up to the device tree or reserved memory"""
    end, limit = guest.number(0, "load.end"), guest.number(0, "load.dtb")
    reserved = [int(at, 16) for at in
                re.findall(r"^@iomem +(\w+)-\w+ : reserved", guest.text, re.MULTILINE)]
    return min(at for at in (limit, *reserved) if end <= at <= limit) - end


@pytest.fixture(scope="module")
def tight(lab: Lab, copy: str) -> tuple[int, Console]:
    """An initrd that takes all memory above the kernel, to the page; before that, one page more.
    Pages reserved every 4 MB keep the kernel out of the lower memory."""
    machine = Machine(memory="512M")
    tree = DeviceTree(machine.device_tree(lab.folder / "tight.dtb"))
    for at in range(0x40a00000, 0x5a000000, 0x400000):
        tree.reserve(at, 0x1000)
    disk = lab.disk("room")
    disk.kernel("k1", lab.stripped)
    machine = replace(machine, more=("-dtb", str(tree.path)))
    size = room(lab.run(machine, disk, f"{copy} cma=0"))
    return size, lab.run(machine, disk, f"{copy} cma=0 room={size}")


def test_one_more(tight: tuple[int, Console]) -> None:
    """One byte more is refused, and dmesg has the reason"""
    size, guest = tight
    assert size > 40000000
    assert guest.fact(0, "one-more") == "EADDRNOTAVAIL"
    assert re.search("no hole of 0x[0-9a-f]* bytes for the kernel leaves room for the initrd",
                     guest.fact(0, "one-more-dmesg"))


def test_as_much(tight: tuple[int, Console]) -> None:
    """An initrd of that size boots"""
    assert tight[1].fact(0, "just") == "OK"
    tight[1].booted(1, "k1")


@pytest.mark.parametrize("kind", ["vmlinux", "Image"])
def test_scarce(lab: Lab, copy: str, kind: str) -> None:
    """60 MB at random, in memory that is just enough: pages of the file are where something is to
    go, and all of it arrives, twice"""
    files = [lab.stripped, lab.build.image]
    disk = lab.disk("chain", f"scarce-{kind}", 60000000)
    for i, file in enumerate(files if kind == "vmlinux" else files[::-1], 1):
        disk.kernel(f"k{i}", file)
    guest = lab.run(Machine(memory="448M"), disk, f"{copy} cma=0 carry={copy}")
    guest.booted(1, "k1")
    guest.booted(2, "k2")
