# SPDX-License-Identifier: GPL-2.0
"""A dump of an arm64 kernel, or /proc/kcore, in whatever format: drgn's view of it"""

import os
import re
import shutil
import struct
import subprocess

from foreign import BUILD_ID, RELEASE, printable
from vmlinux import PHDR, PT_LOAD, Refused, build_id, build_id_in, find, program_headers

KCORE = "/proc/kcore"
# VMCOREINFO is at the beginning of each format, behind the registers of each CPU
HEAD = 16 << 20
# struct disk_dump_header: block_size, sub_hdr_size, bitmap_blocks; struct page_desc: offset, size
KDUMP_HEAD = struct.Struct("<8s420xiiI")
KDUMP_PAGE = struct.Struct("<QI12x")
MAX_BLOCK = 64 << 10


def vmcoreinfo(vmcore):
    """The lines of VMCOREINFO, as text by name"""
    with open(vmcore, "rb") as file:
        head = file.read(HEAD if vmcore != KCORE else 1 << 16)
    found = re.findall(r"(OSRELEASE|BUILD-ID|KERNELOFFSET|KERNELPACMASK|CRASHTIME)\)?=([^\n]*)\n",
                       head.decode("latin-1"))
    info = dict(reversed(found))    # Memory, which is behind it, may hold the same words
    # The file may be anybody's, and these become parts of paths and of commands
    for name, pattern in (("OSRELEASE", RELEASE), ("BUILD-ID", BUILD_ID)):
        if name in info and not pattern.fullmatch(info[name]):
            raise Refused(f"{vmcore}: {name} is {printable(info[name])}: not a dump of Linux")
    if not re.fullmatch("(?:0x)?[0-9a-f]{1,16}", info.get("KERNELPACMASK", "0"), re.ASCII):
        raise Refused(f"{vmcore}: KERNELPACMASK is {printable(info['KERNELPACMASK'])}")
    if not re.fullmatch("[0-9a-f]{1,16}", info.get("KERNELOFFSET", ""), re.ASCII):
        raise Refused(f"{vmcore}: no VMCOREINFO with KERNELOFFSET: not a dump of arm64 Linux")
    return info


def kdump_end(file, size):
    """Where the last page of a compressed dump ends in the file, by its descriptors

    IMPLEMENTATION of makedumpfile describes struct disk_dump_header: the header, the sub header,
    two bitmaps, and a descriptor for each bit that is set in the second.
    """
    head = file.read(KDUMP_HEAD.size)
    if len(head) < KDUMP_HEAD.size:
        return KDUMP_HEAD.size
    block, sub, bitmaps = KDUMP_HEAD.unpack(head)[1:]
    at = block * (1 + sub + bitmaps)
    if not 0 < block <= MAX_BLOCK or sub < 0 or at > size:
        return max(at, size + 1)
    file.seek(block * (1 + sub) + block * bitmaps // 2)
    count = int.from_bytes(file.read(at - file.tell()), "little").bit_count()
    table = file.read(min(count * KDUMP_PAGE.size, size))
    if len(table) < count * KDUMP_PAGE.size:
        return at + count * KDUMP_PAGE.size
    return max((offset + length for offset, length in KDUMP_PAGE.iter_unpack(table)), default=at)


def wanted_length(vmcore):
    """The size of the file, and the size that its headers promise"""
    with open(vmcore, "rb") as file:
        magic = file.read(8)
        file.seek(0)
        size = end = os.fstat(file.fileno()).st_size
        if magic[:4] == b"\x7fELF":
            end = max((p[2] + p[5] for p in program_headers(file, vmcore)[1]), default=0)
        elif magic == b"KDUMP   ":
            end = kdump_end(file, size)
    return size, end


def check_length(vmcore):
    """Refuse a dump that is cut"""
    size, end = wanted_length(vmcore)
    if end > size:
        raise Refused(f"{vmcore}: truncated or damaged: the file has {size} bytes")


def lengthened(vmcore, directory):
    """vmcore or, if it is cut, a copy with a hole in the place of the rest

    A library that maps the file would end with SIGBUS behind its end.
    """
    size, end = wanted_length(vmcore)
    if end <= size:
        return vmcore
    copy = os.path.join(directory, "lengthened")
    shutil.copyfile(vmcore, copy)
    os.truncate(copy, end)
    return copy


def rearranged(vmcore, directory):
    """vmcore, or the file that makedumpfile -R makes of a dump from a pipe"""
    with open(vmcore, "rb", buffering=0) as file:
        if file.read(12) != b"makedumpfile":
            return vmcore
        if not shutil.which("makedumpfile"):
            raise Refused(f"{vmcore}: written by makedumpfile -F: apt-get install makedumpfile")
        copy = os.path.join(directory, "vmcore")
        file.seek(0)
        done = subprocess.run(["makedumpfile", "-R", copy], stdin=file, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Refused(f"{vmcore}: makedumpfile -R: {' '.join(done.stdout.split())}")
    return copy


def without_empty_loads(vmlinux, directory):
    """vmlinux, or a copy that drgn can relocate

    objcopy leaves a PT_LOAD at address 0 where it has removed .modinfo (Linux
    7.x). drgn 0.0.22 takes that for the beginning of the kernel.
    """
    with open(vmlinux, "rb") as file:
        at, phdrs = program_headers(file, vmlinux)
    empty = [i for i, p in enumerate(phdrs) if p[0] == PT_LOAD and not p[6]]
    if not empty:
        return vmlinux
    copy = os.path.join(directory, "vmlinux")
    shutil.copyfile(vmlinux, copy)
    with open(copy, "r+b") as file:
        for i in empty:
            file.seek(at + i * PHDR.size)
            file.write(bytes(4))
    return copy


def check_build_id(prog, vmlinux):
    """Refuse a vmlinux whose build-id is not the one in memory"""
    start, stop = (prog.symbol(f"__{s}_notes").address for s in ("start", "stop"))
    there = build_id_in(prog.read(start, stop - start))
    if there != build_id(vmlinux):
        raise Refused(f"{vmlinux} is not of the kernel in memory, which has build-id {there}; "
                      f"the file has {build_id(vmlinux)}")


def open_dump(vmlinux, vmcore, directory, cut=False):
    """The dump as a program of drgn, also if it is cut"""
    try:
        import drgn
    except ImportError:
        raise Refused("drgn is missing: apt-get install python3-drgn") from None
    prog = drgn.Program()
    try:
        if vmcore == KCORE:
            prog.set_kernel()
        else:
            vmcore = rearranged(vmcore, directory)
            if cut:
                vmcore = lengthened(vmcore, directory)
            else:
                check_length(vmcore)
            prog.set_core_dump(vmcore)
        prog.load_debug_info([without_empty_loads(vmlinux, directory)])
        try:
            check_build_id(prog, vmlinux)
        except drgn.FaultError:
            if not cut:
                raise
            return prog, ""     # the caller has compared the one in VMCOREINFO
        release = prog["init_uts_ns"].name.release.string_().decode()
    except Refused:
        raise
    except Exception as e:      # drgn raises any exception for a damaged file
        why = printable(" ".join(str(e).split()))
        raise Refused(f"{vmcore}: drgn cannot read it with {vmlinux}: {why}") from None
    return prog, release


def vmlinux_of(vmcore, directory):
    """The path of the vmlinux of the kernel in a dump, decompressed if need be"""
    info = vmcoreinfo(vmcore)
    if "BUILD-ID" not in info:
        raise Refused(f"{vmcore}: has no build-id to find its vmlinux by: name it")
    return find(info.get("OSRELEASE", "*"), info["BUILD-ID"], directory)
