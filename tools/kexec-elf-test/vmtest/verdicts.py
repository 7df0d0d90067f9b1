# SPDX-License-Identifier: GPL-2.0
"""Kernels that are signed, soundly and not, and the answers of a kernel to them"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from .disk import Disk
from .elf import loads, with_bytes
from .guest import Console
from .machine import MAX_CPU, Machine
from .plugin import Lab
from .signing import TRAILER, Keys, add_trailer, flip

KEYS = ("trusted", "secondary", "platform", "unknown")
DAMAGE = ("text", "data", "header", "headers", "signature")
VMLINUX = ("unsigned", *KEYS, *DAMAGE, "after", "grown", "length", "length-huge", "twice",
           "reaches")
IMAGE = ("unsigned", *KEYS, *DAMAGE, "trailer-0", "trailer-1M", "trailer-all-but-256")
NAMES = tuple(f"vmlinux-{case}" for case in VMLINUX) + tuple(f"Image-{case}" for case in IMAGE)

REASONS = MappingProxyType({
    "OK": "",
    "ENOKEY": r"verification failed \(-126\): no trusted key has signed it",
    "ENODATA": r"verification failed \(-61\): it is not signed",
    "EBADMSG": r"verification failed \(-74\): its signature is malformed",
    "EKEYREJECTED": r"verification failed \(-129\): it has no signature that is valid for it",
    # An Image also carries the certificate, and a signature that its key has not made fails in the
    # arithmetic: EINVAL, seldom EBADMSG
    "EINVAL": r"verification failed \((-22|-74)\): its signature",
    "ENOEXEC": ".",
})


def damaged(signed: Path, size: int, disk: Disk, kind: str, positions: dict[str, int]) -> None:
    """A flipped bit at each position, and in the signature"""
    end = signed.stat().st_size
    trailer = len(TRAILER) + 12 if kind == "vmlinux" else 0
    assert end > size
    for case, at in {**positions, "signature": end - trailer - 20}.items():
        flip(signed, disk.folder / f"{kind}-{case}", at)


def put_vmlinux(disk: Disk, keys: Keys, source: Path) -> None:
    """All cases of a vmlinux"""
    def to(case: str) -> Path:
        return disk.folder / f"vmlinux-{case}"

    for name in KEYS:
        keys.sign(name, source, to(name))
    shutil.copyfile(source, to("unsigned"))
    size, signed = source.stat().st_size, to("trusted").read_bytes()
    table = loads(source)
    writable = next(load.offset for load in table if "W" in load.flags)
    damaged(to("trusted"), size, disk, "vmlinux", {
        "text": table[0].offset + 0x20010, "data": writable + 0x1000,
        "header": 48,               # e_flags
        "headers": 64 + 48})        # p_align
    # Bytes behind the signature, and between it and the signed bytes
    to("after").write_bytes(signed + b"more\n")
    to("grown").write_bytes(signed[:size] + b"more\n" + signed[size:])
    # The length of the signature: too small, and more than the file
    low, high = len(signed) - len(TRAILER) - 1, len(signed) - len(TRAILER) - 4
    flip(to("trusted"), to("length"), low, signed[low] & -signed[low])
    flip(to("trusted"), to("length-huge"), high)
    keys.sign("trusted", to("trusted"), to("twice"))
    # A segment reaches into the signature, in a file that is signed so
    last = with_bytes(source)[-1]
    reaches = disk.folder.with_suffix(".reaches")
    disk.editor.edit(source, reaches,
                     f"load.{table.index(last)}.filesz={size - last.offset + 64}")
    keys.sign("trusted", reaches, to("reaches"))
    reaches.unlink()


def put_image(disk: Disk, keys: Keys, source: Path) -> None:
    """All cases of an Image"""
    def to(case: str) -> Path:
        return disk.folder / f"Image-{case}"

    for name in KEYS:
        keys.sign(name, source, to(name))
    shutil.copyfile(source, to("unsigned"))
    size, header = source.stat().st_size, source.read_bytes()[:64]
    damaged(to("trusted"), size, disk, "Image", {
        "text": 0x20010, "data": size - 0x1000,
        "header": 28,                                           # an unused flag
        "headers": int.from_bytes(header[60:], "little") + 8})  # TimeDateStamp
    for case, length in ("0", 0), ("1M", 1 << 20), ("all-but-256", size - 256):
        add_trailer(to("trusted"), to(f"trailer-{case}"), length)


@dataclass(frozen=True)
class Mode:
    """How strict the kernel is"""

    name: str
    append: str = ""
    platform: bool = False      # does it know the key of the firmware?


def signed_disk(lab: Lab, keys: Keys, name: str) -> Disk:
    """A disk with all of these kernels"""
    disk = lab.disk("signed", name)
    put_vmlinux(disk, keys, lab.stripped)
    put_image(disk, keys, lab.build.image)
    (disk.folder / "names").write_text("".join(f"{name}\n" for name in NAMES))
    shutil.copy(keys.folder / "secondary.der", disk.folder)
    shutil.copytree(lab.cache.root / "arm64/dump-tools", disk.folder / "dump-tools")
    return disk


def signed_guest(lab: Lab, disk: Disk, mode: Mode,
                 machine: Machine = Machine(cpu=MAX_CPU)) -> Console:
    """A guest that tries all of them"""
    return lab.run(machine, disk, f"crashkernel=160M {mode.append}", 400)


def error(name: str, mode: Mode) -> str:
    """The errno for the signature of that file"""
    kind, _, case = name.partition("-")
    if case in ("trusted", "secondary", "twice") or case.startswith("trailer"):
        return "OK"
    return {"platform": "OK" if mode.platform else "ENOKEY", "unknown": "ENOKEY",
            "unsigned": "ENODATA", "after": "ENODATA", "length": "EBADMSG",
            "length-huge": "EBADMSG", "reaches": "ENOEXEC",
            "signature": "EINVAL" if kind == "Image" else "EKEYREJECTED",
            }.get(case, "EKEYREJECTED")


def verdict(name: str, mode: Mode) -> tuple[str, str]:
    """The errno of the load, and of the signature: without enforcement, Linux takes a file that it
    cannot verify, and lockdown has an errno of its own"""
    found = error(name, mode)
    if found in ("OK", "ENOEXEC") or mode.name == "enforced":
        return found, found
    return ("OK", "OK") if mode.name == "sig" else ("EPERM", found)


def check(guest: Console, name: str, mode: Mode) -> None:
    """Assert: the file is loaded or refused, for kexec -e and for a crash, with the reason"""
    want, why = verdict(name, mode)
    got = guest.facts(0, name, f"{name}-crash")
    if why == "EINVAL":
        got = [e.replace("EBADMSG", "EINVAL") for e in got]
    assert got == [want, want]
    for words in reasons(guest, name):
        assert re.search(REASONS[why], words) if why != "OK" else words == "", words
    if name.startswith("Image-trailer"):
        size = (guest.disk.folder / name).stat().st_size
        assert guest.fact(0, f"{name}-bytes") == f"{size} {size}"


def reasons(guest: Console, name: str) -> Iterator[str]:
    """The reason in dmesg, and the words of kexec"""
    yield guest.fact(0, f"{name}-said")
    if name.startswith("vmlinux"):
        yield guest.fact(0, f"{name}-kexec")
