# SPDX-License-Identifier: GPL-2.0
"""A kernel with KASAN, UBSAN, kmemleak, lockdep and page_owner: each allocation of a load fails in
turn, with the files in the page cache and not, with kexec handover, signatures and IMA; eight
processes load at once. No memory is lost, no splat is printed, and a kernel boots from there.
"""

import re
import shutil

import pytest
from vmtest.build import Preparer
from vmtest.elf import strip
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.signing import PACKAGES, Keys

SUITES = "all faults"
LINUX = "NEWEST-faults"
pytestmark = pytest.mark.packages(*PACKAGES)
PLAIN = ("vmlinux", "image", "cma", "cold", "bounce", "crash", "kimage_add_entry",
         "kimage_alloc_control_pages", "load_other_segments", "machine_kexec_post_load")
TRUSTED = ("kho", "signed", "signed-image", "ima")
OPTIONS = "page_owner=on page_poison=0"


@pytest.fixture(scope="module")
def plain(lab: Lab, preparer: Preparer) -> Console:
    """Several ways of loading"""
    preparer.run("all-kexec-tools")     # and keyctl
    disk = lab.disk("faults")
    ours = preparer.linux(lab.build.version)
    stripped = strip(ours.vmlinux, lab.folder / "ours")
    disk.kernel("k1", stripped, vmlinux=ours.vmlinux)
    disk.kernel("image", ours.image, vmlinux=ours.vmlinux)
    disk.kernel("bounce", stripped, "split=4096", "cut=0x21234", vmlinux=ours.vmlinux)
    return lab.run(Machine(smp=2), disk, f"what=plain crashkernel=64M cma=32M {OPTIONS}")


@pytest.fixture(scope="module")
def trusted(lab: Lab, preparer: Preparer) -> Console:
    """kexec handover, signatures and IMA"""
    disk = lab.disk("faults", "faults-trusted")
    ours = preparer.linux(lab.build.version)
    stripped = strip(ours.vmlinux, lab.folder / "ours-trusted")
    disk.kernel("unsigned", stripped, vmlinux=ours.vmlinux)
    k1 = disk.kernel("k1", stripped, vmlinux=ours.vmlinux)
    keys = Keys.new(lab.folder / "keys", lab.build)
    keys.sign("trusted", k1, k1)
    keys.sign("trusted", ours.image, disk.folder / "image")
    keys.ima_sign(k1, disk.attribute("k1"))
    shutil.copy(keys.folder / "ima.der", disk.folder)
    shutil.copytree(lab.cache.root / "arm64/dump-tools", disk.folder / "dump-tools")
    return lab.run(Machine(smp=2), disk, f"what=trusted kho=on crashkernel=64M {OPTIONS}")


def injected(guest: Console, name: str, *errors: str) -> None:
    """Assert: each allocation failed, the load succeeded without it or returned that errno, and no
    page is lost"""
    allowed = "|".join(("OK", "ENOMEM", *errors))
    assert re.fullmatch(rf"[1-9]\d* of \d+( ({allowed})=\d+)+", guest.fact(0, f"inject-{name}"))
    assert guest.fact(0, f"owned-{name}") == guest.fact(0, "owned-before")


def test_counts(plain: Console) -> None:
    """page_owner counts the pages of kexec"""
    assert plain.number(0, "owned-loaded") > 1000


@pytest.mark.parametrize("name", PLAIN)
def test_plain(plain: Console, name: str) -> None:
    """An allocation of this load, or in this function, fails"""
    injected(plain, name)


@pytest.mark.parametrize("name", TRUSTED)
def test_trusted(trusted: Console, name: str) -> None:
    """An allocation of a load that is verified fails"""
    injected(trusted, name, *(["EACCES"] if name == "ima" else []))


@pytest.mark.parametrize("memory", ["free", "short"])
def test_eight_processes(plain: Console, memory: str) -> None:
    """Each load is let in, or refused as busy or for memory"""
    found = dict(word.split("=") for word in plain.fact(0, f"stress-{memory}").split())
    assert found.keys() <= {"OK", "EBUSY", "ENOMEM"} and int(found["OK"]) > 0


def test_unsigned(trusted: Console) -> None:
    """IMA refuses an unsigned kernel"""
    assert trusted.fact(0, "unsigned") == "EACCES"


def nothing_lost(guest: Console) -> None:
    """Assert: no page is lost, kmemleak and the log are silent, each function below which
    allocations fail exists, and the kernel boots"""
    assert guest.fact(0, "owned-after") == guest.fact(0, "owned-before")
    words = re.findall("@(?:leak|splat) (.*)", guest.text)[:60]
    assert guest.facts(0, "leaks", "splats", "no-function") == ["0", "0", ""], "\n".join(words)
    guest.booted(1, "k1")


def test_nothing_lost(plain: Console) -> None:
    """At the end, no memory is lost and the log is silent"""
    nothing_lost(plain)


def test_nothing_lost_trusted(trusted: Console) -> None:
    """The same with kexec handover, signatures and IMA"""
    nothing_lost(trusted)
