# SPDX-License-Identifier: GPL-2.0
"""IMA measures and appraises kernels: a vmlinux that has a rule is read whole, like an Image. In
lockdown, a signature that IMA has checked is enough.
"""

import hashlib
import shutil

import pytest
from vmtest.build import Preparer
from vmtest.elf import load_end
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab
from vmtest.signing import PACKAGES, Keys, flip

SUITES = "all signed"
LINUX = "NEWEST-16k-secure,6.12"
pytestmark = pytest.mark.packages(*PACKAGES)
SOUND = ("vmlinux", "Image", "vmlinux-modsig")
BAD = ("vmlinux-text", "vmlinux-rest", "vmlinux-unsigned", "vmlinux-modsig-text", "Image-text",
       "Image-unsigned")


@pytest.fixture(scope="module")
def guest(lab: Lab, preparer: Preparer) -> Console:
    """Kernels with signatures for IMA, sound and not"""
    preparer.run("all-kexec-tools")     # and keyctl
    keys = Keys.new(lab.folder / "keys", lab.build)
    disk = lab.disk("ima")
    disk.kernel("vmlinux", lab.build.vmlinux)
    disk.link("Image", lab.build.image)
    files = {name: disk.folder / name for name in (*SOUND, *BAD)}
    for name in "vmlinux", "Image":
        keys.ima_sign(files[name], disk.attribute(name))
        flip(files[name], files[f"{name}-text"], 0x20010)
        shutil.copy(disk.attribute(name), disk.attribute(f"{name}-text"))
        shutil.copyfile(files[name], files[f"{name}-unsigned"])
    # IMA also covers bytes that are not loaded
    vmlinux = files["vmlinux"]
    flip(vmlinux, files["vmlinux-rest"], (load_end(vmlinux) + vmlinux.stat().st_size) // 2)
    shutil.copy(disk.attribute("vmlinux"), disk.attribute("vmlinux-rest"))
    # The signature at the end, by a key that only IMA knows
    keys.sign("ima", vmlinux, files["vmlinux-modsig"])
    flip(files["vmlinux-modsig"], files["vmlinux-modsig-text"], 0x20010)
    (disk.folder / "names").write_text("".join(f"{name}\n" for name in files))
    shutil.copy(keys.folder / "ima.der", disk.folder)
    shutil.copytree(lab.cache.root / "arm64/dump-tools", disk.folder / "dump-tools")
    return lab.run(Machine(cpu=MAX_CPU, memory="2G"), disk,
                   "lockdown=integrity crashkernel=160M", 300)


def test_no_policy(guest: Console) -> None:
    """In lockdown, neither vmlinux nor Image is loaded without a policy of IMA"""
    assert guest.fact(0, "before") == "EPERM EPERM"


@pytest.mark.parametrize("name", SOUND)
def test_sound(guest: Console, name: str) -> None:
    """IMA has appraised it, and has measured the whole file"""
    assert guest.facts(0, name, f"{name}-crash") == ["OK", "OK"]
    data = (guest.disk.folder / name).read_bytes()
    assert guest.fact(0, f"{name}-measured") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", BAD)
def test_bad(guest: Console, name: str) -> None:
    """IMA refuses it"""
    assert guest.facts(0, name, f"{name}-crash") == ["EACCES", "EACCES"]


def test_reads(guest: Console) -> None:
    """Without a rule, only the loaded part of the vmlinux is read (EPERM comes later); with a rule,
    all of it, and it boots"""
    vmlinux = guest.disk.folder / "vmlinux"
    assert guest.number(0, "load.1.read") == load_end(vmlinux)
    assert guest.number(0, "load.2.read") == vmlinux.stat().st_size
    guest.booted(1, "vmlinux")
