# SPDX-License-Identifier: GPL-2.0
"""Image and vmlinux in turn, HOPS times, under KASLR, in memory that is not zero"""

import os

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "hops"


@pytest.fixture(scope="module")
def hops() -> int:
    """How many jumps"""
    return int(os.environ.get("HOPS", 1000))


@pytest.fixture(scope="module")
def guest(lab: Lab, hops: int) -> Console:
    """All jumps, on a small machine"""
    disk = lab.disk("hops")
    disk.kernel("k1", lab.build.image)
    disk.kernel("k2", lab.stripped)
    return lab.run(Machine(memory="256M"), disk, f"carry=hops={hops} hops={hops}", 60 + hops * 6)


def test_each_booted(guest: Console, hops: int) -> None:
    """Each kernel is the file that was loaded, and has its initrd"""
    for hop in range(1, hops + 1):
        guest.booted(hop, f"k{2 - hop % 2}")


def test_device_tree_grows(guest: Console, hops: int) -> None:
    """Each device tree is larger by a property of 128 bytes, and by a digit of hop=N: Linux
    overwrites rng-seed in its device tree with NOPs, and kexec adds a new one"""
    sizes = [guest.number(hop, "fdt") for hop in range(2, hops + 1)]
    assert {after - before for before, after in zip(sizes, sizes[1:])} <= {140, 144}


def test_no_memory_lost(guest: Console, hops: int) -> None:
    """The next kernel loses no other memory"""
    first, last = (int(guest.fact(hop, "memory").split()[0]) for hop in (2, hops))
    assert first - last <= hops * 144 // 1024 + 4


def test_kaslr(guest: Console, hops: int) -> None:
    """The kernels are at different addresses, and no kernel finds itself misplaced"""
    assert len({guest.fact(hop, "stext") for hop in range(1, hops + 1)}) > hops // 2
    guest.not_misplaced()
