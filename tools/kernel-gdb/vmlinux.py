# SPDX-License-Identifier: GPL-2.0
"""A vmlinux of arm64: its defects, its build-id, and the places to look for it"""

import errno
import glob
import os
import re
import shutil
import struct
import subprocess
import sys

from foreign import gdb_rest, printable

EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
PT_LOAD, PT_NOTE = 1, 4
EM_AARCH64 = 183
DECOMPRESSORS = {".xz": "xz", ".zst": "zstd", ".gz": "gzip"}
# The sizes of the name and of the build-id, the type of the note, its name
NOTE_OF_BUILD_ID = re.compile(re.escape(struct.pack("<III4s", 4, 20, 3, b"GNU")) + b"(.{20})",
                              re.DOTALL)


class Refused(Exception):
    """The defect, in words for the user"""


def build_id_in(notes):
    """The build-id in the bytes of some notes, or None"""
    m = NOTE_OF_BUILD_ID.search(notes)
    return m and m[1].hex()


def read_at(file, at, size, name):
    """Bytes of a file, all of them"""
    if at + size > os.fstat(file.fileno()).st_size:
        raise Refused(f"{name}: truncated")
    file.seek(at)
    return file.read(size)


def program_headers(file, name):
    """The offset of the program headers, and the headers"""
    ident = file.read(EHDR.size)
    if len(ident) < EHDR.size or ident[:4] != b"\x7fELF":
        raise Refused(f"{name}: not an ELF file")
    ehdr = EHDR.unpack(ident)
    if ident[4:6] != b"\x02\x01" or ehdr[2] != EM_AARCH64:
        raise Refused(f"{name}: not of little-endian arm64")
    table = read_at(file, ehdr[5], ehdr[10] * PHDR.size, name)
    return ehdr[5], list(PHDR.iter_unpack(table))


def build_id(name):
    """The build-id of a vmlinux, which may be stripped"""
    with open(name, "rb") as file:
        for p in program_headers(file, name)[1]:
            if p[0] == PT_NOTE:
                found = build_id_in(read_at(file, p[2], p[5], name))
                if found:
                    return found
    raise Refused(f"{name}: has no build-id: not a vmlinux, or built without one")


def places(release="*", wanted=None):
    """Where distributions and builds put a vmlinux, for glob

    kdump-vmlinux has the same list: a test compares them.
    """
    for place in (f"/usr/lib/debug/boot/vmlinux-{release}",
                  f"/usr/lib/debug/lib/modules/{release}/vmlinux",
                  f"/boot/vmlinux-{release}",
                  f"/lib/modules/{release}/build/vmlinux",
                  f"/lib/modules/{release}/vmlinux"):
        yield from (place + suffix for suffix in ("", *DECOMPRESSORS))
    if wanted:
        yield f"/usr/lib/debug/.build-id/{wanted[:2]}/{wanted[2:]}.debug"


def decompressed(name, directory):
    """name, or the contents of a compressed file, in the directory; None if that fails"""
    program = DECOMPRESSORS.get(os.path.splitext(name)[1])
    if not program:
        return name
    copy = os.path.join(directory, os.path.splitext(os.path.basename(name))[0])
    with open(name, "rb") as source, open(copy, "wb") as to:
        done = subprocess.run([program, "-dcq"], check=False, stdin=source, stdout=to)
    return copy if done.returncode == 0 else None


def build_id_or_none(name):
    """As build_id(), for files that may be anything"""
    try:
        return name and build_id(name)
    except (OSError, Refused):
        return None


def candidates():
    """Every vmlinux in those places that is not compressed, each once"""
    files = [os.path.abspath(f) for place in places() for f in sorted(glob.glob(place))]
    return [f for f in {os.path.realpath(f): f for f in files}.values() if build_id_or_none(f)]


def by_debuginfod(wanted):
    """The file of debuginfod for that build-id, or None

    A server that does not answer is asked once.
    """
    if not os.environ.get("DEBUGINFOD_URLS") or not shutil.which("debuginfod-find"):
        return None
    print(f"kernel-gdb: asking debuginfod for build-id {wanted}", file=sys.stderr, flush=True)
    # By default, it would wait for minutes
    patience = {"DEBUGINFOD_TIMEOUT": "15", "DEBUGINFOD_RETRY_LIMIT": "0"}
    done = subprocess.run(["debuginfod-find", "debuginfo", wanted], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**patience, **os.environ})
    if done.returncode == 0:
        return done.stdout.strip()
    if os.strerror(errno.ENOENT) not in done.stderr:
        print(f"kernel-gdb: {printable(done.stderr.strip())}: debuginfod is not asked again",
              file=sys.stderr)
        del os.environ["DEBUGINFOD_URLS"]
    return None


def find(release, wanted, directory):
    """The vmlinux with that build-id; a decompressed one goes to the directory"""
    for place in places(release, wanted):
        for name in glob.glob(place) if "*" in place else [place]:
            if os.path.exists(name) and \
                    build_id_or_none(found := decompressed(name, directory)) == wanted:
                return os.path.abspath(found)
    where = "looked at " + ", ".join(place for place in places(release, wanted)
                                     if os.path.splitext(place)[1] not in DECOMPRESSORS)
    if os.environ.get("DEBUGINFOD_URLS"):
        found = by_debuginfod(wanted)
        if found:
            return found
        where += (" and at DEBUGINFOD_URLS" if shutil.which("debuginfod-find") else
                  "; for DEBUGINFOD_URLS, apt-get install debuginfod")
    package = "" if release == "*" else f", or install linux-image-{release}-dbg"
    raise Refused(f"no vmlinux with build-id {wanted}: name it{package} ({where})")


def files_in(directory):
    """Files of modules in a folder, by the name of the module"""
    found = {}
    for path, _, names in os.walk(directory):
        for name in names:
            stem, dot, suffix = name.partition(".ko")
            if dot and suffix in ("", ".debug"):
                found.setdefault(stem.replace("-", "_"), []).append(os.path.join(path, name))
    return found


def commands_of_linux(vmlinux, named):
    """gdb commands before and after the load of vmlinux, which bring Linux's commands

    vmlinux-gdb.py is code. Beside a vmlinux that the user has not named, gdb decides by its
    auto-load safe-path.
    """
    if not named:
        return ["set auto-load python-scripts on"], ["set auto-load python-scripts off"]
    path = os.path.join(os.path.dirname(os.path.realpath(vmlinux)), "vmlinux-gdb.py")
    return [], [f"source {gdb_rest(path)}"] if os.path.exists(path) else []
