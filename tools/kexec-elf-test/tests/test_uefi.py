# SPDX-License-Identifier: GPL-2.0
"""A machine that UEFI has booted and ACPI describes; the EFI stub starts the first kernel"""

import pytest
from vmtest.guest import Console
from vmtest.machine import UEFI, Machine
from vmtest.plugin import Lab

SUITES = "all"
LINUX = "NEWEST-16k-secure"
pytestmark = pytest.mark.packages("qemu-efi-aarch64")


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """vmlinux, Image, vmlinux"""
    disk = lab.disk("chain")
    for i, file in enumerate((lab.build.vmlinux, lab.build.image, lab.build.vmlinux), 1):
        disk.kernel(f"k{i}", file)
    return lab.run(Machine(cpu="neoverse-n1", smp=2, more=UEFI), disk, seconds=240)


def test_firmware(guest: Console) -> None:
    """The firmware starts the first kernel. It passes no device tree: the EFI stub puts UEFI into
    one."""
    assert "UEFI firmware" in guest.text


@pytest.mark.parametrize("hop", range(4))
def test_knows_firmware(guest: Console, hop: int) -> None:
    """Each kernel knows the machine's UEFI, and its ACPI tables"""
    assert guest.fact(hop, "efi").startswith("EFI v2")
    assert guest.number(hop, "acpi") > 0


@pytest.mark.parametrize("hop", [1, 2, 3])
def test_booted(guest: Console, hop: int) -> None:
    """Each is the file that was loaded"""
    guest.booted(hop, f"k{hop}")


def test_cpus(guest: Console) -> None:
    """The last kernel has both CPUs, and no kernel finds itself misplaced"""
    assert guest.fact(3, "cpus") == "2"
    guest.not_misplaced()
