# SPDX-License-Identifier: GPL-2.0
"""Each way of building a kernel, as the running and as the loaded kernel: page sizes,
clang and lld, not relocatable, 39, 48 and 52 bits of virtual addresses, big-endian
"""

from pathlib import Path

import pytest
from vmtest.build import Build, Preparer
from vmtest.elf import loads
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab
from vmtest.tiny import tiny_initramfs

SUITES = "all"
LINUX = "NEWEST"
PAGES = ("", "", "-16k-secure", "-16k-secure", "-64k", "-64k", "", "-64k", "-16k-secure", "")
MACHINE = Machine(cpu=MAX_CPU)


def in_turn(lab: Lab, name: str, builds: list[Build]) -> Console:
    """The first boots the vmlinux of the second, and so on"""
    disk = lab.disk("chain", name)
    for i, build in enumerate(builds):
        if i:
            disk.kernel(f"k{i}", build.vmlinux, vmlinux=build.vmlinux)
    disk.build = builds[0]
    return lab.run(MACHINE, disk)


@pytest.fixture(scope="module")
def pages(lab: Lab, preparer: Preparer) -> Console:
    """Sizes of pages"""
    return in_turn(lab, "pages", [preparer.linux(lab.build.name + way) for way in PAGES])


@pytest.mark.parametrize("hop", range(1, len(PAGES)))
def test_pages(pages: Console, hop: int) -> None:
    """A kernel boots another whose pages have another size, or the same"""
    pages.booted(hop, f"k{hop}")
    pages.not_misplaced()


def clang_names(newest: str) -> list[str]:
    """A chain of kernels that clang and lld have built, and others"""
    return [f"{newest}-64k", "6.12-clang", "6.12-clang", f"{newest}-64k", "6.12", newest]


@pytest.fixture(scope="module")
def clang(lab: Lab, preparer: Preparer) -> Console:
    """clang and lld"""
    return in_turn(lab, "clang", [preparer.linux(n) for n in clang_names(lab.build.name)])


@pytest.mark.parametrize("hop", range(1, 6))
def test_clang(clang: Console, hop: int) -> None:
    """A kernel boots another that another compiler has built"""
    clang.booted(hop, f"k{hop}")
    clang.not_misplaced()


def test_joined(clang: Console, preparer: Preparer) -> None:
    """PT_LOADs from lld that begin inside the 64K pages of the running kernel join the segment
    before them"""
    parts = [load for load in loads(preparer.linux("6.12-clang").vmlinux) if load.memsz]
    odd = [load for load in parts if load.address % 0x10000]
    assert odd and clang.number(0, "load.parts") == len(parts) - len(odd)


def test_no_16k(lab: Lab, preparer: Preparer) -> None:
    """A CPU without 16K pages refuses such a kernel, dmesg has the reason, and the kernel that was
    loaded before boots"""
    disk = lab.disk("refuse", "no-16k")
    other = preparer.linux(f"{lab.build.name}-16k-secure").vmlinux
    disk.kernel("16k", other, vmlinux=other)
    disk.kernel("before", lab.build.vmlinux)
    (disk.folder / "names").write_text("16k\n")
    guest = lab.run(Machine(), disk)
    assert guest.fact(0, "16k") == "EINVAL"
    assert "built for 16K pages, which this CPU does not have" in guest.fact(0, "16k-dmesg")
    guest.booted(1, "before")


@pytest.mark.parametrize("name", ["6.1-plain", "NEWEST-plain"])
def test_unpatched(lab: Lab, preparer: Preparer, name: str) -> None:
    """A kernel without our patches boots: a loaded kernel needs no changes"""
    disk = lab.disk("chain", name)
    vmlinux = preparer.linux(name.replace("NEWEST", lab.build.name)).vmlinux
    disk.kernel("k1", vmlinux, vmlinux=vmlinux)
    lab.run(MACHINE, disk).booted(1, "k1")


@pytest.fixture(scope="module")
def big_user_space(lab: Lab) -> Path:
    """A user space of big-endian arm64"""
    return tiny_initramfs(lab.build.source, lab.folder / "big", "aarch64-linux-gnu", "-mbig-endian",
                          "-mno-outline-atomics")


@pytest.mark.parametrize("kind", ["vmlinux", "Image"])
def test_big_endian(lab: Lab, preparer: Preparer, big_user_space: Path, kind: str) -> None:
    """A big-endian kernel, not relocatable and with 39 bits, boots from its opposite, and boots
    another with the bare system call"""
    disk = lab.disk("chain", f"big-{kind}")
    for name, build in ("k1", preparer.linux("6.12-be")), ("next-2", preparer.linux("6.12")):
        disk.kernel(name, build.vmlinux if kind == "vmlinux" else build.image,
                    vmlinux=build.vmlinux)
    (disk.folder / "initrd").rename(disk.folder / "next-initrd")
    (disk.folder / "initrd").write_bytes(big_user_space.read_bytes())
    disk.build = preparer.linux("6.12")
    machine = Machine(cpu=MAX_CPU, more=("-global", "virtio-mmio.force-legacy=false"))
    guest = lab.run(machine, disk)
    assert guest.facts(1, "build-id", "byte-order") == [disk.build_ids["k1"], "big"]
    guest.booted(2, "next-2")
