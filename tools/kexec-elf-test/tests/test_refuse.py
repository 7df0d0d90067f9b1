# SPDX-License-Identifier: GPL-2.0
"""The kernel refuses a file: errno, the reason in dmesg; the kernel that was loaded before boots"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from vmtest.disk import Disk
from vmtest.elf import load_end, loads
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all@EACH faults@NEWEST-faults"


class Bad(NamedTuple):
    """A file, and the answer to it"""

    name: str
    errno: str
    reason: str         # "" if the kernel is silent: no loader knows the format
    make: Callable[["Sources", Path], None]


class Sources(NamedTuple):
    """The files from which bad ones are made"""

    lab: Lab
    several: Path       # a stripped vmlinux with several PT_LOADs
    last: int           # the index of the last non-empty one


def edited(*edits: str) -> Callable[[Sources, Path], None]:
    """A damaged vmlinux; LAST is the index of its last PT_LOAD"""
    def make(s: Sources, to: Path) -> None:
        s.lab.editor.edit(s.several, to, *(e.replace("LAST", str(s.last)) for e in edits))

    return make


def cut(length: int | None = None, of_loaded: float = 1,
        less: int = 0) -> Callable[[Sources, Path], None]:
    """The beginning of a stripped vmlinux"""
    def make(s: Sources, to: Path) -> None:
        end = int(load_end(s.lab.stripped) * of_loaded) - less
        to.write_bytes(s.lab.stripped.read_bytes()[:length if length is not None else end])

    return make


def text(words: bytes) -> Callable[[Sources, Path], None]:
    """A file with these bytes"""
    def make(_: Sources, to: Path) -> None:
        to.write_bytes(words)

    return make


def compiled(*options: str) -> Callable[[Sources, Path], None]:
    """A program that is no kernel"""
    def make(s: Sources, to: Path) -> None:
        subprocess.run(["aarch64-linux-gnu-gcc", *options, "-x", "c", "-", "-o", to], check=True,
                       input=b"int main(void) { return 0; }")

    return make


def elf32(s: Sources, to: Path) -> None:
    """A vmlinux that says it is of 32 bits"""
    to.write_bytes(s.lab.stripped.read_bytes()[:4] + b"\1" + s.lab.stripped.read_bytes()[5:])


def image_cut(s: Sources, to: Path) -> None:
    """An Image without the end of its header"""
    to.write_bytes(s.lab.build.image.read_bytes()[:63])


def image_half(s: Sources, to: Path) -> None:
    """An Image that takes more than half of the memory"""
    image = s.lab.build.image.read_bytes()
    to.write_bytes(image[:16] + (0x24000000).to_bytes(8, "little") + image[24:])


TRUNCATED = "truncated|not in file"
BAD = [
    Bad("empty", "EINVAL", "could not read the kernel", text(b"")),
    *(Bad(f"cut-{n}", "ENOEXEC", TRUNCATED if n >= 4 else "", cut(n))
      for n in (1, 3, 4, 63, 64, 100, 64 + 56 * 2, 65535, 65536, 1000000)),
    Bad("cut-half", "ENOEXEC", TRUNCATED, cut(of_loaded=0.5)),
    Bad("cut-last", "ENOEXEC", TRUNCATED, cut(less=1)),
    Bad("image-cut", "ENOEXEC", "", image_cut),
    Bad("words", "ENOEXEC", "", text(b"no kernel at all\n")),
    Bad("relocatable", "ENOEXEC", "Not an ELF executable", compiled("-c")),
    Bad("dynamic", "ENOEXEC", "Requires an ELF interpreter", compiled()),
    Bad("static", "ENOEXEC", "no Image header at the entry point", compiled("-static")),
    Bad("elf32", "ENOEXEC", "Not a supported ELF class", elf32),
    Bad("x86-64", "ENOEXEC", "built for machine 62, not for AArch64", edited("machine=62")),
    Bad("no-header", "ENOEXEC", "magic is 0x00000000", edited("magic=0")),
    Bad("bad-magic", "ENOEXEC", "magic is 0x644d5242", edited("magic=0x644d5242")),
    Bad("image-size-0", "ENOEXEC", "image_size is 0", edited("image_size=0")),
    Bad("image-size-huge", "ENOEXEC", "overflow", edited("image_size=0xffffffffffffffff")),
    Bad("no-branch", "ENOEXEC", "neither code0 .* is a branch", edited("code1=0xd503201f")),
    Bad("text-offset", "ENOEXEC", "is not that of entry point", edited("text_offset=0x10000")),
    Bad("text-offset-odd", "ENOEXEC", "is not a multiple of the page size",
        edited("text_offset=0x80010")),
    Bad("entry", "ENOEXEC", "in no PT_LOAD", edited("entry=+0x10000000")),
    Bad("overlap", "ENOEXEC", "overlaps", edited("load.1.paddr=-0x100000")),
    Bad("filesz", "ENOEXEC", "above p_memsz", edited("load.1.memsz=0x1000")),
    Bad("wraps", "ENOEXEC", "wraps around", edited("load.1.paddr=0xfffffffffffff000")),
    Bad("far", "ENOEXEC", "beyond image_size|below the kernel",
        edited("load.1.paddr=0x7fffffff00000000")),
    Bad("beyond", "ENOEXEC", "beyond image_size", edited("load.LAST.memsz=+0x1000000")),
    Bad("offset", "ENOEXEC", "not in file", edited("load.1.offset=0x10000000")),
    Bad("too-much", "EADDRNOTAVAIL", "no hole of 0x[0-9a-f]* bytes",
        edited("load.LAST.memsz=0x4000000000", "image_size=0x5000000000")),
    # No more than half of the memory (1 GiB) is loaded, gaps and BSS included
    Bad("half", "EINVAL", "half of the memory", edited("image_size=0x24000000")),
    Bad("image-half", "EINVAL", "half of the memory", image_half),
    Bad("image-size-4t", "EADDRNOTAVAIL", "no hole of 0x40000000000 bytes",
        edited("image_size=0x40000000000")),
    # Larger than the limit of kexec_file_load(2): the guest extends it
    Bad("huge", "EFBIG", "could not read the kernel: -(EFBIG|27)",
        edited("load.LAST.filesz=0x13f000000")),
    Bad("16k-pages", "EINVAL", "built for 16K pages, which this CPU does not have",
        edited("flags=0xc")),
]


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """Tries all of them, beside a loaded kernel"""
    several = lab.folder / "several"
    lab.editor.edit(lab.stripped, several, "split=65536")
    last = max(i for i, load in enumerate(loads(several)) if load.memsz)
    sources = Sources(lab, several, last)
    disk: Disk = lab.disk("refuse")
    disk.kernel("before", lab.build.vmlinux)
    for bad in BAD:
        bad.make(sources, disk.folder / bad.name)
    cut()(sources, disk.folder / "after-last")
    (disk.folder / "names").write_text("".join(f"{bad.name}\n" for bad in BAD))
    return lab.run(Machine(), disk, "more=1")


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_refused(guest: Console, bad: Bad) -> None:
    """The errno, and the reason in dmesg, once"""
    assert guest.fact(0, bad.name) == bad.errno
    assert re.search(bad.reason, guest.fact(0, f"{bad.name}-dmesg"))
    assert len(re.findall(rf"(?m)^@{bad.name}-dmesg", guest.text)) == bool(bad.reason)


def test_keeps_no_memory(guest: Console) -> None:
    """Fifty refusals keep no memory, in KiB"""
    assert int(guest.fact(0, "lost")) < 1000


def test_busy(guest: Console) -> None:
    """A file that somebody may write to is refused"""
    assert guest.fact(0, "busy") == "ETXTBSY"


def test_cut_after_last_segment(guest: Console) -> None:
    """A file is cut after its last segment: it is loaded"""
    assert guest.fact(0, "cut") == "OK"


def test_kernel_before_boots(guest: Console) -> None:
    """The kernel that was loaded before boots"""
    guest.booted(1, "before")
