# SPDX-License-Identifier: GPL-2.0
"""Every way of reserving memory for a crash kernel, and the keys of encrypted disks, which 7.x
hands over to it"""

import re
import shutil
from typing import NamedTuple

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "all crash@NEWEST,6.12"
MIB = 1 << 20


class Region(NamedTuple):
    """Options of the running kernel, and the memory that the capture kernel has, in MiB"""

    options: str
    ram: int
    memory: str = "512M"


REGIONS = {
    "size": Region("crashkernel=64M", 64),
    "at": Region("crashkernel=64M@0x50000000", 64),
    "high": Region("crashkernel=64M,high crashkernel=16M,low", 80, "5G"),
    "cma": Region("crashkernel=64M crashkernel=64M,cma", 128),
    "keys": Region("crashkernel=64M keys=token carry=keys=token", 64),
}


def capture(lab: Lab, name: str, options: str, memory: str = "512M") -> Console:
    """A guest with that region, and a vmlinux to capture"""
    disk = lab.disk("capture", f"region-{name}")
    disk.kernel("k1", lab.build.vmlinux)
    if name == "keys":
        shutil.copytree(lab.cache.root / "arm64/dump-tools", disk.folder / "dump-tools")
    return lab.run(Machine(smp=2, memory=memory), disk, f"page_poison=0 {options}")


@pytest.fixture(scope="module", params=REGIONS)
def guest(request: pytest.FixtureRequest, lab: Lab) -> tuple[str, Console]:
    """A crash with each region"""
    name = request.param
    if name in ("cma", "keys") and not lab.build.passes_keys:
        pytest.skip(f"Linux {lab.build.name} has neither CMA for crash kernels nor keys")
    return name, capture(lab, name, REGIONS[name].options, REGIONS[name].memory)


def test_captures(guest: tuple[str, Console]) -> None:
    """The vmlinux comes up in the region, alone in its span, and sees /proc/vmcore"""
    _, console = guest
    console.booted(1, "k1")
    assert console.fact(1, "vmcore") == "ELF"
    assert console.base(1) in console.area(0, "region")
    assert console.fact(0, "load.strangers") == ""


def test_memory(guest: tuple[str, Console]) -> None:
    """It has all of the memory, where it was asked for, and the keys of both disks"""
    name, console = guest
    assert console.fact(1, "ram") == str(REGIONS[name].ram)
    if name == "at":
        assert console.base(1) == 0x50000000
    if name == "high":
        assert console.base(1) >= 1 << 32
    if name == "keys":
        assert console.facts(1, "one", "two") == ["secret-one-token", "secret-two-token"]


@pytest.fixture(scope="module")
def small(lab: Lab) -> tuple[Console, int]:
    """A region that is too small, and the size that dmesg asks for"""
    console = capture(lab, "small", "crashkernel=8M")
    asked = re.search("the crashkernel region has 0x800000 bytes: .* at least (0x[0-9a-f]+)$",
                      console.text, re.MULTILINE)
    assert asked, console.tail()
    return console, int(asked[1], 16) // MIB


def test_small(small: tuple[Console, int]) -> None:
    """A region of 8 MiB is too small"""
    assert small[0].fact(0, "loaded") == "0"


@pytest.mark.parametrize("less, loaded", [(2, "0"), (0, "1")])
def test_least(lab: Lab, small: tuple[Console, int], less: int, loaded: str) -> None:
    """The size that dmesg asks for is enough, and 2 MiB less is not"""
    console = capture(lab, f"least-{less}", f"only=load crashkernel={small[1] - less}M")
    assert console.fact(0, "loaded") == loaded


def test_none(lab: Lab) -> None:
    """Without a region, the load is refused, and dmesg has the reason"""
    console = capture(lab, "none", "")
    assert console.fact(0, "loaded") == "0"
    assert "the crashkernel region has 0x0 bytes" in console.text
