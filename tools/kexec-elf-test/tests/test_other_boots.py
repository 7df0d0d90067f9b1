# SPDX-License-Identifier: GPL-2.0
"""x86-64 and RISC-V, whose kexec runs the code in kernel/ that the series changes. Each loads with
kexec_file_load() the formats that it has loaders for, with an initrd of 40 MB. The purgatory of
both compares the SHA-256 of all segments before it jumps. Their user space is from nolibc.
"""

import re
from typing import NamedTuple

import pytest
from vmtest.arch import RISCV, X86
from vmtest.elf import build_id
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.tiny import tiny_initramfs

SUITES = "all cost"
LINUX = "NEWEST-x86,NEWEST-riscv"
pytestmark = pytest.mark.packages("qemu-system-x86", "qemu-system-misc",
                                  "libc6-dev-riscv64-cross")


class Case(NamedTuple):
    """A machine, and the files that are loaded there in turn"""

    machine: Machine
    files: tuple[str, str]


CASES = {
    "x86": Case(Machine(cpu="max", board="q35", arch=X86), (X86.boot_image, X86.boot_image)),
    "riscv": Case(Machine(cpu="", arch=RISCV), ("vmlinux", RISCV.boot_image)),
}


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """Two jumps"""
    machine, files = CASES[lab.build.name.rpartition("-")[2]]
    user_space = tiny_initramfs(lab.build.source, lab.folder / "tiny", machine.arch.triplet)
    disk = lab.disk("chain", "other", 40000000, user_space)
    (disk.folder / "initrd").rename(disk.folder / "next-initrd")
    for i, file in enumerate(files, 1):
        disk.link(f"next-{i}", lab.build.out / file)
    return lab.run(machine, disk, "cma=0")


def test_first(guest: Console) -> None:
    """Linux boots"""
    assert guest.facts(0, "boot", "ballast") == ["hop=0", ""]


@pytest.mark.parametrize("hop", [1, 2])
def test_next(guest: Console, lab: Lab, hop: int) -> None:
    """The next kernel is loaded, and boots with its initrd"""
    assert guest.fact(hop - 1, "loaded") == "0, errno 0"
    assert guest.facts(hop, "boot", "build-id", "ballast") == [
        f"hop={hop}", build_id(lab.build.vmlinux), str(guest.disk.checksum)]


@pytest.mark.parametrize("hop", [0, 1])
def test_offline(guest: Console, lab: Lab, hop: int) -> None:
    """While a kernel is loaded, x86 takes memory offline, and keeps the blocks with its segments:
    it boots, and its purgatory finds the expected digest. RISC-V has no memory hotplug here, and
    arm64 keeps all memory from the boot online."""
    found = re.fullmatch(r"(\d+), refused (\d+)", guest.fact(hop, "offline"))
    assert found
    if lab.build.configured("CONFIG_MEMORY_HOTREMOVE"):
        assert int(found[1]) > 0 and int(found[2]) > 0
