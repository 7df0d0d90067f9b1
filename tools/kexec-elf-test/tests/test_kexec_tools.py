# SPDX-License-Identifier: GPL-2.0
"""kexec(8), each tested release: its words and its exit code when a file is not loaded, -a, the
older system call, and compressed kernels
"""

import os
import re
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.disk import Disk
from vmtest.elf import load_end
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.project import TOP, Cache, lines

SUITES = "check all@EACH"
pytestmark = pytest.mark.packages("zstd", "xz-utils")
TABLE = lines(TOP / "patches/kexec-tools/versions")
RELEASES = [words[0] for words in TABLE if words[1] != "git"]
NEWEST = RELEASES[0]
WITHOUT_ZSTD = "2.0.29"
MAIN = os.environ.get("KEXEC_TOOLS", "")
VERSIONS = [*RELEASES, *(["main"] if MAIN else [])]

FAILED = "kexec_file_load failed: /mnt"
DAMAGED = "its compressed data is damaged or cut short"
# Files that are not loaded, and the only line on stderr
REFUSED = {
    "bad": f"{FAILED}/bad: Exec format error: .*neither code0 .* nor code1 .* is a branch",
    "no-cpu": f"{FAILED}/no-cpu: Invalid argument: "
              ".*built for 16K pages, which this CPU does not have",
    "x86": f"{FAILED}/x86: Exec format error: .*built for machine 62, not for AArch64",
    "cut": f"{FAILED}/cut: Exec format error: .*ELF segment not in file, which has 1000000 bytes|"
           ".*Section headers truncated",
    "page": f"{FAILED}/page: Exec format error: .*(truncated|not in file)",
    "words": "Cannot determine the file type of /mnt/words",
    "more-words": "Cannot determine the file type of /mnt/more-words",
    "empty": "Cannot load /mnt/empty: it is empty",
    "none": "Cannot load /mnt/none: No such file or directory",
    "folder": "Cannot load /mnt: Is a directory",
    "old-empty": "Cannot load /mnt/empty: it is empty",
    "kcore": "Cannot load /proc/kcore:",
    "cut.gz": f"Cannot load /mnt/cut.gz: {DAMAGED}",
    "damaged.gz": f"Cannot load /mnt/damaged.gz: {DAMAGED}",
    "damaged.xz": f"Cannot load /mnt/damaged.xz: {DAMAGED}",
    "damaged.zst": f"Cannot load /mnt/damaged.zst: {DAMAGED}",
}


@dataclass(frozen=True)
class Load:
    """A load by a kernel of the chain"""

    command: str
    file: str

    def line(self) -> str:
        """For the job"""
        return f"{self.command} /mnt/{self.file}\n"

    @property
    def kernel(self) -> str:
        """The kernel that boots"""
        return self.file.partition(".")[0]


def chain(versions: list[str]) -> list[Load]:
    """Each release loads each compressed file; the newest also loads with kexec_load(2)"""
    found = [Load(f"kexec-{version} -s -d -l", file) for version in versions
             for file in ("image.gz", "good.gz", "good.xz", "good.zst")
             if (version, file) != (WITHOUT_ZSTD, "good.zst")]
    return found + [Load(f"kexec-{NEWEST} {how} -l", file) for how, file in (
        ("-a", "image"), ("-c", "old"), ("-c", "good"), ("-c", "good.xz"))]


def command(cache: Cache, build: str) -> Path:
    """A built kexec(8)"""
    return cache.root / f"build/kexec-tools-{build}/build/sbin/kexec"


def compress(disk: Disk) -> None:
    """Compressed files, sound and not. The first block of gzip and zstd begins at byte 10, the one
    of xz at 12."""
    good, image = disk.folder / "good", disk.folder / "image"
    for words in ("gzip -1nk", good), ("xz -1k -T2", good), ("zstd -q -1 -k", good), \
            ("gzip -1nk", image):
        subprocess.run([*words[0].split(), words[1]], check=True)
    for suffix in "gz", "xz", "zst":
        data = bytearray((disk.folder / f"good.{suffix}").read_bytes())
        data[10:26] = b"\xff" * 16
        (disk.folder / f"damaged.{suffix}").write_bytes(data)
    (disk.folder / "cut.gz").write_bytes((disk.folder / "good.gz").read_bytes()[:1000000])


def zboot(payload: bytes) -> bytes:
    """A zboot file, whose payload is of zstd"""
    head = bytearray(0x400)
    struct.pack_into("<4s4sII8x4s", head, 0, b"MZ", b"zimg", len(head), len(payload), b"zstd")
    struct.pack_into("<4sI", head, 0x38, b"\xcd\x23\x82\x81", 0x80)
    struct.pack_into("<4sH", head, 0x80, b"PE", 0xaa64)
    return bytes(head) + payload


def uimage() -> bytes:
    """The header of a uImage of 60 MiB for arm64, without compression"""
    def pack(checksum: int) -> bytes:
        return struct.pack(">7I4B32s", 0x27051956, checksum, 0, (60 << 20) - 64, 0, 0, 0,
                           5, 22, 2, 0, b"test")

    return pack(zlib.crc32(pack(0)))


