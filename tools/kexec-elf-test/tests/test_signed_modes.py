# SPDX-License-Identifier: GPL-2.0
"""Signed kernels on 6.12 and 7.x: with KEXEC_SIG only; in lockdown for integrity and
confidentiality; enforced, under UEFI's secure boot, which has a key of its own"""

import re
import shutil

import pytest
from vmtest.build import Preparer
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab
from vmtest.signing import PACKAGES, Keys
from vmtest.verdicts import NAMES, Mode, check, signed_disk, signed_guest

SUITES = "all signed"
LINUX = "NEWEST-16k-secure,6.12"
pytestmark = pytest.mark.packages(*PACKAGES)
MODES = {mode.name: mode for mode in (
    Mode("sig"), Mode("integrity", "lockdown=integrity"),
    Mode("confidentiality", "lockdown=confidentiality"), Mode("enforced", platform=True))}
FIRMWARE = "/usr/share/AAVMF/AAVMF_"


@pytest.fixture(scope="module")
def keys(lab: Lab, preparer: Preparer) -> Keys:
    """Keys that the kernel has, and others"""
    preparer.run("all-kexec-tools")     # and keyctl
    return Keys.new(lab.folder / "keys", lab.build)


@pytest.fixture(scope="module", params=MODES)
def tried(request: pytest.FixtureRequest, lab: Lab, keys: Keys) -> tuple[Mode, Console]:
    """All kernels in a mode"""
    mode = MODES[request.param]
    disk = signed_disk(lab, keys, f"signed-{mode.name}")
    if mode.name != "enforced":
        return mode, signed_guest(lab, disk, mode)
    # The firmware starts only a kernel that its key has signed. Not all of ours have ACPI.
    first = keys.sign("platform", lab.build.image, lab.folder / "first")
    variables = lab.folder / "vars.fd"
    shutil.copyfile(f"{FIRMWARE}VARS.snakeoil.fd", variables)
    following = disk.kernel("next", lab.build.vmlinux)
    keys.sign("platform", following, following)
    flash = "if=pflash,format=raw"
    return mode, signed_guest(lab, disk, mode, Machine(
        cpu=MAX_CPU, board="virt,acpi=off", kernel=str(first),
        more=("-drive", f"{flash},readonly=on,file={FIRMWARE}CODE.snakeoil.fd",
              "-drive", f"{flash},file={variables}")))


def test_mode(tried: tuple[Mode, Console]) -> None:
    """The kernel is in lockdown, or UEFI's secure boot is on, and its vmlinux boots"""
    mode, guest = tried
    if mode.append:
        assert f"[{mode.name}]" in guest.fact(0, "lockdown")
    if mode.platform:
        assert re.search("[Ss]ecure [Bb]oot (is )?enabled", guest.text)
        guest.booted(1, "next")


@pytest.mark.parametrize("name", NAMES)
def test_verdict(tried: tuple[Mode, Console], name: str) -> None:
    """It is loaded or refused, with the reason"""
    mode, guest = tried
    check(guest, name, mode)
