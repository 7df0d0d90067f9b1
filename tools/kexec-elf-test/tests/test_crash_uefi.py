# SPDX-License-Identifier: GPL-2.0
"""A crash on a machine that UEFI has booted and ACPI describes"""

import pytest
from vmtest.guest import Console
from vmtest.machine import UEFI, Machine
from vmtest.plugin import Lab

SUITES = "all crash"
LINUX = "NEWEST-16k-secure"
pytestmark = pytest.mark.packages("qemu-efi-aarch64")


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """A capture kernel that reads all of /proc/vmcore"""
    disk = lab.disk("capture")
    disk.kernel("k1", lab.build.vmlinux)
    return lab.run(Machine(cpu="neoverse-n1", smp=2, more=UEFI), disk,
                   "crashkernel=256M read=1 carry=read=1", 240)


def test_firmware(guest: Console) -> None:
    """The firmware starts the first kernel"""
    assert "UEFI firmware" in guest.text


@pytest.mark.parametrize("hop", [0, 1])
def test_knows_firmware(guest: Console, hop: int) -> None:
    """Each kernel knows the machine's UEFI, and its ACPI tables"""
    assert guest.fact(hop, "efi").startswith("EFI v2")
    assert guest.number(hop, "acpi") > 0


def test_captures(guest: Console) -> None:
    """The vmlinux comes up after a panic, in the region, alone in its span"""
    guest.booted(1, "k1")
    assert guest.base(1) in guest.area(0, "region")
    assert guest.fact(0, "load.strangers") == ""


def test_vmcore(guest: Console) -> None:
    """It can read all of /proc/vmcore"""
    assert guest.facts(1, "vmcore", "read") == ["ELF", "whole"]
    assert guest.number(1, "size") > 100 << 20