def fill(lab: Lab, disk: Disk) -> None:
    """Files of all kinds"""
    disk.kernel("good", lab.build.vmlinux)
    disk.kernel("image", lab.build.image)
    disk.kernel("old", lab.stripped, "split=8192")
    compress(disk)
    # The kernel refuses this; kexec_load() does not look at it
    disk.kernel("bad", lab.stripped, "code1=0")
    disk.kernel("no-cpu", lab.stripped, "flags=0xc")
    disk.kernel("x86", lab.stripped, "machine=62")
    vmlinux = lab.build.vmlinux.read_bytes()[:1000000]
    for name, data in {
            "words": b"nothing\n", "empty": b"", "cut": vmlinux,
            # Shorter than a page, and than some probes look for
            "page": vmlinux[:4096], "more-words": b"nothing, but more of it\n" * 50,
            "zboot": zboot((disk.folder / "good.zst").read_bytes()), "uimage": uimage()}.items():
        (disk.folder / name).write_bytes(data)


@pytest.fixture(scope="module")
def guest(lab: Lab, preparer: Preparer) -> Console:
    """Refused files, and a chain of loads"""
    preparer.run("all-kexec-tools")
    disk = lab.disk("kexec-tools")
    fill(lab, disk)
    builds = {f"kexec-{version}": version for version in VERSIONS}
    for name, build in {**builds, "plain-kexec": f"{NEWEST}-plain"}.items():
        subprocess.run(["aarch64-linux-gnu-strip", "-o", disk.folder / name,
                        command(lab.cache, build)], check=True)
    (disk.folder / "next").write_text("".join(load.line() for load in chain(VERSIONS)))
    return lab.run(Machine(memory="512M"), disk, seconds=300)


def test_main_branch() -> None:
    """The main branch of kexec-tools is tested as well"""
    if not MAIN:
        pytest.skip("KEXEC_TOOLS names no source of the main branch of kexec-tools")


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """A release"""
    return str(request.param)


@pytest.mark.parametrize("file", REFUSED)
def test_refused(guest: Console, version: str, file: str) -> None:
    """Not 0, and one line on stderr"""
    words = REFUSED[file]
    if (version, file) == (WITHOUT_ZSTD, "damaged.zst"):
        words = words.replace(DAMAGED, "this kexec was built without zstd")
    assert re.match(f"[1-9][0-9]* 1 ({words})", guest.fact(0, f"{version}-{file}"))


@pytest.mark.parametrize("name", ["fifo", "plain-debug"])
def test_loads(guest: Console, version: str, name: str) -> None:
    """A FIFO is loaded, and -c -d loads"""
    assert guest.fact(0, f"{version}-{name}").startswith("0 ")


def test_no_initrd(guest: Console, version: str) -> None:
    """An initrd that does not exist is reported"""
    assert re.match("[1-9][0-9]* [0-9] Cannot load /mnt/good",
                    guest.fact(0, f"{version}-no-initrd"))


def test_fallback(guest: Console, version: str) -> None:
    """-a falls back to kexec_load() if the kernel refuses the file"""
    assert guest.facts(0, f"{version}-fallback", f"{version}-fallback-loaded") == ["0 0 ", "1"]


def test_truncated(guest: Console, version: str) -> None:
    """A file is truncated meanwhile: it is loaded, or refused in one line, also if it is mapped"""
    assert guest.fact(0, f"{version}-truncated") == "60 "
    assert guest.fact(0, f"{version}-mapped").startswith(
        "1 1 Cannot load the kernel: its file cannot be read, or was truncated meanwhile")


def test_debug_flag(guest: Console, version: str) -> None:
    """-d is used"""
    assert guest.fact(0, f"{version}-flag").startswith("0 ")


@pytest.mark.parametrize("how, file, what", [
    ("plain", "good.xz", "xz"), ("plain-c", "good.xz", "xz"), ("plain", "image.gz", "gzip"),
    ("plain-c", "image.gz", "gzip"), ("plain", "zboot", "zstd")])
def test_built_without(guest: Console, how: str, file: str, what: str) -> None:
    """A kexec without a decompressor names it"""
    name = f"{how}-{file}"
    assert re.match(f"[1-9][0-9]* 1 Cannot load /mnt/{file}: this kexec was built without {what}",
                    guest.fact(0, name))


@pytest.mark.parametrize("load", chain(VERSIONS), ids=lambda load: f"{load.command} {load.file}")
def test_boots(guest: Console, load: Load) -> None:
    """The file is loaded, and boots. Not much more than the bytes with the segments is
    decompressed."""
    hop = chain(VERSIONS).index(load) + 1
    guest.booted(hop, load.kernel)
    if "-s" in load.command and load.kernel == "good":
        end = load_end(guest.disk.folder / "good")
        assert end <= int(guest.fact(hop - 1, "copied").split()[0]) <= end + 65536


def test_manual(guest: Console, cache: Cache) -> None:
    """The manual page knows vmlinux"""
    assert guest.text
    page = command(cache, NEWEST).parents[2] / "kexec/kexec.8"
    assert re.search("a vmlinux .ELF", page.read_text())
