# SPDX-License-Identifier: GPL-2.0
"""On a machine whose memory is in use, most kernels are loaded where they run"""

import os
import re
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.elf import output, strip
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.project import TEST

SUITES = "cost"
LINUX = "NEWEST-used"
SEEDS = 20
PAGE = 4096


@pytest.fixture(scope="module")
def files(lab: Lab, preparer: Preparer) -> dict[str, Path]:
    """Two kernels to load, of 9 and of 44 MB"""
    debian = strip(preparer.distro("cloud-7"), lab.folder / "debian")
    return {"own": lab.stripped, "debian": debian}


@pytest.fixture(scope="module", params=["own", "debian"])
def guest(request: pytest.FixtureRequest, lab: Lab, files: dict[str, Path]) -> Console:
    """60 % of the memory is anonymous, the page cache takes the rest"""
    disk = lab.disk("used", f"used-{request.param}")
    disk.kernel("k1", files[request.param], vmlinux=files[request.param])
    output("aarch64-linux-gnu-gcc", "-O2", "-Wall", "-static", "-s", "-o",
           disk.folder / "use-memory", TEST / "guest/use-memory.c")
    os.truncate(os.open(disk.folder / "fill", os.O_CREAT | os.O_WRONLY), 1 << 30)
    return lab.run(Machine(), disk, f"cma=0 seeds={SEEDS} page_poison=0", 900)


@pytest.fixture(scope="module")
def loads(guest: Console) -> list[tuple[int, int, int]]:
    """Of each seed: the exit code, the number of segments that are copied, and of pages evicted"""
    found = []
    for seed in range(1, SEEDS + 1):
        m = re.fullmatch(r"status=(\d+) copied=(\d+) evicted=(-?\d+) free=\d+",
                         guest.fact(0, f"seed{seed}"))
        assert m, guest.tail()
        found.append((int(m[1]), int(m[2]), int(m[3])))
    return found


def test_loads(loads: list[tuple[int, int, int]]) -> None:
    """Each load succeeds"""
    assert [status for status, _, _ in loads] == [0] * SEEDS


def test_most_in_place(loads: list[tuple[int, int, int]]) -> None:
    """At least 18 of 20 are in place"""
    assert sum(copied == 0 for _, copied, _ in loads) >= SEEDS * 9 // 10, loads


def test_page_cache(loads: list[tuple[int, int, int]], guest: Console) -> None:
    """On average, a load evicts no more than it loads; after several tries, twice as much"""
    size = sum((guest.disk.folder / name).stat().st_size for name in ("k1", "initrd")) // PAGE
    evicted = [pages for _, _, pages in loads]
    assert sum(evicted) <= SEEDS * size and max(evicted) <= 2 * size, loads


def test_boots(guest: Console) -> None:
    """A kernel that was loaded there boots"""
    guest.booted(1, "k1")
