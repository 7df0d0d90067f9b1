# SPDX-License-Identifier: GPL-2.0
"""A dump of an arm64 kernel: its ELF headers, and drgn's view of it"""

import os
import re
import shutil
import struct

EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
PT_LOAD, PT_NOTE = 1, 4
EM_AARCH64 = 183


class Refused(Exception):
    """What is wrong, in words for the user"""


def read_headers(file):
    """The ELF header of a dump, and its program headers"""
    ident = file.read(EHDR.size)
    if len(ident) < EHDR.size or ident[:4] != b"\x7fELF":
        raise Refused(f"{file.name}: not an ELF file: "
                      "give it /proc/vmcore, or what makedumpfile -E makes of it")
    ehdr = list(EHDR.unpack(ident))
    if ident[4:6] != b"\x02\x01" or ehdr[2] != EM_AARCH64:
        raise Refused(f"{file.name}: not a dump of little-endian arm64")
    file.seek(ehdr[5])
    table = file.read(ehdr[10] * PHDR.size)
    if len(table) < ehdr[10] * PHDR.size:
        raise Refused(f"{file.name}: truncated: the program headers are not in the file")
    phdrs = [list(p) for p in PHDR.iter_unpack(table)]
    end = os.fstat(file.fileno()).st_size
    if any(p[2] + p[5] > end for p in phdrs):
        raise Refused(f"{file.name}: truncated: the file has {end} bytes")
    return ehdr, phdrs


def kaslr_offset(file, phdrs):
    """How far from its linked address the kernel has run"""
    for p in phdrs:
        if p[0] == PT_NOTE:
            file.seek(p[2])
            m = re.search(rb"\nKERNELOFFSET=([0-9a-f]+)\n", file.read(p[5]))
            if m:
                return int(m[1], 16)
    raise Refused(f"{file.name}: no VMCOREINFO with KERNELOFFSET: not a dump of arm64 Linux")


def without_empty_loads(vmlinux, directory):
    """vmlinux, or a copy that drgn can relocate

    objcopy leaves a PT_LOAD at address 0 where it has removed .modinfo (Linux
    7.x). drgn 0.0.22 takes that for the beginning of the kernel.
    """
    with open(vmlinux, "rb") as file:
        ehdr = EHDR.unpack(file.read(EHDR.size))
        file.seek(ehdr[5])
        phdrs = list(PHDR.iter_unpack(file.read(ehdr[10] * PHDR.size)))
    empty = [i for i, p in enumerate(phdrs) if p[0] == PT_LOAD and not p[6]]
    if not empty:
        return vmlinux
    copy = os.path.join(directory, "vmlinux")
    shutil.copyfile(vmlinux, copy)
    with open(copy, "r+b") as file:
        for i in empty:
            file.seek(ehdr[5] + i * PHDR.size)
            file.write(bytes(4))
    return copy


def open_dump(vmlinux, vmcore, directory):
    """The dump as a program of drgn's"""
    try:
        import drgn
    except ImportError:
        raise Refused("drgn is missing: apt-get install python3-drgn") from None
    prog = drgn.Program()
    try:
        prog.set_core_dump(vmcore)
        prog.load_debug_info([without_empty_loads(vmlinux, directory)])
        release = prog["init_uts_ns"].name.release.string_().decode()
    except (drgn.FaultError, drgn.MissingDebugInfoError, KeyError, LookupError,
            ValueError, OSError, struct.error) as e:
        why = " ".join(str(e).split())
        raise Refused(f"{vmcore}: drgn cannot read it with {vmlinux}: {why}") from None
    return prog, release
