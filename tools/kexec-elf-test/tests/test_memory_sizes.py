# SPDX-License-Identifier: GPL-2.0
"""A vmlinux with DWARF on small and large machines, and on one whose RAM begins at 0"""

from dataclasses import replace
from typing import NamedTuple

import pytest
from vmtest.devicetree import DeviceTree
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab

SUITES = "check all@EACH"


class Case(NamedTuple):
    """A machine, and the memory in MiB that its kernel should find, nearly"""

    machine: Machine
    mib: int
    append: str = "page_poison=0"


NODES = ("-object", "memory-backend-ram,id=m0,size=512M", "-numa", "node,nodeid=0,cpus=0,memdev=m0",
         "-object", "memory-backend-ram,id=m1,size=512M", "-numa", "node,nodeid=1,cpus=1,memdev=m1")
CASES = {
    "128M": Case(Machine(memory="128M"), 128, ""),
    "256M": Case(Machine(memory="256M"), 256, ""),
    "4G": Case(Machine(smp=2, memory="4G"), 4096),
    "8G": Case(Machine(smp=2, memory="8G"), 8192),
    "max": Case(Machine(cpu=MAX_CPU, smp=2), 1024, ""),
    # Two nodes. The first kernel may not use the memory from 0x52000000 to 0x6e000000, which leaves
    # a bit of the first node and most of the second.
    "numa": Case(Machine(smp=2, more=NODES), 1024, ""),
}


@pytest.fixture(scope="module", params=CASES)
def booted(request: pytest.FixtureRequest, lab: Lab) -> tuple[Case, Console]:
    """A kernel that was loaded on such a machine"""
    case = CASES[request.param]
    disk = lab.disk("chain", request.param)
    disk.kernel("k1", lab.build.vmlinux)
    machine = case.machine
    if request.param == "numa":
        tree = DeviceTree(machine.device_tree(lab.folder / "dtb"))
        tree.usable(0x40000000, 0x12000000, 0x6e000000, 0x12000000)
        machine = replace(machine, more=(*machine.more, "-dtb", str(tree.path)))
    return case, lab.run(machine, disk, case.append)


def test_boots(booted: tuple[Case, Console], lab: Lab) -> None:
    """It boots, with all CPUs, all memory and all nodes"""
    case, guest = booted
    guest.booted(1, "k1")
    assert guest.fact(1, "cpus") == str(case.machine.smp)
    assert 0.78 * case.mib < int(guest.fact(1, "memory").split()[0]) / 1024 <= case.mib
    if case.machine.more and lab.build.configured("CONFIG_NUMA"):
        assert guest.fact(1, "nodes") == "2"


@pytest.fixture(scope="module")
def base_0(lab: Lab) -> Console:
    """RAM begins at 0 on this board. QEMU puts the first kernel at 2 MiB; once the second is
    higher, the lowest hole for the third is at 0."""
    disk = lab.disk("chain", "base0")
    for i, file in enumerate((lab.build.vmlinux, lab.build.vmlinux, lab.build.image, lab.stripped)):
        disk.kernel(f"k{i + 1}", file)
    # Only a copied kernel goes to the lowest hole
    copy = "copy=1" if lab.build.loads_in_place else ""
    return lab.run(Machine(board="xlnx-versal-virt", cpu="", smp=0), disk,
                   f"cma=0 {copy} carry=cma=0,{copy}")


def test_base_0(base_0: Console) -> None:
    """A vmlinux boots with its base at physical address 0"""
    base_0.booted(2, "k2")
    assert base_0.base(2) == 0


def test_on_from_there(base_0: Console) -> None:
    """It loads the next"""
    base_0.booted(4, "k4")
