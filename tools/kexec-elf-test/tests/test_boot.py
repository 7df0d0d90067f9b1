# SPDX-License-Identifier: GPL-2.0
"""Every kind of file boots every other, and reports the build-id of that file"""

import re
import shutil

import pytest
from vmtest.elf import load_end, loads, symbol, with_bytes
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all@EACH"


@pytest.fixture(scope="module")
def chain(lab: Lab) -> Console:
    """Ten hops, Image and vmlinux in turn"""
    disk = lab.disk("chain")
    for i in range(1, 10, 2):
        disk.kernel(f"k{i}", lab.build.image)
    disk.kernel("k2", lab.build.vmlinux)
    disk.kernel("k4", lab.stripped)
    disk.kernel("k6", lab.stripped)
    disk.gzip("k6")
    for split in 16384, 65536, 262144:      # No more PT_LOADs than there may be segments
        if len(with_bytes(disk.kernel("k8", lab.stripped, f"split={split}"))) <= 12:
            break
    disk.kernel("k10", lab.stripped, "split=4096", "cut=0x21234")
    return lab.run(Machine(smp=2), disk)


@pytest.mark.parametrize("hop, what", [
    (1, "Image"), (2, "vmlinux with DWARF"), (3, "Image, from vmlinux"), (4, "stripped vmlinux"),
    (6, "vmlinux.gz"), (8, "many gaps, on memory that is not zero"),
    (10, "dozens of PT_LOADs that begin inside pages")])
def test_chain(chain: Console, hop: int, what: str) -> None:
    """Each kind of file boots, from the kernel before"""
    chain.booted(hop, f"k{hop}")


def test_reads_no_further(chain: Console, lab: Lab) -> None:
    """A vmlinux is read up to the end of its last segment"""
    assert chain.fact(1, "load.read") == hex(load_end(lab.build.vmlinux))


def test_gaps(chain: Console) -> None:
    """Each PT_LOAD becomes a segment, with a line in dmesg"""
    count = len(with_bytes(chain.disk.folder / "k8"))
    assert 4 <= count <= 12
    assert chain.fact(7, "load.parts") == str(count)


def test_inside_pages(chain: Console) -> None:
    """A vmlinux has more PT_LOADs than there may be segments"""
    assert 20 <= len(with_bytes(chain.disk.folder / "k10")) < 200


def test_not_misplaced(chain: Console) -> None:
    """No kernel finds itself misplaced"""
    assert "@firmware-bug" not in chain.text


@pytest.fixture(scope="module")
def variants(lab: Lab) -> Console:
    """Other ELF files of the same kernel; no initrd; command lines; KASLR"""
    disk = lab.disk("variants")
    disk.kernel("k1", lab.stripped, "type=2")
    disk.kernel("k2", lab.stripped, "reverse")
    disk.kernel("k3", lab.stripped, "split=65536", "reverse")
    moved = [f"load.{i}.vaddr=+0x80000" for i in range(len(loads(lab.stripped)))]
    disk.kernel("k4", lab.stripped, "text_offset=0x80000", *moved, "entry=+0x80000")
    for i in range(5, 9):
        disk.kernel(f"k{i}", lab.stripped)
    for name in "dev", "mnt", "proc", "run", "sys", "tmp":      # The disk is a root, too
        (disk.folder / name).mkdir()
    shutil.copytree(lab.cache.root / "guest/root/.kexec-vmlinux", disk.folder / ".kexec-vmlinux",
                    symlinks=True)
    return lab.run(Machine(memory="512M"), disk)


@pytest.mark.parametrize("hop, what", [
    (1, "ET_EXEC"), (2, "program headers in descending order"),
    (3, "gaps, and program headers in descending order"), (4, "text_offset 0x80000"),
    (6, "--reuse-cmdline"), (8, "KASLR, a file in memory that has no name any more")])
def test_variants(variants: Console, hop: int, what: str) -> None:
    """Other forms of the file, and other ways to load it"""
    variants.booted(hop, f"k{hop}")


def test_text_offset(variants: Console) -> None:
    """The kernel is at text_offset, and newer than v5.8, it objects"""
    assert re.match("[0-9a-f]+[02468ace][89]0000-", variants.fact(4, "text"))
    assert "misaligned" in variants.fact(4, "firmware-bug")


def test_no_initrd(variants: Console) -> None:
    """Without an initrd, the kernel boots from the disk"""
    assert variants.fact(5, "build-id") == variants.disk.build_ids["k5"]
    assert variants.fact(5, "root") == "/dev/root ext2"


def test_reuse_cmdline(variants: Console) -> None:
    """--reuse-cmdline takes the command line of the running kernel, without the replaced options"""
    assert re.search("console=ttyAMA0.*page_poison=1.*root=/dev/vda.* rdinit=.* hop=6",
                     variants.fact(6, "cmdline"))


def test_nokaslr(variants: Console, lab: Lab) -> None:
    """With nokaslr, the kernel is at its linked address, and reports it"""
    assert variants.fact(7, "stext") == symbol(lab.build.vmlinux, "_stext")
    assert "disabled" in variants.fact(7, "kaslr")


def test_kaslr(variants: Console, lab: Lab) -> None:
    """Otherwise it is at another"""
    assert variants.fact(8, "kaslr") == "enabled"
    assert re.fullmatch("ffff[0-9a-f]{12}", variants.fact(8, "stext"))
    assert variants.fact(8, "stext") != symbol(lab.build.vmlinux, "_stext")


@pytest.fixture(scope="module")
def twice(lab: Lab) -> Console:
    """Load twice, unload"""
    disk = lab.disk("twice")
    disk.kernel("k1", lab.build.image)
    disk.kernel("k2", lab.build.vmlinux)
    disk.kernel("k3", lab.stripped)
    return lab.run(Machine(memory="512M"), disk)


def test_second_load_counts(twice: Console) -> None:
    """Of two loads, the second boots"""
    twice.booted(1, "k2")


def test_unload(twice: Console) -> None:
    """After an unload, kexec -e reports that no kernel is loaded"""
    assert twice.facts(1, "loaded", "unloaded") == ["1", "0"]
    assert "Nothing has been loaded" in twice.fact(1, "empty")


def test_load_after_unload(twice: Console) -> None:
    """A load after an unload boots"""
    twice.booted(2, "k3")
