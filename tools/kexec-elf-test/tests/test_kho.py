# SPDX-License-Identifier: GPL-2.0
"""kexec handover (kho=on): a kernel goes to scratch memory, and finds the memory that the kernel
before has preserved for it"""

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all"


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """A vmlinux with gaps, an Image, a vmlinux with DWARF"""
    if not lab.build.hands_over:
        pytest.skip(f"Linux {lab.build.name} has no kexec handover")
    disk = lab.disk("kho")
    disk.kernel("k1", lab.stripped, "split=16384")
    disk.kernel("k2", lab.build.image)
    disk.kernel("k3", lab.build.vmlinux)
    return lab.run(Machine(), disk, "kho=on carry=kho=on")


def test_first(guest: Console) -> None:
    """The first kernel got no memory handed over"""
    assert guest.fact(0, "kho") == ""


@pytest.mark.parametrize("segment", ["base", "initrd", "dtb"])
@pytest.mark.parametrize("hop", [0, 1, 2])
def test_scratch(guest: Console, hop: int, segment: str) -> None:
    """All of it is in scratch memory"""
    at = guest.number(hop, f"load.{segment}")
    assert any(at in scratch for scratch in guest.areas(hop, "scratch"))


@pytest.mark.parametrize("hop", [1, 2, 3])
def test_finds(guest: Console, hop: int) -> None:
    """It boots, and finds the preserved pages; the first lib/test_kho.c in a chain preserves pages
    of all kinds"""
    guest.booted(hop, f"k{hop}")
    assert guest.fact(hop, "from") == f"{guest.fact(hop - 1, 'release')} (count {hop})"
    assert hop == 2 or guest.fact(hop, "kho") == "KHO restore succeeded"
