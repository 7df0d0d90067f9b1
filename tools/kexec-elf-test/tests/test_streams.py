# SPDX-License-Identifier: GPL-2.0
"""kexec decompresses a file up to the end marker of its format, not to the end of the file"""

import gzip
import lzma
import subprocess
import zlib
from collections.abc import Callable

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all"
pytestmark = pytest.mark.packages("zstd")
BLOCK = 1 << 16     # kexec reads as much at once


def flushed(data: bytes) -> bytes:
    """gzip, with a boundary in the compressed data at each block"""
    out = zlib.compressobj(1, wbits=31)
    parts = [out.compress(data[i:i + BLOCK]) + out.flush(zlib.Z_FULL_FLUSH)
             for i in range(0, len(data), BLOCK)]
    return b"".join(parts) + out.flush()


def cut_at_block(data: bytes) -> bytes:
    """gzip, without the blocks of the second half and the end"""
    out = zlib.compressobj(1, wbits=31)
    half = len(data) // 2 // BLOCK * BLOCK
    return b"".join(out.compress(data[i:i + BLOCK]) + out.flush(zlib.Z_FULL_FLUSH)
                    for i in range(0, half, BLOCK))


def zstd(data: bytes) -> bytes:
    """A frame"""
    return subprocess.run(["zstd", "-q", "-1"], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def xz(data: bytes) -> bytes:
    """A stream"""
    return lzma.compress(data, preset=0)


GOOD: dict[str, Callable[[bytes], bytes]] = {
    "two-members.gz": lambda d: gzip.compress(d[:1000000], 1) + gzip.compress(d[1000000:], 1),
    "three-members.gz": lambda d: b"".join(gzip.compress(p, 1) for p in (d[:5], d[5:6], d[6:])),
    "zeroes-behind.gz": lambda d: gzip.compress(d, 1) + bytes(1000),
    "blocks.gz": flushed,
    "two-streams.xz": lambda d: xz(d[:1000000]) + xz(d[1000000:]),
    "padding.xz": lambda d: xz(d[:1000000]) + bytes(8) + xz(d[1000000:]),
    "two-frames.zst": lambda d: zstd(d[:1000000]) + zstd(d[1000000:]),
}
BAD: dict[str, Callable[[bytes], bytes]] = {
    "cut-at-block.gz": cut_at_block,
    "cut.gz": lambda d: gzip.compress(d, 1)[:-9],
    "no-checksum.gz": lambda d: gzip.compress(d, 1)[:-8],
    "wrong-checksum.gz": lambda d: gzip.compress(d, 1)[:-8] + bytes(8),
    "second-cut.gz": lambda d: gzip.compress(d[:-99], 1) + gzip.compress(d[-99:], 1)[:-9],
    "garbage-behind.gz": lambda d: gzip.compress(d, 1) + b"garbage",
    "cut.xz": lambda d: xz(d)[:-20],
    "second-cut.xz": lambda d: xz(d[:-99]) + xz(d[-99:])[:-20],
    "garbage-behind.xz": lambda d: xz(d) + b"garbage!",
    "cut.zst": lambda d: zstd(d)[:-5],
    "second-cut.zst": lambda d: zstd(d[:-99]) + zstd(d[-99:])[:-5],
    "garbage-behind.zst": lambda d: zstd(d) + b"garbage!",
}


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """An Image, which is read to its end, in each form"""
    disk = lab.disk("kexec")
    disk.kernel("before", lab.build.image)
    for name, compress in GOOD.items():
        image = disk.kernel(name.replace(".", "-"), lab.build.image)
        (disk.folder / name).write_bytes(compress(image.read_bytes()))
        image.unlink()
    for name, compress in BAD.items():
        (disk.folder / f"bad-{name}").write_bytes(compress(lab.build.image.read_bytes()))
    (disk.folder / "options").touch()
    (disk.folder / "next").write_text("".join(f"-s -l {name}\n" for name in GOOD))
    return lab.run(Machine(), disk, seconds=300)


@pytest.mark.parametrize("name", GOOD)
def test_boots(guest: Console, name: str) -> None:
    """All of the data is loaded"""
    guest.booted(list(GOOD).index(name) + 1, name.replace(".", "-"))


@pytest.mark.parametrize("name", BAD)
def test_refused(guest: Console, name: str) -> None:
    """One line; the kernel that was loaded before stays loaded"""
    status, count, words = guest.fact(0, f"bad-{name}").split(" ", 2)
    assert (status != "0", count) == (True, "1"), words
    assert words == f"Cannot load /mnt/bad-{name}: its compressed data is damaged or cut short"


def test_kept(guest: Console) -> None:
    """The kernel that was loaded before stays loaded"""
    assert guest.fact(0, "kept") == "1"
