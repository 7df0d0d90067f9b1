# SPDX-License-Identifier: GPL-2.0
"""A kernel whose span is in CMA is loaded where it runs, and CMA gets its pages back"""

import os

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all"


@pytest.fixture(scope="module", autouse=True)
def cma(lab: Lab) -> None:
    """Only newer versions load into CMA"""
    if not lab.build.loads_in_place:
        pytest.skip(f"Linux {lab.build.name} does not load into CMA")


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """1 MiB of CMA is taken at boot (coherent_pool): the first piece that is free is not
    2 MiB-aligned. All free memory holds 0xaa."""
    disk = lab.disk("cma")
    disk.kernel("k1", lab.stripped, "split=16384")
    disk.kernel("k2", lab.build.image)
    disk.kernel("k3", lab.stripped)
    return lab.run(Machine(), disk, "cma=64M coherent_pool=1M")


@pytest.mark.parametrize("hop, kind", [(0, "vmlinux with gaps"), (1, "Image")])
def test_in_cma(guest: Console, hop: int, kind: str) -> None:
    """The span is in CMA and 2 MiB-aligned, the jump copies nothing, and the kernel is there"""
    base = guest.number(hop, "load.base")
    assert base in guest.area(hop, "cma") and base % 0x200000 == 0
    assert guest.fact(hop, "load.copied") == "0"
    guest.booted(hop + 1, f"k{hop + 1}")
    assert guest.base(hop + 1) == base


def test_no_cma(guest: Console) -> None:
    """KEXEC_FILE_NO_CMA takes no page of CMA, and the kernel boots"""
    assert guest.fact(2, "taken") == "0"
    guest.booted(3, "k3")


@pytest.fixture(scope="module")
def small(lab: Lab) -> dict[str, Console]:
    """CMA has room for the kernel, and not for its initrd"""
    guests = {}
    for name, size in ("low", "16M@0x60000000"), ("top", "16M"):
        disk = lab.disk("cma-unload", f"cma-{name}")
        disk.pad_initrd(12000000)
        disk.kernel("k1", lab.stripped)
        guests[name] = lab.run(Machine(), disk, f"cma={size}")
    return guests


def test_low(small: dict[str, Console]) -> None:
    """The kernel is in CMA, its initrd above"""
    guest = small["low"]
    assert guest.number(0, "load.base") in guest.area(0, "cma")
    assert guest.number(0, "load.initrd") > guest.number(0, "load.base")


def test_top(small: dict[str, Console]) -> None:
    """CMA is above all other memory: the kernel is placed twice, without CMA at last"""
    guest = small["top"]
    assert len(guest.fact(0, "load.bases").split()) == 2
    assert guest.number(0, "load.base") not in guest.area(0, "cma")


@pytest.mark.parametrize("name", ["low", "top"])
def test_unload(small: dict[str, Console], name: str) -> None:
    """Unloading gives CMA back, and the kernel boots"""
    assert small[name].fact(0, "kept") == "0"
    small[name].booted(1, "k1")


@pytest.fixture(scope="module")
def times(lab: Lab) -> Console:
    """A thousand loads (Image: a hundred), and loads that fail after all segments have been placed
    (more than half of the memory)"""
    disk = lab.disk("cma-times")
    disk.kernel("k1", lab.stripped)
    disk.kernel("k2", lab.build.image)
    os.truncate(os.open(disk.folder / "half", os.O_CREAT | os.O_WRONLY), 540 << 20)
    return lab.run(Machine(), disk, "cma=64M", 300)


@pytest.mark.parametrize("kernel", ["k1", "k2"])
def test_times(times: Console, kernel: str) -> None:
    """CMA has the pages that it had before"""
    assert times.facts(0, f"{kernel}-times", f"{kernel}-half") == ["OK 0", "EINVAL 0"]


def test_keeps(times: Console) -> None:
    """A loaded kernel keeps its memory when another load fails, and boots"""
    assert times.fact(0, "loaded") == "0"
    times.booted(1, "k1")
