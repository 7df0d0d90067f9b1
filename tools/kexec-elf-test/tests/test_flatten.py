# SPDX-License-Identifier: GPL-2.0
"""kexec -s and -a load a vmlinux on Linux without our patches, which takes only an Image"""

import gzip
import shutil
import subprocess
from collections.abc import Callable
from typing import NamedTuple

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check@NEWEST-plain all@NEWEST-plain"
pytestmark = pytest.mark.packages("xz-utils", "zstd")


class Way(NamedTuple):
    """How a file is loaded"""

    options: str
    file: str
    edits: tuple[str, ...] = ()


WAYS = [
    Way("-s -l", "vmlinux"), Way("-a -l", "vmlinux-a"), Way("-l", "vmlinux-default"),
    Way("-s -l", "stripped"), Way("-s -l", "gaps", ("split=65536",)),
    Way("-s -l", "inside-pages", ("split=4096", "cut=0x21234")),
    Way("-s -l", "reverse", ("split=65536", "reverse")), Way("-s -l", "vmlinux.gz"),
    Way("-s -l", "vmlinux.xz"), Way("-s -l", "vmlinux.zst"), Way("-s -l", "Image"),
    Way("-l --dtb=/mnt/dtb", "vmlinux-dtb"),
]
FLATTENED = [hop for hop, way in enumerate(WAYS)
             if way.file != "Image" and "--dtb" not in way.options]

# kexec_file_load() has no argument for them
OPTIONS = ["--dtb=/mnt/dtb", "--serial=ttyAMA0", "--mem-min=0x40000000", "--mem-max=0x80000000"]
MACHINE = Machine(smp=2)

# Edits of a vmlinux with several PT_LOADs, and the reason
BAD = {
    "x86-64": (("machine=62",), "built for machine 62, not for AArch64 (183)"),
    "magic": (("magic=0",), "no Image header at the entry point: magic is 0x00000000"),
    "image-size-0": (("image_size=0",), "image_size is 0"),
    "overflow": (("image_size=0xffffffffffffffff",), "overflow"),
    "no-branch": (("code1=0xd503201f",), "is a branch"),
    "text-offset": (("text_offset=0x10000",), "is not that of entry point"),
    "entry": (("entry=+0x10000000",), "are in no PT_LOAD's bytes"),
    "overlap": (("load.1.paddr=-0x100000",), "overlaps the one that ends at"),
    "filesz": (("load.1.memsz=0x1000",), "above p_memsz 0x1000"),
    "far": (("load.1.paddr=0x7fffffff00000000",), "below the kernel's base"),
    "beyond": (("load.1.memsz=+0x10000000",), "overlaps|beyond image_size"),
    "offset": (("load.1.offset=0x10000000",), "its ELF headers are damaged, or it was cut short"),
}

# Files that are no sound vmlinux, from one, and the line that is printed
OTHERS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "words": (lambda _: b"nothing\n", "Cannot determine the file type of {}"),
    "empty": (lambda _: b"", "Cannot load {}: it is empty"),
    "page": (lambda d: d[:4096],
             "Cannot load {}: its ELF headers are damaged, or it was cut short"),
    "cut": (lambda d: d[:1000000],
            "Cannot load {}: its ELF headers are damaged, or it was cut short"),
    "cut.gz": (lambda d: gzip.compress(d, 1)[:1000000],
               "Cannot load {}: its compressed data is damaged or cut short"),
    "damaged.gz": (lambda d: gzip.compress(d, 1)[:10] + b"\377" * 16 + bytes(1000),
                   "Cannot load {}: its compressed data is damaged or cut short"),
    "damaged.xz": (lambda d: b"\xfd7zXZ\0\0\4\xe6\xd6\xb4F" + b"\377" * 1000,
                   "Cannot load {}: its compressed data is damaged or cut short"),
    "random": (lambda d: d[:64] + bytes(i * i % 251 for i in range(100000)),
               "Cannot load {}: its ELF headers are damaged, or it was cut short"),
}


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """All of them, one after the other"""
    if not lab.build.name.endswith("-plain"):
        pytest.skip(f"Linux {lab.build.name} has the loader")
    disk = lab.disk("kexec")
    disk.kernel("before", lab.build.image)
    disk.kernel("crash", lab.stripped)
    for way in WAYS:
        stem, _, suffix = way.file.partition(".")
        source = {"Image": lab.build.image, "vmlinux": lab.build.vmlinux}.get(
            stem.partition("-")[0], lab.stripped)
        if suffix:
            path = disk.kernel(f"{stem}_{suffix}", source)
            command = {"gz": "gzip -1", "xz": "xz -1", "zst": "zstd -q -1 --rm"}[suffix]
            subprocess.run([*command.split(), path], check=True)
            shutil.move(f"{path}.{suffix}", disk.folder / way.file)
        else:
            disk.kernel(way.file, source, *way.edits)
    several = lab.folder / "several"
    lab.editor.edit(lab.stripped, several, "split=65536")
    for name, (edits, _) in BAD.items():
        lab.editor.edit(several, disk.folder / f"bad-{name}", *edits)
    for name, (make, _) in OTHERS.items():
        (disk.folder / f"bad-{name}").write_bytes(make(lab.stripped.read_bytes()))
    dtb = disk.folder / "dtb"
    # kexec refuses a kaslr-seed that has been used
    subprocess.run([MACHINE.arch.qemu, "-nodefaults", "-display", "none", "-M",
                    f"{MACHINE.board},dtb-randomness=off,dumpdtb={dtb}", "-cpu", MACHINE.cpu,
                    "-smp", str(MACHINE.smp), "-m", MACHINE.memory], check=True)
    dtb.write_bytes(dtb.read_bytes().replace(b"linux,dummy-virt", b"linux,other-virt"))
    (disk.folder / "options").write_text("".join(f"{option}\n" for option in OPTIONS))
    (disk.folder / "next").write_text("".join(f"{w.options} {w.file}\n" for w in WAYS))
    return lab.run(MACHINE, disk, "crashkernel=128M carry=crashkernel=128M",
                   seconds=300)


