# SPDX-License-Identifier: GPL-2.0
"""Crash kernels: loaded, loaded again, unloaded, refused, beside a kernel for kexec -e; and after a
panic, on a region that was not zero. The last vmlinux is compressed.
"""

import os
import re
import subprocess

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all@EACH crash@NEWEST,6.12"
pytestmark = pytest.mark.packages("xz-utils")


def crash(lab: Lab, kind: str) -> Console:
    """A guest with a capture kernel of that kind, and a kernel of the other kind for kexec -e"""
    disk = lab.disk("crash", f"crash-{kind}")
    if kind == "vmlinux":
        disk.kernel("first", lab.build.image)
        second = disk.kernel("second", lab.stripped, "split=16384")
        subprocess.run(["xz", "-1", "-k", second], check=True)
    else:
        disk.kernel("first", lab.stripped)
        disk.kernel("second", lab.build.image)
    lab.editor.edit(lab.stripped, disk.folder / "bad", "machine=62")
    # An Image of random bytes fills the region where the next will be. Its header is sound, but
    # for image_size, 16 MiB.
    header = bytearray(lab.build.image.read_bytes()[:64])
    header[16:24] = (16 << 20).to_bytes(8, "little")
    (disk.folder / "dirt").write_bytes(header + os.urandom((16 << 20) - 64))
    return lab.run(Machine(smp=2, memory="512M"), disk, "crashkernel=64M")


@pytest.fixture(scope="module")
def guests(lab: Lab) -> dict[str, Console]:
    """A guest for each kind of capture kernel"""
    return {kind: crash(lab, kind) for kind in ("vmlinux", "Image")}


@pytest.fixture(params=["vmlinux", "Image"])
def guest(guests: dict[str, Console], request: pytest.FixtureRequest) -> Console:
    """The guest with that capture kernel"""
    return guests[request.param]


@pytest.mark.parametrize("name, loaded", [
    ("before", "0 0"), ("dirty", "0 1"), ("again", "0 1"), ("both", "1 1"), ("unloaded", "1 0"),
    ("back", "1 1"), ("last", "1 1")])
def test_loaded(guest: Console, name: str, loaded: str) -> None:
    """Whether a kernel is loaded for kexec -e, and for a crash; "back" is by kdump-tools"""
    assert guest.fact(0, name) == loaded


def test_bad_file(guest: Console) -> None:
    """A bad file is refused: no crash kernel is left, the other kernel is"""
    assert guest.facts(0, "bad", "refused") == ["ENOEXEC", "1 0"]


def test_region_too_small(guest: Console) -> None:
    """So is one for which the region is too small: dmesg has the sizes"""
    assert guest.facts(0, "large", "small") == ["EADDRNOTAVAIL", "1 0"]
    assert re.search(r"the crashkernel region has 0x4000000 bytes: kernel \(0x[0-9a-f]+ bytes\), "
                     r"initrd \(0x42c1d80 bytes\), ELF core headers and device tree take at least "
                     r"0x[0-9a-f]+", guest.fact(0, "large-dmesg"))


def test_keeps_no_memory(guest: Console) -> None:
    """150 loads and as many refusals keep no memory, in KiB"""
    assert guest.facts(0, "times-40", "times-150") == ["OK", "OK"]
    assert int(guest.fact(0, "lost")) < 1500


def test_captures(guest: Console) -> None:
    """It comes up after a panic, on memory that is not zero, and sees /proc/vmcore"""
    guest.booted(1, "second")
    assert guest.fact(1, "vmcore") == "ELF"


def test_place(guest: Console) -> None:
    """It is where it was put, in the region, and alone in its span"""
    start, _, end = guest.fact(0, "region").partition("-")
    assert hex(guest.base(1)) == guest.fact(0, "load.base")
    assert int(start, 16) <= guest.base(1) <= int(end, 16)
    assert guest.fact(0, "load.strangers") == ""


def test_same_place(guests: dict[str, Console]) -> None:
    """vmlinux and Image have the same place"""
    assert guests["vmlinux"].base(1) == guests["Image"].base(1)
