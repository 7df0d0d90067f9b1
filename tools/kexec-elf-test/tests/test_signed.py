# SPDX-License-Identifier: GPL-2.0
"""A kernel in lockdown loads only a signed vmlinux, as it loads only a signed Image"""

import re
import subprocess

import pytest
from vmtest.build import Preparer
from vmtest.guest import Console
from vmtest.plugin import Lab
from vmtest.signing import PACKAGES, Keys
from vmtest.verdicts import NAMES, REASONS, Mode, check, error, signed_disk, signed_guest

SUITES = "check all signed"
LINUX = "6.12"
pytestmark = pytest.mark.packages(*PACKAGES, "xz-utils")
MODE = Mode("integrity", "lockdown=integrity")
COMPRESSED = ("vmlinux-unsigned", "vmlinux-data")


@pytest.fixture(scope="module")
def guest(lab: Lab, preparer: Preparer) -> Console:
    """All kernels, and some that were compressed after they were signed"""
    preparer.run("all-kexec-tools")     # and keyctl
    keys = Keys.new(lab.folder / "keys", lab.build)
    disk = signed_disk(lab, keys, "signed")
    following = disk.kernel("next", lab.build.vmlinux)
    keys.sign("secondary", following, following)
    for name in ("next", *COMPRESSED):
        subprocess.run(["xz", "-1", "-T", "2", "-k", disk.folder / name], check=True)
    for name in COMPRESSED:
        (disk.folder / f"{name}.xz").rename(disk.folder / f"compressed-{name}")
    (disk.folder / "next.xz").replace(following)
    return signed_guest(lab, disk, MODE)


def test_locked_down(guest: Console) -> None:
    """The kernel is in lockdown"""
    assert "[integrity]" in guest.fact(0, "lockdown")


@pytest.mark.parametrize("name", NAMES)
def test_verdict(guest: Console, name: str) -> None:
    """It is loaded or refused, with the reason"""
    check(guest, name, MODE)


@pytest.mark.parametrize("name", COMPRESSED)
def test_compressed(guest: Console, name: str) -> None:
    """A compressed file is refused like the file itself"""
    assert re.search("Operation not permitted: .*" + REASONS[error(name, MODE)],
                     guest.fact(0, f"compressed-{name}"))


def test_boots(guest: Console) -> None:
    """A signed vmlinux with DWARF boots, compressed after it was signed"""
    guest.booted(1, "next")
