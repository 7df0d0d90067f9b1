# SPDX-License-Identifier: GPL-2.0
"""The vmlinux files of Debian's newest arm64 kernels, of 6.12 and 7.x: cloud, 16K pages, real-time.
Downloads some 4 GB, once; DISTRO="cloud-6.12 rt-7" for fewer.
"""

import os
import re
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.elf import build_id, with_bytes
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab

SUITES = "all@NEWEST,6.12 distro@NEWEST,6.12"
FLAVOURS = os.environ.get("DISTRO", "cloud-7 cloud-6.12 16k-7 16k-6.12 rt-7 rt-6.12").split()


@pytest.fixture(scope="module", params=FLAVOURS)
def vmlinux(request: pytest.FixtureRequest, preparer: Preparer) -> Path:
    """The file of that kernel"""
    return preparer.distro(request.param)


@pytest.fixture(scope="module")
def guest(vmlinux: Path, lab: Lab) -> Console:
    """A jump to it"""
    disk = lab.disk("chain", vmlinux.parent.name)
    disk.link("k1", vmlinux)
    disk.build_ids["k1"] = build_id(vmlinux)
    return lab.run(Machine(cpu=MAX_CPU, smp=2, memory="2G"), disk, seconds=300)


def test_segments(guest: Console, vmlinux: Path) -> None:
    """Each PT_LOAD is a segment"""
    assert guest.number(0, "load.parts") == len(with_bytes(vmlinux))


def test_boots(guest: Console, vmlinux: Path) -> None:
    """It boots, on memory that is not zero, where it was put, and reports its release"""
    guest.booted(1, "k1")
    package = (vmlinux.parent / "package").read_text().strip()
    assert guest.fact(1, "release") == re.sub("^linux-image-|-dbg$", "", package)
    assert guest.base(1) == guest.number(0, "load.base")
