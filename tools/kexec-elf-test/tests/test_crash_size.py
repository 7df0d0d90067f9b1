# SPDX-License-Identifier: GPL-2.0
"""The smallest crashkernel= with which a kernel is loaded and comes up, to 2 MiB, is the same for a
vmlinux and its Image: for a kernel of the project, and for Debian's newest cloud kernel, whose
vmlinux has some 400 MB"""

from pathlib import Path

from vmtest.build import Preparer
from vmtest.disk import Disk
from vmtest.elf import build_id, flatten
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab

SUITES = "all crash"
FROM, TO, STEP = 16, 512, 2         # MiB


def comes_up(lab: Lab, disk: Disk, machine: Machine, file: str, mib: int) -> bool:
    """Does it come up after a crash, with a region of that size? A capture kernel that panics
    reboots, which ends the guest."""
    guest = lab.run(machine, disk, f"page_poison=0 crashkernel={mib}M file={file} "
                    "capture=nokaslr,panic=1", 40)
    return guest.facts(1, "vmcore", "build-id") == ["ELF", disk.build_ids[file]]


def smallest(lab: Lab, disk: Disk, machine: Machine, file: str, above: int) -> int:
    """The least size with which it comes up, by bisection"""
    low, high = above, above + FROM
    while not comes_up(lab, disk, machine, file, high):
        low, high = high, high + 2 * FROM
        assert high < TO
    while high - low > STEP:
        middle = (high + low) // (2 * STEP) * STEP
        if comes_up(lab, disk, machine, file, middle):
            high = middle
        else:
            low = middle
    return high


def compare(lab: Lab, disk: Disk, memory: str) -> None:
    """Assert: the Image and the vmlinux on the disk need as much"""
    header = (disk.folder / "Image").read_bytes()[:24]
    span = int.from_bytes(header[16:24], "little") >> 21 << 1
    machine = Machine(cpu=MAX_CPU, smp=2, memory=memory)
    least = {file: smallest(lab, disk, machine, file, span) for file in ("Image", "vmlinux")}
    assert least["Image"] == least["vmlinux"]


def test_own(lab: Lab) -> None:
    """A kernel of the project"""
    disk = lab.disk("capture", "size-own")
    disk.kernel("Image", lab.build.image)
    disk.kernel("vmlinux", lab.build.vmlinux)
    compare(lab, disk, "1G")


def test_debian(lab: Lab, preparer: Preparer) -> None:
    """Debian's newest cloud kernel"""
    vmlinux: Path = preparer.distro("cloud-7")
    disk = lab.disk("capture", "size-debian")
    disk.link("vmlinux", vmlinux)
    disk.build_ids["vmlinux"] = disk.build_ids["Image"] = build_id(vmlinux)
    flatten(vmlinux, disk.folder / "Image")
    compare(lab, disk, "2G")
