# SPDX-License-Identifier: GPL-2.0
"""Without a CMA area, a kernel is loaded where it runs, and the page allocator gets its pages
back"""

import os

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all@NEWEST,7.2,NEWEST-64k"


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """A vmlinux with gaps, an Image, and a vmlinux that is to be copied"""
    disk = lab.disk("in-place")
    disk.kernel("k1", lab.stripped, "split=65536")
    disk.kernel("k2", lab.build.image)
    disk.kernel("k3", lab.stripped)
    # Loading fails after all segments have been placed: more than half of the memory
    os.truncate(os.open(disk.folder / "half", os.O_CREAT | os.O_WRONLY), 540 << 20)
    return lab.run(Machine(), disk, "cma=0", 300)


@pytest.mark.parametrize("hop, what", [(0, "vmlinux"), (1, "Image")])
def test_nothing_is_copied(guest: Console, hop: int, what: str) -> None:
    """The jump copies nothing, and the kernel runs where it was loaded"""
    assert guest.fact(hop, "load.copied") == "0"
    guest.booted(hop + 1, f"k{hop + 1}")
    assert hex(guest.base(hop + 1)) == guest.fact(hop, "load.base")


def test_no_cma(guest: Console) -> None:
    """KEXEC_FILE_NO_CMA: all is copied, and the kernel boots"""
    guest.booted(3, "k3")


def test_gives_back(guest: Console) -> None:
    """After a thousand loads, and after loads that failed, no pages are lost"""
    assert guest.facts(0, "times", "half", "isolated") == ["OK", "EINVAL", "0"]
    assert int(guest.fact(0, "lost")) < 1024        # KiB; others allocate, too
