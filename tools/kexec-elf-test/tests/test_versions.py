# SPDX-License-Identifier: GPL-2.0
"""Each served Linux loads each other: a chain in which each boots the vmlinux of each other, and
one of Images"""

from itertools import combinations
from typing import NamedTuple

import pytest
from vmtest.build import Preparer
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.project import linux_versions

SUITES = "check all"
LINUX = "NEWEST"


class Hop(NamedTuple):
    """A jump to a file of that version"""

    version: str
    kind: str


def order(versions: list[str]) -> list[str]:
    """Versions in an order in which each follows each other once"""
    pairs = combinations(versions, 2)
    return [version for pair in pairs for version in pair] + versions[:1]


HOPS = [Hop(version, kind) for kind in ("vmlinux", "Image")
        for version in order(linux_versions())[1:]]


@pytest.fixture(scope="module")
def guest(lab: Lab, preparer: Preparer) -> Console:
    """Both chains"""
    disk = lab.disk("chain")
    builds = {version: preparer.linux(version) for version in linux_versions()}
    for i, hop in enumerate(HOPS, 1):
        build = builds[hop.version]
        disk.kernel(f"k{i}", build.vmlinux if hop.kind == "vmlinux" else build.image,
                    vmlinux=build.vmlinux)
    return lab.run(Machine(smp=2), disk, seconds=300)


@pytest.mark.parametrize("n, hop", enumerate(HOPS, 1),
                         ids=[f"{hop.kind}-{n}-{hop.version}" for n, hop in enumerate(HOPS, 1)])
def test_boots(guest: Console, n: int, hop: Hop) -> None:
    """It boots, reports its release, and its load has reported where it goes"""
    guest.booted(n, f"k{n}")
    assert guest.fact(n, "release").startswith(f"{hop.version}.")
    assert guest.number(n - 1, "load.parts") > 0


def test_not_misplaced(guest: Console) -> None:
    """No kernel finds itself misplaced"""
    guest.not_misplaced()