@pytest.mark.parametrize("hop", range(len(WAYS)), ids=[f"{w.options} {w.file}" for w in WAYS])
def test_boots(guest: Console, hop: int) -> None:
    """The next kernel is that file, with the given initrd"""
    guest.booted(hop + 1, WAYS[hop].file.replace(".", "_"))
    assert guest.fact(hop, "load").split()[:1] == ["0"]


@pytest.mark.parametrize("hop", FLATTENED)
def test_kernel_reads_the_image(guest: Console, lab: Lab, hop: int) -> None:
    """The kernel reads as many bytes as the Image has, and never the vmlinux"""
    size = lab.build.image.stat().st_size
    assert guest.fact(hop, "flat") == str(size)
    assert guest.fact(hop, "load.read") == hex(size)


def test_image_is_not_flattened(guest: Console) -> None:
    """An Image is handed over as it is"""
    assert guest.fact([w.file for w in WAYS].index("Image"), "flat") == ""


def test_device_tree(guest: Console) -> None:
    """Without -s, --dtb takes kexec_load(), and the kernel has that device tree"""
    assert [guest.fact(hop, "model") for hop in (len(WAYS) - 1, len(WAYS))] == [
        "linux,dummy-virt", "linux,other-virt"]
    assert guest.fact(len(WAYS) - 1, "load.read") == ""


@pytest.mark.parametrize("option", OPTIONS)
def test_option(guest: Console, option: str) -> None:
    """With -s, an option that would have no effect is refused"""
    name = option.partition("=")[0]
    assert guest.fact(0, f"option{name}") == (
        f"1 1 {name} has no effect with kexec_file_load(): use -a or -c")


@pytest.mark.parametrize("name", BAD)
def test_refused(guest: Console, name: str) -> None:
    """A damaged file: one line, in the words of the loader in the kernel"""
    status, count, words = guest.fact(0, f"bad-{name}").split(" ", 2)
    assert (status != "0", count) == (True, "1")
    assert words.startswith(f"Cannot load /mnt/bad-{name}: ")
    assert any(w in words for w in BAD[name][1].split("|")), words


@pytest.mark.parametrize("name", OTHERS)
def test_no_vmlinux(guest: Console, name: str) -> None:
    """Another file than a kernel: one line"""
    status, count, words = guest.fact(0, f"bad-{name}").split(" ", 2)
    assert (status != "0", count) == (True, "1"), words
    assert words == OTHERS[name][1].format(f"/mnt/bad-{name}")


def test_kept(guest: Console) -> None:
    """The kernel that was loaded before stays loaded"""
    assert guest.fact(0, "kept") == "1"


def test_captures(guest: Console) -> None:
    """A vmlinux as capture kernel"""
    guest.booted(len(WAYS) + 1, "crash")
    assert guest.fact(len(WAYS) + 1, "vmcore") == "ELF"
